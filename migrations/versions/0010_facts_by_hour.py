"""Daily facts by hour and by kind of device, and whole weeks

The new rows are derived: what has facts is marked, and the next refresh fills them in.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from migrations.steps import each_organization

revision = "0010_facts_by_hour"
down_revision = "0009_facts"

KEY = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")
# By fact table that keeps the members of a dimension: the dimensions kept.
KEPT = {
    "fact_appointments": ("hour",),
    "fact_resource_uses": ("equipment_kind",),
    "fact_supply": ("equipment_kind",),
}
WEEKLY = ("fact_appointments", "fact_access", "fact_decisions", "fact_surveys", "fact_complaints")


def upgrade() -> None:
    for table in KEPT:
        op.add_column(table, sa.Column("member", sa.Text(), nullable=False, server_default=""))
        op.alter_column(table, "member", server_default=None)
        _set_key(table, (*KEY, "member"))
    for organization_id in each_organization():
        for table in dict.fromkeys((*KEPT, *WEEKLY)):
            _mark_days(table, organization_id)


def downgrade() -> None:
    for organization_id in each_organization():
        for table in dict.fromkeys((*KEPT, *WEEKLY)):
            grains = ["week", *KEPT.get(table, ())]
            _run(f"DELETE FROM {table} WHERE organization_id = :organization AND grain = ANY(:grains)", {  # noqa: S608
                "organization": organization_id, "grains": grains
            })
    for table in KEPT:
        _set_key(table, KEY)
        op.drop_column(table, "member")


def _set_key(table: str, columns: tuple[str, ...]) -> None:
    op.drop_constraint(f"pk_{table}", table, type_="primary")
    op.create_primary_key(f"pk_{table}", table, columns)


def _mark_days(table: str, organization_id: UUID) -> None:
    """Leaves a mark for each day of a clinic that has facts, as a writer of its records would."""
    _run(
        "INSERT INTO rollup_dirty (organization_id, id, family, clinic_id, day) "
        "SELECT organization_id, gen_random_uuid(), :family, clinic_id, day "
        f"FROM {table} WHERE organization_id = :organization AND grain = 'clinic'",  # noqa: S608 - a name from above
        {"organization": organization_id, "family": table.removeprefix("fact_")},
    )


def _run(statement: str, given: dict[str, object]) -> None:
    op.get_bind().execute(sa.text(statement), given)
