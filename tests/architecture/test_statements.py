"""The net under the tests holds: a statement without its organization is caught."""

import pytest
from sqlalchemy import func, select, update

from app.core.tenancy import scope_of
from app.extensions import db
from app.models import Clinic, Patient
from tests.fixtures.statements import Unbound, unbound_table


def test_a_core_statement_without_an_organization_is_caught(scope):
    with pytest.raises(Unbound, match="clinics"):
        db.session.connection().execute(select(func.count()).select_from(Clinic.__table__))
    with pytest.raises(Unbound, match="patients"):
        db.session.connection().execute(update(Patient.__table__).values(active=False))


def test_the_same_statement_with_its_organization_is_not(scope, organization):
    table = Clinic.__table__
    statement = select(func.count()).select_from(table).where(table.c.organization_id == organization.id)
    assert db.session.connection().execute(statement).scalar() == 0
    assert db.session.scalar(select(func.count()).select_from(Clinic)) == 0
    assert scope_of(db.session()) == organization.id


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("SELECT 1 FROM clinics WHERE id = %(id)s", "clinics"),
        ("SELECT 1 FROM users JOIN patients ON true", "patients"),
        ("DELETE FROM fact_appointments", "fact_appointments"),
        ("INSERT INTO rooms (organization_id) VALUES (%(o)s)", "rooms"),
        ("SELECT 1 FROM users", None),
    ],
)
def test_the_table_is_found_in_every_place(statement, table):
    assert unbound_table(statement, {"o": "no id"}) == table
