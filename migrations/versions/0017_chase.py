"""Indexes for the bills to chase"""

import sqlalchemy as sa
from alembic import op

revision = "0017_chase"
down_revision = "0016_second_factor"


def upgrade() -> None:
    op.create_index(
        "ix_invoices_largest",
        "invoices",
        ["organization_id", sa.text("balance DESC")],
        postgresql_where=sa.text("balance > 0"),
    )
    op.create_index(
        "ix_claims_denied", "claims", ["organization_id", "decided_day"], postgresql_where=sa.text("status = 'denied'")
    )


def downgrade() -> None:
    op.drop_index("ix_claims_denied", "claims")
    op.drop_index("ix_invoices_largest", "invoices")
