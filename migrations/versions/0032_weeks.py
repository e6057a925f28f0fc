"""Weeks and four weeks of daily facts, each doctor's patients in all clinics and an index of their facts, facts by payer

Weeks are derived: the days that have facts are marked, and the next refresh sums them up.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import each_organization

revision = "0032_weeks"
down_revision = "0031_doctor_visits"

# The families of daily facts.
FAMILIES = """
    access appointments availability blood_pressure chargebacks charges claims complaints credit_accounts
    credit_entries decisions dues encounters expenses goals incidents instalments invoices messages patients
    payments plans refills reminders resource_uses results returns shifts supply surveys tasks
""".split()
# Those that know doctors.
OF_DOCTORS = """
    access appointments availability blood_pressure chargebacks charges claims complaints decisions dues
    encounters goals invoices messages patients payments refills reminders results returns shifts surveys tasks
""".split()
# Those that kept weeks, of clinics alone, before.
WEEKLY = "access appointments complaints decisions surveys".split()
KEY = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")
MEMBERS = ("payments", "claims", "decisions")  # kept by members of a dimension from now on
KEPT_BEFORE = "'clinic', 'doctor', 'hour', 'equipment_kind'"  # grains of days
GAPS = (
    ("gap_doctor_anywhere_values", sa.SmallInteger()),
    ("gap_doctor_anywhere_counts", sa.Integer()),
)
BEFORE = """UPDATE visit_days v SET prev_doctor_anywhere = found.before
    FROM (SELECT patient_id, day, clinic_id, practitioner_id, lag(day) OVER (
              PARTITION BY patient_id, practitioner_id ORDER BY day, clinic_id) AS before
          FROM visit_days WHERE organization_id = :organization) found
    WHERE v.organization_id = :organization AND v.patient_id = found.patient_id AND v.day = found.day
        AND v.clinic_id = found.clinic_id AND v.practitioner_id = found.practitioner_id"""


def upgrade() -> None:
    op.add_column("visit_days", sa.Column("prev_doctor_anywhere", sa.Date(), nullable=True))
    for name, of in GAPS:
        op.add_column("fact_patients", sa.Column(name, postgresql.ARRAY(of), nullable=False, server_default="{}"))
        op.alter_column("fact_patients", name, server_default=None)
    for family in MEMBERS:
        op.add_column(f"fact_{family}", sa.Column("member", sa.Text(), nullable=False, server_default=""))
        op.alter_column(f"fact_{family}", "member", server_default=None)
        _set_key(family, (*KEY, "member"))
    for family in OF_DOCTORS:
        columns = ["organization_id", "practitioner_id", "grain", "day"]
        op.create_index(f"ix_fact_{family}_doctor", f"fact_{family}", columns)
    for organization_id in each_organization():
        _run(BEFORE, organization_id)
        for family in FAMILIES:
            _forget(family, organization_id)
            _mark_days(family, organization_id)


def downgrade() -> None:
    for organization_id in each_organization():
        for family in FAMILIES:
            _forget(family, organization_id)
        for family in WEEKLY:
            _mark_days(family, organization_id)
    for family in OF_DOCTORS:
        op.drop_index(f"ix_fact_{family}_doctor", f"fact_{family}")
    for family in MEMBERS:
        _set_key(family, KEY)
        op.drop_column(f"fact_{family}", "member")
    for name, _ in GAPS:
        op.drop_column("fact_patients", name)
    op.drop_column("visit_days", "prev_doctor_anywhere")


def _set_key(family: str, columns: tuple[str, ...]) -> None:
    op.drop_constraint(f"pk_fact_{family}", f"fact_{family}", type_="primary")
    op.create_primary_key(f"pk_fact_{family}", f"fact_{family}", list(columns))


def _forget(family: str, organization_id: UUID) -> None:
    """Removes the rows of every grain that came before or after this step; the marks bring back those that should be."""
    _run(
        f"DELETE FROM fact_{family} WHERE organization_id = :organization AND grain NOT IN ({KEPT_BEFORE})",  # noqa: S608
        organization_id,
    )


def _mark_days(family: str, organization_id: UUID) -> None:
    """Leaves a mark for each day of a clinic that has facts, as a writer of its records would."""
    _run(
        "INSERT INTO rollup_dirty (organization_id, id, family, clinic_id, day) "
        f"SELECT organization_id, gen_random_uuid(), '{family}', clinic_id, day FROM fact_{family} "  # noqa: S608
        "WHERE organization_id = :organization AND grain = 'clinic'",
        organization_id,
    )


def _run(statement: str, organization_id: UUID) -> None:
    op.get_bind().execute(sa.text(statement), {"organization": organization_id})
