"""Facts by hour and by week on an installation that has facts already: taken away and brought back by the migration."""

from datetime import date, timedelta
from importlib import import_module

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select, text

from app.rollups.refresh import refresh
from app.rollups.tables import CLINIC, TABLES, WEEK

MONDAY = date(2026, 6, 8)
FACTS = TABLES["appointments"]
migration = import_module("migrations.versions.0010_facts_by_hour")


def test_the_new_facts_are_filled_in_from_the_days_there_are(session, organization, clinic, make_appointment):
    for days in (0, 2, 9):
        make_appointment(clinic, MONDAY + timedelta(days=days), "completed", arrived=0, started=10 + days)
    session.commit()
    refresh(organization.id)
    before = _facts(session, organization)
    assert [row.day for row in before if row.grain == WEEK] == [MONDAY, MONDAY + timedelta(days=7)]
    assert sum(row.grain == "hour" for row in before) == sum(row.grain == CLINIC for row in before) == 3
    session.execute(text("RESET ROLE"))  # migrations are the owner's
    with Operations.context(MigrationContext.configure(session.connection())):
        migration.downgrade()
        migration.upgrade()
    assert {row.grain for row in _facts(session, organization)} == {"clinic", "doctor"}
    refresh(organization.id)
    assert _facts(session, organization) == before


def _facts(session, organization):
    order = (FACTS.c.grain, FACTS.c.day, FACTS.c.member, FACTS.c.department_id, FACTS.c.practitioner_id)
    return session.execute(select(FACTS).where(FACTS.c.organization_id == organization.id).order_by(*order)).all()
