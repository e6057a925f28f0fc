"""Clinical figures over a handful of records."""

from datetime import datetime, time, timedelta

import pytest

from app.extensions import db
from app.models import Dispense, Goal, Message, Observation, Result
from tests.metrics.conftest import MONDAY

NOON = datetime.combine(MONDAY, time(17))  # UTC


@pytest.fixture
def make(organization, clinic):
    """Stores a record of the clinic on MONDAY."""

    def store(model, **values):
        db.session.add(model(organization_id=organization.id, clinic_id=clinic.id, **values))
        db.session.flush()

    return store


def _pressure(make, systolic: int, diastolic: int, hypertensive: bool = True) -> None:
    values = {"systolic": systolic, "diastolic": diastolic, "hypertensive": hypertensive}
    make(Observation, kind="blood_pressure", status="final", local_day=MONDAY, **values)


def test_a_pressure_is_in_control_only_if_both_values_are_below_the_threshold(make, figure):
    for systolic, diastolic in ((139, 89), (140, 80), (130, 90), (120, 70)):
        _pressure(make, systolic, diastolic)
    _pressure(make, 118, 76, hypertensive=False)
    rate = figure("clinical.bp_control_rate")
    assert (rate.numerator, rate.denominator, rate.value) == (2, 4, 0.5)
    assert [(part.label, part.count) for part in rate.excluded] == [("No hypertension", 1)]


def test_a_result_waits_for_review_until_it_is_reviewed(make, figure):
    for review, abnormal in (("pending", True), ("pending", False), ("reviewed", True), (None, True)):
        minutes = 60 if review == "reviewed" else None
        make(Result, status="final", review=review, abnormal=abnormal, review_minutes=minutes, local_day=MONDAY)
    make(Result, status="preliminary", review="pending", local_day=MONDAY)
    assert figure("clinical.results_pending").value == 2
    assert figure("clinical.abnormal_results_pending").value == 1
    rate = figure("clinical.review_rate")
    assert (rate.numerator, rate.denominator) == (1, 3)
    assert [(part.label, part.count) for part in rate.excluded] == [("Review not recorded", 1)]


def test_the_median_time_to_a_result_is_the_middle_one(make, figure):
    for minutes in (60, 90, 2000):
        make(Result, status="final", turnaround_minutes=minutes, local_day=MONDAY)
    make(Result, status="final", local_day=MONDAY)
    assert figure("clinical.turnaround_median").value == 90


def test_days_covered_are_of_the_days_between_two_dispenses(make, figure):
    supply = {"status": "completed", "expected": True, "runs_out": MONDAY}
    make(Dispense, **supply, next_day=MONDAY + timedelta(days=1), interval_days=30, covered_days=30)
    make(Dispense, **supply, next_day=MONDAY + timedelta(days=10), interval_days=40, covered_days=30)
    make(Dispense, **supply)
    make(Dispense, status="completed", expected=False, runs_out=MONDAY)
    covered = figure("clinical.days_covered_rate")
    assert (covered.numerator, covered.denominator) == (60, 70)
    refilled = figure("clinical.refill_rate")
    assert (refilled.numerator, refilled.denominator) == (1, 3)
    assert figure("clinical.refills_overdue").value == 1


def test_messages_of_patients_are_read_and_answered(make, figure):
    for read_at, minutes in ((None, None), (NOON, 30), (NOON, 1440), (NOON, 1441)):
        answered = None if minutes is None else NOON
        make(
            Message,
            sender="patient",
            sent_at=NOON,
            local_day=MONDAY,
            read_at=read_at,
            answered_at=answered,
            answer_minutes=minutes,
        )
    make(Message, sender="practice", sent_at=NOON, local_day=MONDAY)
    assert figure("clinical.messages_unread").value == 1
    rate = figure("clinical.answer_rate")
    assert (rate.numerator, rate.denominator) == (2, 4)
    assert figure("clinical.answer_median").value == 1440


def test_goals_are_judged_by_whoever_keeps_them(make, figure):
    for achievement in ("achieved", "improving", "worsening", None):
        make(Goal, status="active", due_day=MONDAY, achievement=achievement)
    make(Goal, status="cancelled", due_day=MONDAY, achievement="achieved")
    on_track = figure("clinical.goals_on_track_rate")
    assert (on_track.numerator, on_track.denominator) == (2, 3)
    reached = figure("clinical.goals_reached_rate")
    assert (reached.numerator, reached.denominator) == (1, 4)
