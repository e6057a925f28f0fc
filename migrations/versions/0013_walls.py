"""Walls: when a screen was last seen, the hours in which it shows, and its playlist"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import tenant_table

revision = "0013_walls"
down_revision = "0012_ledger"


def upgrade() -> None:
    op.add_column("walls", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("walls", sa.Column("opens", sa.Time(), nullable=True))
    op.add_column("walls", sa.Column("closes", sa.Time(), nullable=True))
    op.add_column("walls", sa.Column("weekdays", sa.SmallInteger(), nullable=False, server_default="127"))
    op.create_check_constraint(op.f("ck_walls_hours"), "walls", "(opens IS NULL) = (closes IS NULL) AND opens < closes")
    op.create_check_constraint(op.f("ck_walls_weekdays"), "walls", "weekdays BETWEEN 1 AND 127")
    op.create_table(
        "wall_items",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wall_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("seconds", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("board IN ('flow', 'service')", name=op.f("ck_wall_items_board")),
        sa.CheckConstraint("seconds BETWEEN 10 AND 600", name=op.f("ck_wall_items_seconds")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_wall_items")),
    )
    op.create_index(op.f("ix_wall_items_organization_id_wall_id"), "wall_items", ["organization_id", "wall_id"])
    tenant_table("wall_items")
    for column, table in (("wall_id", "walls"), ("clinic_id", "clinics")):
        name, own = op.f(f"fk_wall_items_{column}"), ["organization_id", column]
        op.create_foreign_key(name, "wall_items", table, own, ["organization_id", "id"])
    name = op.f("fk_wall_items_organization_id")
    op.create_foreign_key(name, "wall_items", "organizations", ["organization_id"], ["id"])


def downgrade() -> None:
    op.drop_table("wall_items")
    for constraint in ("ck_walls_hours", "ck_walls_weekdays"):
        op.drop_constraint(constraint, "walls")
    for column in ("weekdays", "closes", "opens", "seen_at"):
        op.drop_column("walls", column)
