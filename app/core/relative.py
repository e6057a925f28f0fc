"""Relative periods: names such as `last_month`, resolved at a date."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from app.core.errors import Invalid
from app.core.period import Period, Span, add_months, period_of


def _this(span: Span) -> Callable[[date, int], Period]:
    return lambda day, week_start: period_of(span, day, week_start)


def _last(span: Span) -> Callable[[date, int], Period]:
    return lambda day, week_start: period_of(
        span, period_of(span, day, week_start).start - timedelta(days=1), week_start
    )


def _days(count: int) -> Callable[[date, int], Period]:
    """The last complete days, without the one that is going on."""
    return lambda day, _: Period(day - timedelta(days=count), day)


def _twelve_months(day: date, _week_start: int) -> Period:
    first = day.replace(day=1)
    return Period(add_months(first, -12), first)


NAMES: Mapping[str, tuple[str, Callable[[date, int], Period]]] = {
    "today": ("today", _this(Span.DAY)),
    "yesterday": ("the day before", _last(Span.DAY)),
    "this_week": ("the week so far", _this(Span.WEEK)),
    "last_week": ("the week before", _last(Span.WEEK)),
    "this_month": ("the month so far", _this(Span.MONTH)),
    "last_month": ("the month before", _last(Span.MONTH)),
    "this_quarter": ("the quarter so far", _this(Span.QUARTER)),
    "last_quarter": ("the quarter before", _last(Span.QUARTER)),
    "this_year": ("the year so far", _this(Span.YEAR)),
    "last_year": ("the year before", _last(Span.YEAR)),
    "last_7_days": ("the last 7 days", _days(7)),
    "last_30_days": ("the last 30 days", _days(30)),
    "last_90_days": ("the last 90 days", _days(90)),
    "last_12_months": ("the last 12 months", _twelve_months),
}


def resolve(name: str, day: date, week_start: int = 0) -> Period:
    """The dates that a relative period means on a date; raises Invalid for an unknown name."""
    if name not in NAMES:
        raise Invalid("There is no such period.", field="period")
    return NAMES[name][1](day, week_start)


def words(name: str) -> str:
    """How a relative period is said."""
    return NAMES[name][0] if name in NAMES else name
