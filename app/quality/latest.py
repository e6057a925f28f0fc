"""The last value of a measurement: of its last day the lowest reading."""

from collections.abc import Iterable
from datetime import date

from app.quality.record import Entry


def day_taken(entry: Entry) -> date | None:
    """The day on which a measurement was taken."""
    moment = entry.span.latest() if entry.span else None
    return moment.date() if moment else None


def of_day(entries: Iterable[Entry], day: date) -> list[Entry]:
    """Those taken on a day."""
    return [each for each in entries if day_taken(each) == day]


def last_day(entries: Iterable[Entry]) -> date | None:
    """The last day with a measurement."""
    return max((day for each in entries if (day := day_taken(each))), default=None)


def last_begun(entries: Iterable[Entry]) -> Entry | None:
    """The entry that began last; the later in the record of two that began together."""
    begun = [(each.span.start, number, each) for number, each in enumerate(entries) if each.span and each.span.start]
    return max(begun)[2] if begun else None
