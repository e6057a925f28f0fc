"""Facts by hour and by week on an installation that has facts already: taken away and brought back by migrations."""

from datetime import date, timedelta
from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from app.core.tenancy import tenant_scope
from app.models import VisitDay
from app.rollups.refresh import refresh
from app.rollups.tables import CLINIC, DOCTOR, STRETCHES, TABLES

MONDAY = date(2026, 6, 8)
FACTS, PATIENTS = TABLES["appointments"], TABLES["patients"]
hours, weeks = (import_module(f"migrations.versions.{name}") for name in ("0010_facts_by_hour", "0032_weeks"))


def test_the_new_facts_are_filled_in_from_the_days_there_are(
    session, organization, clinic, make_practitioner, make_patient, make_appointment
):
    doctor, patient = make_practitioner(), make_patient()
    for days in (0, 2, 9):
        make_appointment(
            clinic,
            MONDAY + timedelta(days=days),
            "completed",
            arrived=0,
            started=10 + days,
            patient_id=patient.id,
            practitioner_id=doctor.id,
        )
    session.commit()
    refresh(organization.id)
    before, seen = _facts(session, organization, FACTS), _facts(session, organization, PATIENTS)
    days = _visit_days(session, organization)
    assert [row.day for row in before if row.grain == "clinic_week"] == [MONDAY, MONDAY + timedelta(days=7)]
    assert sum(row.grain == "hour" for row in before) == sum(row.grain == CLINIC for row in before) == 3
    assert {row.grain for row in seen} == {grain + length for grain in (CLINIC, DOCTOR) for length in ("", *STRETCHES)}
    assert [day.prev_doctor_anywhere for day in days] == [None, MONDAY, MONDAY + timedelta(days=2)]

    session.execute(text("RESET ROLE"))  # migrations are the owner's
    with Operations.context(MigrationContext.configure(session.connection())):
        weeks.downgrade()
        hours.downgrade()
        hours.upgrade()
        weeks.upgrade()
    assert {row.grain for row in _facts(session, organization, FACTS)} == {"clinic", "doctor"}
    session.commit()

    refresh(organization.id)
    with tenant_scope(organization.id):
        assert _visit_days(session, organization) == days
        assert _facts(session, organization, FACTS) == before
        assert _facts(session, organization, PATIENTS) == seen


def _facts(session, organization, table):
    order = [table.c[name] for name in ("grain", "day", "department_id", "practitioner_id")]
    order += [table.c.member] if "member" in table.c else []
    names = sorted(column.name for column in table.c)  # a column that came back stands last
    chosen = select(*(table.c[name] for name in names))
    return session.execute(chosen.where(table.c.organization_id == organization.id).order_by(*order)).all()


def _visit_days(session, organization):
    table = VisitDay.__table__
    return session.execute(select(table).where(table.c.organization_id == organization.id).order_by(table.c.day)).all()
