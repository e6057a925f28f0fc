"""Periods and what they are compared with."""

from datetime import date

import pytest

from app.core.period import Period, Span, period_of


def days(first: str, end: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("period", "before"),
    [
        (days("2016-01-01", "2017-01-01"), days("2015-01-01", "2016-01-01")),  # 366 days before 2016 begin in 2014
        (days("2026-11-01", "2026-12-01"), days("2026-10-01", "2026-11-01")),
        (days("2026-03-01", "2026-04-01"), days("2026-02-01", "2026-03-01")),
        (days("2026-07-01", "2026-10-01"), days("2026-04-01", "2026-07-01")),
        (days("2026-11-03", "2026-11-17"), days("2026-10-20", "2026-11-03")),
    ],
)
def test_whole_months_given_by_their_dates_are_compared_with_as_many_months(period, before):
    assert period.previous() == before


def test_a_month_by_name_and_by_its_dates_is_compared_with_the_same():
    named, dated = period_of(Span.MONTH, date(2026, 11, 1)), days("2026-11-01", "2026-12-01")
    for today in (date(2026, 11, 17), date(2026, 12, 5)):
        one, other = named.comparison(today), dated.comparison(today)
        assert (one.start, one.end) == (other.start, other.end)
