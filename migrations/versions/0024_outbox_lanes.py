"""Destinations of the outbox: which of them fail, and until when they rest"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import local_table

revision = "0024_outbox_lanes"
down_revision = "0023_delivery"

WAITING = sa.text("state IN ('pending', 'sending')")


def upgrade() -> None:
    op.create_table(
        "outbox_lanes",
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("faults", sa.SmallInteger(), nullable=False),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("lane", name=op.f("pk_outbox_lanes")),
    )
    local_table("outbox_lanes")
    op.execute("INSERT INTO outbox_lanes (lane, kind, faults) SELECT DISTINCT lane, kind, 0 FROM outbox")
    op.drop_index("ix_outbox_lane", table_name="outbox")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "due_at", "id"], postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index("ix_outbox_lane", table_name="outbox")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "state"], postgresql_where=WAITING)
    op.drop_table("outbox_lanes")
