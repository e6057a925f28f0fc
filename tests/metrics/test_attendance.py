"""Attendance: who came, who did not, and what is left out of the rates."""

from datetime import timedelta

import pytest

from tests.metrics.conftest import MONDAY


@pytest.fixture
def week(clinic, make_appointment):
    """Ten bookings: 4 completed, 1 in a room, 1 no-show, 1 late and 1 early cancellation, 1 moved, 1 test."""
    for _ in range(4):
        make_appointment(clinic, MONDAY, "completed", arrived=0, started=10, finished=30)
    make_appointment(clinic, MONDAY, "started", arrived=-5, started=20)
    make_appointment(clinic, MONDAY, "no_show")
    make_appointment(clinic, MONDAY, "cancelled", cancelled_by="patient", cancelled_notice_hours=3)
    make_appointment(clinic, MONDAY, "cancelled", cancelled_by="patient", cancelled_notice_hours=24)
    make_appointment(clinic, MONDAY, "cancelled", rescheduled=True)
    make_appointment(clinic, MONDAY, "completed", is_test=True)


def test_the_no_show_rate_is_no_shows_of_those_who_came_or_did_not(week, figure):
    rate = figure("attendance.no_show_rate")
    assert (rate.numerator, rate.denominator) == (1, 6)
    assert rate.value == pytest.approx(1 / 6)


def test_booked_less_those_left_out_is_what_was_counted(week, figure):
    rate = figure("attendance.no_show_rate")
    assert {part.label: part.count for part in rate.excluded} == {
        "Cancelled by the patient less than 24 h before": 1,
        "Cancelled by the patient, 24 h or more before": 1,
        "Moved to another time": 1,
        "Test bookings": 1,
    }
    assert 10 - rate.left_out == rate.denominator


def test_completion_counts_only_what_patients_decided(week, figure):
    rate = figure("attendance.completion_rate")
    assert (rate.numerator, rate.denominator) == (4, 7)


def test_bookings_count_without_tests_and_without_visits_moved_to_another_day(week, figure):
    assert figure("attendance.booked").value == 8


def test_a_rate_over_nothing_is_unknown(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY, "cancelled", cancelled_by="clinic")
    rate = figure("attendance.no_show_rate")
    assert (rate.value, rate.reason_code) == (None, "empty")


def test_the_first_of_the_next_week_is_not_counted(clinic, make_appointment, figure):
    make_appointment(clinic, MONDAY)
    make_appointment(clinic, MONDAY + timedelta(days=7))
    make_appointment(clinic, MONDAY - timedelta(days=1))
    assert figure("attendance.booked").value == 1


def test_waits_are_percentiles_of_the_timed_visits(week, figure):
    median = figure("waiting.wait_median")
    assert (median.value, median.n) == (10, 5)
    assert figure("waiting.wait_p90").value == 20
    assert figure("waiting.wait_mean").value == 12
