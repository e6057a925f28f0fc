"""An index of each doctor's visits that have no outcome yet"""

import sqlalchemy as sa
from alembic import op

revision = "0018_doctor_day"
down_revision = "0017_chase"


def upgrade() -> None:
    op.create_index(
        "ix_appointments_doctor_open",
        "appointments",
        ["organization_id", "practitioner_id", "starts_at"],
        postgresql_where=sa.text("status IN ('booked', 'arrived', 'started')"),
    )


def downgrade() -> None:
    op.drop_index("ix_appointments_doctor_open", "appointments")
