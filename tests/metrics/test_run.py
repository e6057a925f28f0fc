"""Asking: comparison, targets, series, freshness, reasons, statements."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from app.core.errors import Invalid
from app.core.period import Period, Span, period_of
from app.extensions import db
from app.metrics.run import run_all
from app.metrics.types import Query
from app.models import Source, Target
from tests.metrics.conftest import MONDAY, WEEK

THIS_WEEK = period_of(Span.WEEK, date(2026, 6, 19))
TODAY = date(2026, 6, 19)


def test_a_week_is_compared_with_the_week_before(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY)
    make_appointment(clinic, MONDAY)
    make_appointment(clinic, MONDAY - timedelta(days=7))
    booked = figure("attendance.booked")
    assert (booked.value, booked.previous, booked.change) == (2, 1, 1)


def test_a_running_week_is_compared_with_as_many_days_of_the_one_before(clinic, make_appointment, figure):
    for day in range(7):
        make_appointment(clinic, MONDAY + timedelta(days=day))
    assert figure("attendance.booked", period=THIS_WEEK).previous == 5


def test_what_is_booked_after_today_is_not_counted_yet(clinic, make_appointment, figure):
    make_appointment(clinic, TODAY)
    make_appointment(clinic, TODAY + timedelta(days=1), "booked")
    assert figure("attendance.booked", period=THIS_WEEK).value == 1


def test_a_part_of_a_day_is_compared_with_the_same_part_of_the_same_weekday(clinic, make_appointment, ask):
    for day in (TODAY, TODAY - timedelta(days=7)):
        make_appointment(clinic, day, at=time(9))
        make_appointment(clinic, day, at=time(14))
    make_appointment(clinic, TODAY - timedelta(days=7), at=time(8))
    booked = ask("attendance.booked", period=period_of(Span.DAY, TODAY), until=time(10)).figure("attendance.booked")
    assert (booked.value, booked.previous) == (1, 2)


def test_a_part_of_a_week_cuts_only_its_last_day(clinic, make_appointment, figure):
    make_appointment(clinic, TODAY - timedelta(days=1), at=time(14))
    make_appointment(clinic, TODAY, at=time(9))
    make_appointment(clinic, TODAY, at=time(14))
    assert figure("attendance.booked", period=THIS_WEEK, until=time(10)).value == 2


def test_the_clinics_target_comes_before_the_organizations(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY)
    for clinic_id, value in ((None, "0.08"), (clinic.id, "0.05")):
        line = Target(clinic_id=clinic_id, metric="attendance.no_show_rate", value=Decimal(value), set_by="Admin")
        line.valid_from, line.set_at = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
        db.session.add(line)
    rate = figure("attendance.no_show_rate")
    assert rate.target == Decimal("0.05")
    assert rate.target_met


def test_a_target_of_later_does_not_count_yet(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY)
    line = Target(metric="attendance.booked", value=Decimal(5), set_by="Admin", valid_from=date(2026, 12, 1))
    line.set_at = datetime(2026, 1, 1, tzinfo=UTC)
    db.session.add(line)
    assert figure("attendance.booked").target is None


def test_a_figure_is_as_fresh_as_its_oldest_source_and_says_when_that_is_late(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY)
    noon = datetime(2026, 6, 19, 12, tzinfo=UTC)
    for name, hours in (("old", 4), ("new", 1)):
        source = Source(key=name, name=name, kind="csv", feeds=["appointments"], due_minutes=60)
        source.fresh_at = noon - timedelta(hours=hours)
        db.session.add(source)
    booked = figure("attendance.booked")
    assert (booked.as_of, booked.late) == (noon - timedelta(hours=4), True)


def test_what_no_source_records_has_a_reason_and_no_value(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY)
    complaints = figure("satisfaction.complaints")
    assert (complaints.value, complaints.reason_code) == (None, "not_recorded")
    wait = figure("waiting.wait_median")
    assert (wait.value, wait.reason) == (None, "No source records when patients arrive and are seen.")


def test_a_count_over_recorded_days_without_any_is_zero(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY - timedelta(days=7))
    make_appointment(clinic, MONDAY + timedelta(days=7))
    assert figure("attendance.no_shows").value == 0


def test_a_dimension_that_is_not_recorded_is_said(clinic, make_appointment, ask):
    make_appointment(clinic, MONDAY)
    assert (
        ask("capacity.room_utilisation", by=("practitioner",)).total.figures["capacity.room_utilisation"].reason_code
        == "not_by"
    )


def test_rates_of_groups_are_ratios_of_their_own_sums(clinic, make_practitioner, make_appointment, ask):
    one, two = make_practitioner("One"), make_practitioner("Two")
    for status, doctor in (("completed", one), ("no_show", one), ("completed", two), ("completed", two)):
        make_appointment(clinic, MONDAY, status, practitioner_id=doctor.id)
    result = ask("attendance.no_show_rate", by=("practitioner",))
    assert [(row.label, row.figures["attendance.no_show_rate"].value) for row in result.rows] == [
        ("Dr. One", 0.5),
        ("Dr. Two", 0.0),
    ]
    assert result.figure("attendance.no_show_rate").value == 0.25


def test_weekdays_stand_in_their_order(clinic, make_appointment, ask):
    for day in (3, 0, 0):
        make_appointment(clinic, MONDAY + timedelta(days=day))
    result = ask("attendance.booked", by=("weekday",))
    assert [(row.label, row.figures["attendance.booked"].value) for row in result.rows] == [
        ("Monday", 2),
        ("Thursday", 1),
    ]


def test_hours_are_read_from_the_records(clinic, make_appointment, ask):
    make_appointment(clinic, MONDAY, at=time(14))
    make_appointment(clinic, MONDAY, at=time(9))
    assert [row.label for row in ask("attendance.booked", by=("hour",)).rows] == ["09:00", "14:00"]


def test_a_series_has_a_point_a_week_and_marks_the_running_one(clinic, make_appointment, ask):
    start = date(2026, 5, 4)
    for week in range(7):
        for _ in range(10 + week % 2):
            make_appointment(clinic, start + timedelta(weeks=week))
    booked = ask("attendance.booked", period=Period(start, date(2026, 6, 22)), step=Span.WEEK).figure(
        "attendance.booked"
    )
    assert [(point.value, point.partial) for point in booked.series] == [
        (10, False),
        (11, False),
        (10, False),
        (11, False),
        (10, False),
        (11, False),
        (10, True),
    ]
    assert booked.signal.points == 6
    assert booked.signal.trial


def test_a_balance_has_no_history(clinic, make_invoice, figure):
    make_invoice(clinic, MONDAY, "100.00")
    make_invoice(clinic, MONDAY - timedelta(days=200), "50.00")
    owed = figure("receivables.outstanding")
    assert (owed.value, owed.previous, owed.n) == (Decimal("150.00"), None, 2)


def test_ages_add_up_to_what_is_owed(clinic, make_invoice, ask):
    for days in (0, 30, 31, 60, 61, 90, 91, 120, 121, 400):
        make_invoice(clinic, TODAY - timedelta(days=days), f"{days + 1}.00")
    ages = ("0_30", "31_60", "61_90", "91_120", "over_120")
    keys = [f"receivables.aging_{age}" for age in ages]
    result = ask(*keys, "receivables.outstanding", period=period_of(Span.DAY, TODAY))
    values = [result.figure(key).value for key in keys]
    assert values == [32, 93, 153, 213, 523]
    assert sum(values) == result.figure("receivables.outstanding").value


def test_distinct_patients_count_once_in_each_period(clinic, make_patient, make_appointment, ask):
    regular, once = make_patient(), make_patient()
    for day in (0, 1, 7, 8):
        make_appointment(clinic, MONDAY + timedelta(days=day), patient_id=regular.id)
    make_appointment(clinic, MONDAY, patient_id=once.id)
    two_weeks = Period(MONDAY, MONDAY + timedelta(days=14))
    keys = ("patients.seen", "patients.new", "patients.returning", "patients.visits_per_patient")
    result = ask(*keys, period=two_weeks, step=Span.WEEK)
    assert [result.figure(key).value for key in keys] == [2, 2, 0, 2.5]
    assert [point.value for point in result.figure("patients.seen").series] == [2, 1]
    assert [point.value for point in result.figure("patients.returning").series] == [0, 1]


def test_retention_counts_visits_whose_time_is_over(clinic, make_patient, make_appointment, figure):
    back, gone = make_patient(), make_patient()
    first = MONDAY - timedelta(days=180)
    for patient, days in ((back, (0, 100)), (gone, (0,))):
        for day in days:
            make_appointment(clinic, first + timedelta(days=day), patient_id=patient.id)
    retention = figure("patients.retention_rate")
    assert (retention.numerator, retention.denominator) == (1, 2)


def test_an_unknown_metric_is_invalid(ask):
    with pytest.raises(Invalid):
        ask("attendance.applause")


def test_many_questions_take_five_statements(clinic, system, make_appointment, ask):
    make_appointment(clinic, MONDAY, arrived=0, started=5)
    ask("attendance.booked")
    filters = {"clinic": (clinic.id,)}
    questions = [
        Query(("attendance.booked", "waiting.wait_median", "revenue.collected"), WEEK, filters=filters, step=Span.DAY),
        Query(("satisfaction.score", "patients.seen"), WEEK, filters=filters, by=("practitioner",)),
        Query(("attendance.booked",), WEEK, filters=filters, by=("department",)),
    ]
    seen = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    run_all(questions, system)
    assert len([text for text in seen if not text.startswith("SET LOCAL")]) == 4
