"""The chart says what the records say, to those who may see it, and leaves a line."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import event

from app.core.errors import Forbidden, NotFound
from app.core.permissions import Role
from app.extensions import db
from app.models import (
    Allergy,
    AuditEvent,
    ClinicalOrder,
    Condition,
    Dispense,
    Dose,
    Goal,
    Medication,
    Message,
    Observation,
    Result,
    Task,
)
from app.services.chart.chart_medication import Supply, days_covered, next_dose
from app.services.chart.patient_chart import chart_of

TODAY = date(2026, 6, 19)
EVERYTHING = (
    "problems",
    "allergies",
    "medicines",
    "goals",
    "tests",
    "results",
    "messages",
    "recalls",
    "plans",
    "visits",
)
NOW = datetime(2026, 6, 19, 15, tzinfo=UTC)  # 10:00 in Chicago


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def patient(clinic, make_practitioner, make_patient):
    return make_patient("Doe, John", home_clinic_id=clinic.id, practitioner_id=make_practitioner("Johnson, Sarah").id)


@pytest.fixture
def make(organization, patient):
    """Stores a record of the patient; texts are sealed."""

    def store(model, texts=None, **values):
        row = model(organization_id=organization.id, patient_id=patient.id, **values)
        db.session.add(row)
        db.session.flush()
        for name, text in (texts or {}).items():
            setattr(row, name, text)
        db.session.flush()
        return row

    return store


def _pressure(make, days_ago: int, systolic: int, diastolic: int) -> None:
    at = NOW - timedelta(days=days_ago)
    make(
        Observation,
        kind="blood_pressure",
        status="final",
        observed_at=at,
        systolic=systolic,
        diastolic=diastolic,
        unit="mm[Hg]",
    )


def test_a_condition_is_judged_by_its_newest_reading_and_the_one_before(system, patient, make):
    make(Condition, {"name": "Hypertension"}, kind="hypertension", status="active", onset_day=date(2023, 6, 15))
    make(Condition, {"name": "Migraine"}, status="active")
    make(Condition, {"name": "Sprain"}, status="resolved")
    _pressure(make, 60, 150, 95)
    _pressure(make, 5, 130, 85)
    hypertension, migraine = chart_of(system, patient.id).problems
    assert (hypertension.name, hypertension.status, hypertension.trend) == ("Hypertension", "managed", "improving")
    assert hypertension.reading is not None
    assert hypertension.reading.words == "130/85 mmHg"
    assert (migraine.name, migraine.status, migraine.reading, migraine.trend) == ("Migraine", "active", None, None)


def test_a_goal_is_as_far_as_the_worse_of_its_targets(system, patient, make):
    targets = [{"kind": "systolic", "high": 130}, {"kind": "diastolic", "high": 80}]
    make(
        Goal,
        {"title": "Blood pressure", "actions": '["Walk daily"]'},
        status="active",
        starts_on=TODAY - timedelta(days=90),
        due_day=TODAY + timedelta(days=30),
        targets={"targets": targets},
    )
    _pressure(make, 80, 150, 100)
    _pressure(make, 5, 130, 85)
    (goal,) = chart_of(system, patient.id).goals
    assert (goal.target, goal.current, goal.progress) == ("< 130/80 mmHg", "130/85 mmHg", 0.75)
    assert goal.actions == ("Walk daily",)


def test_medication_tells_refill_doses_and_what_was_missed(system, patient, make):
    lisinopril = make(
        Medication,
        {"name": "Lisinopril 10 MG Oral Tablet", "dosage": "10 mg"},
        status="active",
        substance="lisinopril",
        doses_per_day=1,
        dose_times={"times": ["08:00"]},
        prescribed_day=date(2026, 5, 5),
        covered_until=date(2026, 7, 3),
        practitioner_id=patient.practitioner_id,
    )
    make(
        Dispense,
        medication_id=lisinopril.id,
        status="completed",
        local_day=date(2026, 5, 5),
        days_supply=60,
        runs_out=date(2026, 7, 3),
    )
    for days, status in ((1, "missed"), (2, "taken"), (9, "missed")):
        make(Dose, medication_id=lisinopril.id, status=status, due_at=NOW - timedelta(days=days))
    (medicine,) = chart_of(system, patient.id).medicines
    assert (medicine.dosage, medicine.frequency, medicine.prescriber) == ("10 mg", "Once daily", "Dr. Sarah Johnson")
    assert (medicine.next_refill, medicine.remaining_doses, medicine.overdue_days) == (date(2026, 7, 3), 15, 0)
    assert medicine.next_dose == datetime(2026, 6, 20, 13, tzinfo=UTC)
    assert (medicine.missed, medicine.days_covered) == (1, 1.0)


def test_what_nobody_recorded_is_unknown(system, patient, make):
    make(Medication, {"name": "Something"}, status="active")
    (medicine,) = chart_of(system, patient.id).medicines
    assert (medicine.next_refill, medicine.remaining_doses, medicine.days_covered) == (None, None, None)
    assert (medicine.next_dose, medicine.missed, medicine.frequency) == (None, None, None)
    chart = chart_of(system, patient.id)
    assert (chart.vitals_at, chart.problems, chart.unread) == (None, (), 0)


def test_days_covered_are_those_before_today_since_the_first_dispense():
    day = date(2026, 6, 19)
    first = Supply(day - timedelta(days=40), day - timedelta(days=11))
    assert days_covered([first], day) == 30 / 40
    assert days_covered([first, Supply(day - timedelta(days=5), day + timedelta(days=24))], day) == 35 / 40
    assert days_covered([], day) is None


def test_the_next_dose_is_on_the_clinics_wall_through_a_change_of_the_clock():
    evening = datetime(2026, 11, 1, 2, tzinfo=UTC)  # 31 October, 21:00 in Chicago; the clock goes back that night
    assert next_dose(["08:00"], "America/Chicago", evening) == datetime(2026, 11, 1, 14, tzinfo=UTC)


def test_tests_results_messages_and_recalls_are_listed(system, patient, make):
    make(ClinicalOrder, {"name": "Lipid panel"}, status="active", scheduled_at=NOW + timedelta(days=2), fasting=True)
    make(ClinicalOrder, {"name": "Past"}, status="active", scheduled_at=NOW - timedelta(days=2))
    make(Result, {"name": "CBC", "summary": "Normal"}, status="final", issued_at=NOW, review="reviewed")
    make(Allergy, {"allergen": "Penicillin"}, status="active", severity="severe")
    for sender, read_at in (("practice", None), ("practice", NOW), ("patient", None)):
        make(Message, {"subject": "Results"}, sender=sender, sent_at=NOW, local_day=TODAY, read_at=read_at)
    make(Task, {"title": "Check"}, kind="follow_up", created_day=TODAY, due_day=TODAY - timedelta(days=14))
    chart = chart_of(system, patient.id)
    assert [(each.name, each.fasting) for each in chart.tests] == [("Lipid panel", True)]
    assert [(each.name, each.available, each.summary) for each in chart.results] == [("CBC", True, "Normal")]
    assert [(each.allergen, each.severity) for each in chart.allergies] == [("Penicillin", "severe")]
    assert (len(chart.messages), chart.unread) == (3, 1)
    assert [(each.title, each.overdue_days) for each in chart.recalls] == [("Check", 14)]


def test_only_the_patient_their_doctors_and_the_administration_open_a_chart(patient, clinic, make_actor):
    doctor = make_actor(Role.DOCTOR, practitioner_id=patient.practitioner_id)
    own = make_actor(Role.PATIENT, patient_id=patient.id)
    for actor in (doctor, own, make_actor(Role.ADMIN)):
        assert chart_of(actor, patient.id).patient is patient
    lines = db.session.query(AuditEvent).filter(AuditEvent.action == "chart.read").all()
    assert [line.patient_id for line in lines] == [patient.id] * 3
    for role in (Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST):
        with pytest.raises(Forbidden):
            chart_of(make_actor(role, clinics={clinic.id}), patient.id)


def test_a_doctor_who_also_works_at_the_desk_opens_only_their_own_charts(
    patient, clinic, make_practitioner, make_actor
):
    other = make_actor(Role.DOCTOR, Role.CLINIC_STAFF, clinics={clinic.id}, practitioner_id=make_practitioner().id)
    with pytest.raises(NotFound):
        chart_of(other, patient.id)


def test_the_chart_costs_the_same_number_of_statements_however_much_it_holds(system, patient, make):
    make(Medication, {"name": "Something"}, status="active")
    few = _statements(system, patient.id)
    for days in range(30):
        _pressure(make, days, 130, 80)
        make(Medication, {"name": "Something"}, status="active")
        make(Message, sender="patient", sent_at=NOW, local_day=TODAY)
    assert _statements(system, patient.id) == few <= 9


def _statements(actor, patient_id) -> int:
    made: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "SET LOCAL")):
            made.append(statement)

    engine = db.session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        chart = chart_of(actor, patient_id)
        assert all(hasattr(chart, name) for name in EVERYTHING)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(made)
