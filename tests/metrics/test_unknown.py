"""Unknown is not zero: what nobody records, what nobody recorded yet, and what no figure can say."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.ids import new_id
from app.core.period import Period, Span
from app.extensions import db
from app.models.encounters import Encounter
from tests.metrics.conftest import MONDAY, WEEK

FOUR_WEEKS = Period(MONDAY - timedelta(weeks=3), MONDAY + timedelta(weeks=1))


@pytest.fixture
def make_encounter(clinic):
    """A finished encounter on a day, at nine."""

    def make(on: date, signed_after: timedelta | None = None) -> None:
        starts = datetime.fromisoformat(f"{on}T14:00:00+00:00")
        signed = None if signed_after is None else starts + signed_after
        row = Encounter(
            organization_id=clinic.organization_id,
            id=new_id(),
            clinic_id=clinic.id,
            status="finished",
            starts_at=starts,
            local_day=on,
            signed_at=signed,
        )
        db.session.add(row)

    return make


def test_notes_that_no_source_says_are_signed_are_not_unsigned(figure, make_encounter):
    make_encounter(MONDAY)
    found = figure("tasks.documentation_rate")
    assert (found.value, found.reason_code) == (None, "not_recorded")
    assert found.reason == "No source records encounters and the signing of their notes."


def test_where_notes_are_signed_one_that_is_not_counts_against_the_rate(figure, make_encounter):
    make_encounter(MONDAY, signed_after=timedelta(hours=2))
    make_encounter(MONDAY)
    assert figure("tasks.documentation_rate").value == 0.5


def test_weeks_before_the_first_record_are_unknown_in_a_series(figure, clinic, make_appointment):
    make_appointment(clinic, MONDAY - timedelta(weeks=1))
    found = figure("attendance.booked", period=FOUR_WEEKS, step=Span.WEEK)
    assert [point.value for point in found.series] == [None, None, 1, 0]
    assert found.series[0].reason == "not recorded yet"


def test_a_period_before_the_first_record_has_no_figure_and_is_no_comparison(figure, clinic, make_appointment):
    make_appointment(clinic, MONDAY)
    assert figure("attendance.booked").previous is None
    before = figure("attendance.booked", period=Period(date(2026, 5, 1), date(2026, 6, 1)))
    assert (before.value, before.reason) == (None, "Nothing of it is recorded before 8 Jun 2026.")


def test_visits_without_any_invoice_were_not_charged_nothing(figure, clinic, make_appointment):
    make_appointment(clinic, MONDAY)
    found = figure("revenue.per_visit")
    assert (found.value, found.reason_code) == (None, "not_recorded")


def test_more_paid_than_owed_is_no_number_of_days(figure, clinic, make_invoice):
    make_invoice(clinic, MONDAY, balance=Decimal(-200))
    found = figure("receivables.days_in_ar")
    assert (found.value, found.reason) == (None, "More is paid in excess than is owed, which is no number of days.")
    assert figure("receivables.credits").value == 200


def test_members_stand_in_the_order_of_the_dimensions_asked_for(ask, clinic, make_clinic, make_appointment):
    other = make_clinic(name="Airport")
    for place in (clinic, other):
        for day in range(2):
            make_appointment(place, MONDAY + timedelta(days=day))
    found = ask("attendance.booked", by=("clinic", "weekday"), period=WEEK, filters={})
    assert [row.labels for row in found.rows] == [
        ("Airport", "Monday"),
        ("Airport", "Tuesday"),
        ("Downtown", "Monday"),
        ("Downtown", "Tuesday"),
    ]
