"""Quality measures: which service an encounter was, and value sets that an organization loaded"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0022_quality"
down_revision = "0021_state"


def upgrade() -> None:
    op.add_column("encounters", sa.Column("type_code", sa.Text(), nullable=True))
    op.create_table(
        "value_sets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("oid", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.JSONB(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("loaded_by", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_value_sets")),
    )
    op.create_index("uq_value_sets_oid", "value_sets", ["organization_id", "oid"], unique=True)
    tenant_table("value_sets")
    name = op.f("fk_value_sets_organization_id")
    op.create_foreign_key(name, "value_sets", "organizations", ["organization_id"], ["id"])


def downgrade() -> None:
    op.drop_table("value_sets")
    op.drop_column("encounters", "type_code")
