"""When clinics are busiest: fullest day and hours; and money against the target of the clinic days."""

from dataclasses import dataclass
from decimal import Decimal

from app.services.dashboards.readings import Reading

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def booked_by(reading: Reading, answer: str) -> dict[int, int]:
    """Booked visits by weekday (0 = Monday) or by hour of the planned start."""
    rows = reading.answers[answer].rows if answer in reading.answers else ()
    return {int(row.key[0]): int(row.figures["attendance.booked"].value or 0) for row in rows}


def busiest_weekday(reading: Reading) -> tuple[int, int | None]:
    """On how many days anything was booked, and the fullest one; the earlier of two equal ones."""
    counts = {day: count for day, count in sorted(booked_by(reading, "week days").items()) if count}
    return len(counts), max(counts, key=lambda day: counts[day], default=None)


def busiest_pair(reading: Reading) -> int | None:
    """The first of the two hours in a row with the most booked starts; None when nothing was booked."""
    counts = booked_by(reading, "week hours")
    if not any(counts.values()):
        return None
    return max(sorted(counts), key=lambda hour: counts[hour] + counts.get(hour + 1, 0))


@dataclass(frozen=True)
class BusySpan:
    """Hours in a row, from `start` on, with the visits booked to begin in them and in the whole day."""

    start: int
    hours: int
    booked: int
    whole: int


def busiest_spans(reading: Reading, most: int = 2, hours: int = 2) -> list[BusySpan]:
    """The spans of the day with the most booked starts in "hours" (by weekday and hour), none overlapping another."""
    answer = reading.answers.get("hours")
    counts: dict[int, int] = {}
    for row in answer.rows if answer else ():
        if row.key[1]:
            hour = int(row.key[1])
            counts[hour] = counts.get(hour, 0) + int(row.figures["attendance.booked"].value or 0)
    whole = sum(counts.values())
    spans = [
        BusySpan(start, hours, sum(counts.get(start + offset, 0) for offset in range(hours)), whole)
        for start in sorted(counts)
    ]
    found: list[BusySpan] = []
    for span in sorted(spans, key=lambda one: -one.booked):
        if len(found) < most and span.booked and all(abs(span.start - one.start) >= hours for one in found):
            found.append(span)
    return sorted(found, key=lambda one: one.start)


def against_target(reading: Reading) -> tuple[Decimal, Decimal] | None:
    """Last week's collected money as a share of its target, and the target: a day's target times the clinic days."""
    week, day = reading.get("week", "revenue.collected"), reading.get("day", "revenue.collected")
    days, _ = busiest_weekday(reading)
    if week is None or week.value is None or day is None or not day.target or not days:
        return None
    target = day.target * days
    return Decimal(str(week.value)) / target, target
