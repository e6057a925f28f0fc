"""The population as counts, and forecasts as they were made"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from migrations.steps import tenant_table

revision = "0019_population"
down_revision = "0018_doctor_day"

KINDS = ("standing", "leaving", "newcomer", "age", "area", "engagement", "engagement_before")


def upgrade() -> None:
    _create(
        "population_counts",
        ("kind", "member"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("patients", sa.Integer, nullable=False),
        sa.Column("visits", sa.Numeric),
        sa.CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in KINDS)})", name="kind"),
    )
    _create(
        "forecasts",
        ("metric",),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("recorded", ARRAY(sa.Float), nullable=False),
        sa.Column("found", JSONB),
    )


def downgrade() -> None:
    op.drop_table("forecasts")
    op.drop_table("population_counts")


def _create(name: str, key: tuple[str, ...], *columns: sa.schema.SchemaItem) -> None:
    """A table whose rows are made anew as a whole, for each clinic and for those without one."""
    op.create_table(
        name,
        sa.Column("organization_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("clinic_id", sa.Uuid),
        *columns,
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint(
            "organization_id",
            "clinic_id",
            *key,
            name=f"uq_{name}_organization_id_clinic_id_{'_'.join(key)}",
            postgresql_nulls_not_distinct=True,
        ),
    )
    tenant_table(name)
    op.create_foreign_key(f"fk_{name}_organization_id", name, "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        f"fk_{name}_clinic_id",
        name,
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
