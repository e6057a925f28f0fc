"""Intervals and windows of days as the measures speak of them."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

EVER = datetime.combine(date.min, time.min)  # the start of what has begun at an unknown time


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days, `first` and `last` included."""

    first: date
    last: date

    def back(self, years: int = 0, months: int = 0) -> "Window":
        """The same end, begun earlier by calendar years and months."""
        return Window(months_on(self.first, -years * 12 - months), self.last)

    def holds(self, moment: date | datetime | None) -> bool:
        """Does the day of the moment lie in the window? An unknown moment does not."""
        return moment is not None and self.first <= day_of(moment) <= self.last


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to `end` on the wall of the place, both included; None is unknown.

    `ongoing`: there is no end yet, which is more than not knowing the end.
    """

    start: datetime | None
    end: datetime | None
    ongoing: bool = False

    def overlaps(self, window: Window) -> bool:
        """Do they share a day? Without a start it reaches back; where the end is unknown the start must lie within."""
        if self.start is None:
            return self.end is not None and self.end.date() >= window.first
        if self.end is None:
            return self.start.date() <= window.last if self.ongoing else window.holds(self.start)
        return self.start.date() <= window.last and self.end.date() >= window.first

    def within(self, window: Window) -> bool:
        """Does it begin and end in the window?"""
        return window.holds(self.start) and window.holds(self.end)

    def holds(self, moment: datetime | None) -> bool:
        """Does the moment lie in it? Not where a bound is unknown."""
        return (
            moment is not None and self.start is not None and self.end is not None and self.start <= moment <= self.end
        )

    def latest(self) -> datetime | None:
        """Its end, or its start where it has no end."""
        return self.end or self.start


def months_on(day: date, months: int) -> date:
    """The same day so many months on; the last of the month where it has no such day."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def day_of(moment: date | datetime) -> date:
    """The day of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def whole_days(first: date, last: date) -> Interval:
    """From the first instant of a day to the last of another."""
    return Interval(datetime.combine(first, time.min), datetime.combine(last, time.max))


def at(moment: datetime) -> Interval:
    """The interval of one moment."""
    return Interval(moment, moment)


def days_long(start: datetime, days: int) -> Interval:
    """So many whole days, the first of them that of `start`."""
    return whole_days(start.date(), start.date() + timedelta(days=max(days, 1) - 1))


def age_on(birth: date, day: date) -> int:
    """Completed years of life; someone born on 29 February completes them on 1 March of common years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
