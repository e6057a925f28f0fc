"""Where the year may end, by a method that can be checked by hand."""

from datetime import date, timedelta
from decimal import Decimal

from app.core.period import Period
from app.metrics.types import Point
from app.services.dashboards.revenue_outlook import project, year_before

MONDAY = date(2026, 6, 15)


def weeks(*amounts: int | None, partial: bool = False) -> list[Point]:
    first = MONDAY - timedelta(weeks=len(amounts))
    spans = [Period(first + timedelta(weeks=n), first + timedelta(weeks=n + 1)) for n in range(len(amounts))]
    return [Point(span, amount, amount, None, 1, partial) for span, amount in zip(spans, amounts, strict=True)]


def test_equal_weeks_go_on_as_they_were():
    found = project(Decimal(910), weeks(*[70] * 13), days_left=195)
    assert found.middle == 910 + 10 * 195 == Decimal(2860)
    assert found.low == found.high == found.middle


def test_uneven_weeks_widen_the_interval_around_the_same_middle():
    found = project(Decimal(840), weeks(*[105, 35] * 6), days_left=70)
    assert found.middle == 840 + 70 * 10
    assert found.low < found.middle < found.high
    assert abs((found.high + found.low) / 2 - found.middle) <= Decimal("0.01")


def test_only_the_last_thirteen_weeks_count():
    assert project(Decimal(0), weeks(9999, *[70] * 13), days_left=7).middle == 70


def test_the_running_week_does_not_count():
    assert project(Decimal(0), weeks(*[70] * 13) + weeks(1, partial=True), days_left=7).middle == 70


def test_weeks_before_the_first_payment_are_unknown_and_not_nought():
    assert project(Decimal(0), weeks(None, None, *[70] * 8), days_left=7).middle == 70


def test_too_few_weeks_project_nothing():
    assert project(Decimal(490), weeks(*[70] * 7), days_left=7) is None
    assert project(None, weeks(*[70] * 13), days_left=7) is None


def test_a_leap_day_is_compared_with_the_day_after_the_end_of_february():
    assert year_before(Period(date(2024, 1, 1), date(2024, 3, 1))) == Period(date(2023, 1, 1), date(2023, 3, 1))
    assert year_before(Period(date(2024, 1, 1), date(2024, 2, 29))).end == date(2023, 3, 1)
