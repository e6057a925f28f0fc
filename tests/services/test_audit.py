"""The audit log cannot be changed without being found out."""

import pytest
from sqlalchemy import text

from app.extensions import db
from app.services import audit


@pytest.fixture
def lines(scope, system):
    for word in ("one", "two", "three"):
        audit.record(system, f"patient.read.{word}", "patient")
    return system.organization_id


def test_an_untouched_log_verifies(lines):
    assert audit.verify(lines) == (3, None)


def test_the_application_may_not_change_a_line(lines):
    with pytest.raises(Exception, match="permission denied"):
        db.session.execute(text("UPDATE audit_events SET action = 'x'"))


@pytest.mark.parametrize(
    ("tampering", "seq"),
    [
        ("UPDATE audit_events SET action = 'patient.read.nothing' WHERE seq = 2", 2),
        ("UPDATE audit_events SET at = at + interval '1 minute' WHERE seq = 1", 1),
        ("DELETE FROM audit_events WHERE seq = 2", 2),
        ("DELETE FROM audit_events WHERE seq = 3", 3),
    ],
)
def test_tampering_by_the_owner_is_found_with_its_place(lines, tampering, seq):
    db.session.flush()
    db.session.execute(text("RESET ROLE"))
    db.session.execute(text(tampering))
    db.session.expire_all()
    _, fault = audit.verify(lines)
    assert fault is not None
    assert fault.seq == seq
