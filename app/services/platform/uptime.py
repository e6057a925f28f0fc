"""What the minute's samples tell of the last 30 days: uptime by day, and when the storage will be full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from app.core.clock import now
from app.extensions import db
from app.models.platform import ServiceSample

SPAN = timedelta(days=30)
FEWEST_DAYS = 7  # of samples, for a rate of growth
_FARTHEST = 5 * 366  # days; what is farther away is not told


@dataclass(frozen=True)
class DayUp:
    """A day (UTC): its minutes since the first sample, and in how many the web server answered."""

    day: date
    minutes: int
    up: int

    @property
    def share(self) -> float:
        """Up ÷ minutes."""
        return min(1.0, self.up / self.minutes)


@dataclass(frozen=True)
class Uptime:
    """`share`: of the minutes since the first sample of the last 30 days; None where nothing was measured.

    `full_on`: the day on which the storage is full if it fills as it did; None with `reason` where that cannot be told.
    """

    share: float | None
    days: tuple[DayUp, ...]
    full_on: date | None
    reason: str


def uptime() -> Uptime:
    """The last 30 days, in one statement. A minute without a sample was not up; the running one counts once sampled."""
    table, moment = ServiceSample, now()
    day = func.date_trunc("day", table.minute, "UTC")
    query = select(
        day.label("day"),
        func.min(table.minute).label("first"),
        func.max(table.minute).label("last"),
        func.count().filter(table.web_up).label("up"),
        func.max(table.storage_bytes - table.storage_free_bytes).label("used"),
        func.max(table.storage_bytes).label("whole"),
    ).where(table.minute >= moment - SPAN)
    rows = db.session.execute(query.group_by(day).order_by(day)).all()
    if not rows:
        return Uptime(None, (), None, "Nothing has been measured yet.")
    days = _days(rows, moment)
    share = min(1.0, sum(one.up for one in days) / sum(one.minutes for one in days))
    return Uptime(share, days, *_full(rows, moment.date()))


def _days(rows: Sequence[Row[*tuple[Any, ...]]], moment: datetime) -> tuple[DayUp, ...]:
    up = {row.day.date(): row.up for row in rows}
    first, this = rows[0].first, moment.replace(second=0, microsecond=0)
    end = this if rows[-1].last < this else this + timedelta(minutes=1)
    found, begin = [], first.astimezone(UTC)
    while begin < end:
        midnight = datetime.combine(begin.date() + timedelta(days=1), datetime.min.time(), UTC)
        stop = min(midnight, end)
        found.append(DayUp(begin.date(), int((stop - begin).total_seconds() // 60), up.get(begin.date(), 0)))
        begin = stop
    return tuple(found)


def _full(rows: Sequence[Row[*tuple[Any, ...]]], today: date) -> tuple[date | None, str]:
    """By a straight line through the most that was used on each day (least squares)."""
    if len(rows) < FEWEST_DAYS:
        return None, f"Fewer than {FEWEST_DAYS} days of samples are known."
    count = len(rows)
    days = [(row.day.date() - today).days for row in rows]
    used = [float(row.used) for row in rows]
    middle, mean = sum(days) / count, sum(used) / count
    slope = sum((day - middle) * (size - mean) for day, size in zip(days, used, strict=True))
    slope /= sum((day - middle) ** 2 for day in days)
    if slope <= 0:
        return None, "It does not fill up at the present rate."
    left = (float(rows[-1].whole) - used[-1]) / slope
    if left > _FARTHEST:
        return None, "At the present rate it lasts for more than five years."
    return today + timedelta(days=int(left)), ""
