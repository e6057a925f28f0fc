"""When something recurs by the wall clock of a zone: its next instants, and the rule in words.

A time that the clocks jump over is taken with the offset before the jump, so that it comes as much later; a time that
comes twice is the first of the two (RFC 5545, 3.3.5). Cron expressions follow Debian's cron, through cronsim.
"""

from calendar import month_name, monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from app.core.errors import AppError
from app.core.format import plural
from app.core.period import add_months

FREQUENCIES = ("daily", "weekly", "monthly", "quarterly", "yearly", "cron")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = tuple(month_name[1:])
_STEP = {"monthly": 1, "quarterly": 3, "yearly": 12}


class RuleInvalid(AppError):
    """A rule that cannot be followed; `field` names the part."""

    status, code = 400, "ANALYTICS_009"


@dataclass(frozen=True)
class Rule:
    """`month_day` 29 to 31 means the last day in a shorter month; `month` counts within the quarter or year from 1."""

    frequency: str
    zone: str
    at: str = "09:00"
    weekday: int | None = None
    month_day: int | None = None
    month: int | None = None
    cron: str | None = None

    def __post_init__(self) -> None:
        _check(self)

    def next_after(self, instant: datetime) -> datetime:
        """The first instant strictly after one, in UTC; raises RuleInvalid when there is none within fifty years."""
        found = next(self.after(instant), None)
        if found is None:
            raise RuleInvalid("This never happens.", field="cron")
        return found

    def next_instants(self, instant: datetime, count: int) -> list[datetime]:
        """The following instants, in UTC."""
        return list(islice(self.after(instant), count))

    def after(self, instant: datetime) -> Iterator[datetime]:
        """Every instant after one, in order, in UTC."""
        if self.frequency == "cron":
            yield from _cron(self, instant)
            return
        clock, zone = time.fromisoformat(self.at), ZoneInfo(self.zone)
        last = instant
        for day in _dates(self, instant.astimezone(zone).date() - timedelta(days=2)):
            found = datetime.combine(day, clock, zone).astimezone(UTC)
            if found > last:
                yield found
                last = found

    def words(self) -> str:
        """The rule as people say it: "Every month on day 1 at 09:00, Europe/Berlin"."""
        if self.frequency == "cron":
            return f"{CronSim(self.cron or '', datetime(2026, 1, 1, tzinfo=UTC)).explain()}, {self.zone}"
        return f"{_days_words(self)} at {self.at}, {self.zone}"


def _check(rule: Rule) -> None:
    if rule.frequency not in FREQUENCIES:
        raise RuleInvalid(f"The frequency is one of {', '.join(FREQUENCIES)}.", field="frequency")
    try:
        ZoneInfo(rule.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise RuleInvalid("There is no such time zone.", field="zone") from None
    try:
        clock = time.fromisoformat(rule.at)
    except ValueError:
        clock = None
    if clock is None or clock.tzinfo is not None or len(rule.at) != 5:
        raise RuleInvalid("Give the time as hours and minutes, such as 09:00.", field="time")
    _within(rule.weekday, 0, 6, "weekday")
    _within(rule.month_day, 1, 31, "month_day")
    _within(rule.month, 1, 3 if rule.frequency == "quarterly" else 12, "month")
    if rule.frequency == "cron":
        _check_cron(rule)


def _within(value: int | None, low: int, high: int, field: str) -> None:
    if value is not None and not low <= value <= high:
        raise RuleInvalid(f"Give a number from {low} to {high}.", field=field)


def _check_cron(rule: Rule) -> None:
    if not rule.cron or len(rule.cron) > 100 or len(rule.cron.split()) != 5:
        raise RuleInvalid("A cron expression has five fields: minute, hour, day, month, weekday.", field="cron")
    try:
        first = next(_cron(rule, datetime(2026, 1, 1, tzinfo=UTC)), None)
    except CronSimError as error:
        raise RuleInvalid(f"This is no cron expression: {error}.", field="cron") from None
    if first is None:
        raise RuleInvalid("This never happens.", field="cron")


def _cron(rule: Rule, instant: datetime) -> Iterator[datetime]:
    for found in CronSim(rule.cron or "", instant.astimezone(ZoneInfo(rule.zone))):
        yield found.astimezone(UTC)


def _dates(rule: Rule, first: date) -> Iterator[date]:
    """The local dates of a rule from one on."""
    if rule.frequency in ("daily", "weekly"):
        step = 1 if rule.frequency == "daily" else 7
        day = first + timedelta(days=((rule.weekday or 0) - first.weekday()) % 7 if step == 7 else 0)
        while True:
            yield day
            day += timedelta(days=step)
    step = _STEP[rule.frequency]
    offset = 0 if rule.frequency == "monthly" else (rule.month or 1) - 1
    start = date(first.year, (first.month - 1) // step * step + 1, 1)
    while True:
        month = add_months(start, offset)
        day = month.replace(day=min(rule.month_day or 1, monthrange(month.year, month.month)[1]))
        if day >= first:
            yield day
        start = add_months(start, step)


def _days_words(rule: Rule) -> str:
    day, month = rule.month_day or 1, rule.month or 1
    if rule.frequency == "daily":
        return "Every day"
    if rule.frequency == "weekly":
        return f"Every {WEEKDAYS[rule.weekday or 0]}"
    if rule.frequency == "monthly":
        return f"Every month on {_day_words(day)}"
    if rule.frequency == "quarterly":
        return f"Every quarter on {_day_words(day)} of its {('first', 'second', 'third')[month - 1]} month"
    last = monthrange(2026, month)[1]  # of a year without a leap day: on 29 February it is the last day in most
    if day > last:
        return f"Every year on the last day of {MONTHS[month - 1]}"
    return f"Every year on {MONTHS[month - 1]} {day}"


def _day_words(day: int) -> str:
    return "its last day" if day == 31 else f"day {day}"


def until_words(later: datetime, instant: datetime) -> str:
    """How far an instant lies ahead: "in 3 days"."""
    minutes = max(0, round((later - instant).total_seconds() / 60))
    if minutes < 60:
        return f"in {plural(minutes, 'minute')}"
    hours = round(minutes / 60)
    return f"in {plural(hours, 'hour')}" if hours < 48 else f"in {plural(round(hours / 24), 'day')}"
