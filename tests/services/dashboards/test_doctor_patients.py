"""What waits for a doctor: urgent first, only their own, with a line for each patient named."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from app.core.errors import Forbidden, NotFound
from app.core.permissions import Role
from app.extensions import db
from app.models import AuditEvent, Medication, Message, Result, Task
from app.services.dashboards.doctor_patients import attention_of

TODAY = date(2026, 6, 19)
NOW = datetime(2026, 6, 19, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def doctor(scope, make_practitioner):
    return make_practitioner()


@pytest.fixture
def store(organization):
    """Stores a record about a patient with its sealed texts."""

    def make(model, patient, doctor, texts=None, **values):
        row = model(
            organization_id=organization.id,
            patient_id=patient.id,
            practitioner_id=None if doctor is None else doctor.id,
            **values,
        )
        db.session.add(row)
        db.session.flush()
        for name, text in (texts or {}).items():
            setattr(row, name, text)
        db.session.flush()

    return make


def test_alerts_come_by_urgency_with_their_numbers(system, clinic, doctor, store, make_patient, make_appointment):
    bob, jane, ann, tom = (make_patient(name) for name in ("Wilson, Bob", "Smith, Jane", "Lee, Ann", "Hart, Tom"))
    make_appointment(clinic, date(2026, 5, 1), patient_id=jane.id)
    store(Medication, bob, doctor, status="active", substance="warfarin")
    store(Medication, bob, None, status="active", substance="aspirin")
    store(Task, jane, doctor, {"title": "Check"}, kind="follow_up", created_day=TODAY, due_day=date(2026, 6, 5))
    issued = {"status": "final", "review": "pending", "issued_at": NOW}
    store(Result, ann, doctor, {"name": "Potassium"}, **issued, abnormal=True)
    store(Result, ann, doctor, {"name": "Sodium"}, **issued, abnormal=False)
    store(Medication, tom, doctor, {"name": "Lisinopril"}, status="active", covered_until=date(2026, 6, 16))
    found = attention_of(system, doctor.id)
    assert [(alert.kind, alert.priority, alert.patient) for alert in found.alerts] == [
        ("medication_interaction", "critical", "Wilson, Bob"),
        ("overdue_followup", "high", "Smith, Jane"),
        ("abnormal_result", "high", "Lee, Ann"),
        ("refill_overdue", "normal", "Hart, Tom"),
    ]
    interaction, follow_up, _, refill = found.alerts
    assert interaction.medications == ("Warfarin", "Aspirin")
    assert interaction.source == "FDA label of warfarin: drugs that increase the risk of bleeding"
    assert (follow_up.message, follow_up.last_visit) == ("Check: overdue by 2 weeks", date(2026, 5, 1))
    assert refill.message == "Lisinopril: the supply ran out 3 days ago"
    assert [(each.name, each.abnormal) for each in found.pending] == [("Potassium", True), ("Sodium", False)]
    lines = db.session.query(AuditEvent).filter(AuditEvent.action == "doctor_patients.read")
    assert {line.patient_id for line in lines} == {bob.id, jane.id, ann.id, tom.id}


def test_what_is_done_stopped_reviewed_or_read_is_gone(system, doctor, store, make_patient):
    pat = make_patient()
    done = {"kind": "follow_up", "created_day": TODAY, "due_day": date(2026, 6, 5), "done_at": NOW}
    store(Task, pat, doctor, **done)
    store(Task, pat, doctor, kind="follow_up", created_day=TODAY, due_day=TODAY)
    store(Medication, pat, doctor, status="stopped", covered_until=date(2026, 6, 1), substance="warfarin")
    store(Medication, pat, doctor, status="active", covered_until=TODAY, substance="aspirin")
    store(Result, pat, doctor, status="final", review="reviewed", abnormal=True)
    store(Result, pat, doctor, status="preliminary", review="pending", abnormal=True)
    store(Message, pat, doctor, sender="patient", sent_at=NOW, local_day=TODAY, read_at=NOW)
    store(Message, pat, doctor, sender="practice", sent_at=NOW, local_day=TODAY)
    found = attention_of(system, doctor.id)
    assert (found.alerts, found.pending_count, found.unread_count) == ((), 0, 0)


def test_counts_are_of_everything_and_lists_of_the_first(system, doctor, store, make_patient):
    pat = make_patient()
    for minute in range(25):
        at = NOW - timedelta(minutes=minute)
        store(Message, pat, doctor, {"subject": f"{minute}"}, sender="patient", sent_at=at, local_day=TODAY)
    found = attention_of(system, doctor.id)
    assert (found.unread_count, len(found.unread), found.unread[0].subject) == (25, 20, "24")


def test_a_doctor_sees_their_own_list_and_nobody_elses(doctor, make_practitioner, make_actor, clinic):
    own = make_actor(Role.DOCTOR, practitioner_id=doctor.id)
    assert attention_of(own, doctor.id).alerts == ()
    assert attention_of(make_actor(Role.ADMIN), doctor.id).alerts == ()
    with pytest.raises(NotFound):
        attention_of(own, make_practitioner("Other").id)
    with pytest.raises(NotFound):
        attention_of(make_actor(Role.PATIENT), doctor.id)
    with pytest.raises(Forbidden):
        attention_of(make_actor(Role.CLINIC_STAFF, clinics={clinic.id}), doctor.id)
