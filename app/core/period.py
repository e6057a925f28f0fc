"""Periods: half-open spans of local dates, and the like part of the one before."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.errors import InvalidPeriod


class Span(StrEnum):
    """The named lengths of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CUSTOM = "custom"


@dataclass(frozen=True)
class Period:
    """The dates from `start` up to, not including, `end`."""

    start: date
    end: date
    span: Span = Span.CUSTOM

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise InvalidPeriod("A period ends after it starts.", field="end")

    @property
    def days(self) -> int:
        """How many dates it holds."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last date."""
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def until(self, today: date) -> "Period":
        """The part that has begun by `today` (today included); the whole period once it is over."""
        return Period(self.start, min(self.end, max(today, self.start) + timedelta(days=1)), self.span)

    def is_partial(self, today: date) -> bool:
        """Does it still run on `today`?"""
        return self.start <= today < self.end

    def previous(self) -> "Period":
        """The period before: for a day, the same weekday a week earlier; for a named span, the span before it; for
        whole months given by their dates, as many months; else as many days."""
        if self.span is Span.DAY:
            return Period(self.start - timedelta(days=7), self.end - timedelta(days=7), Span.DAY)
        if self.span is Span.CUSTOM:
            if self.start.day == self.end.day == 1:
                return Period(add_months(self.start, -self._months), self.start)
            return Period(self.start - timedelta(days=self.days), self.start)
        return period_of(self.span, self.start - timedelta(days=1))

    @property
    def _months(self) -> int:
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month

    def comparison(self, today: date) -> "Period":
        """The like part of the period before: as many days of it as this one has had by `today`."""
        before = self.previous()
        if not self.is_partial(today):
            return before
        return Period(before.start, min(before.end, before.start + timedelta(days=self.until(today).days)), self.span)


def period_of(span: Span, day: date, week_start: int = 0) -> Period:
    """The day, week, month, quarter or year that holds `day`; weeks start on `week_start` (0 = Monday)."""
    if span is Span.DAY:
        return Period(day, day + timedelta(days=1), span)
    if span is Span.WEEK:
        start = day - timedelta(days=(day.weekday() - week_start) % 7)
        return Period(start, start + timedelta(days=7), span)
    months = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}.get(span)
    if months is None:
        raise InvalidPeriod("A custom period needs its dates.", field="period")
    start = date(day.year, (day.month - 1) // months * months + 1, 1)
    return Period(start, add_months(start, months), span)


def add_months(first: date, months: int) -> date:
    """The first of the month that lies `months` after the month of `first`."""
    index = first.year * 12 + first.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def steps(period: Period, span: Span, week_start: int = 0) -> list[Period]:
    """The days, weeks or months that a period touches, whole, in order."""
    found, current = [], period_of(span, period.start, week_start)
    while current.start < period.end:
        found.append(current)
        current = period_of(span, current.end, week_start)
    return found
