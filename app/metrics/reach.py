"""Which daily facts an arm reads: whole weeks where its segments hold them, and single days beside those."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.metrics.arms import Arm
from app.rollups.weeks import DAYS, whole_weeks


@dataclass(frozen=True)
class Reach:
    """Single days, weeks by their Mondays, and the date before which everything counts, where nothing bounds an arm.

    What lies before that date is read by week, or by day where the arm is cut by weekday.
    """

    days: tuple[date, ...]
    weeks: tuple[date, ...]
    before: date | None

    @classmethod
    def of(cls, arm: Arm, weekly: bool) -> "Reach":
        """What the segments of an arm need; no week holds a boundary between two of them."""
        days: list[date] = []
        weeks: list[date] = []
        before = None
        for start, end in arm.divided:
            first, last = (whole_weeks(start, end) if weekly else None) or (end, end)
            if start is None:
                before = last
            else:
                days += _each(start, first)
                weeks += _each(first, last, DAYS)
            days += _each(last, end)
        return cls(tuple(days), tuple(weeks), before)


def _each(start: date, end: date, step: int = 1) -> list[date]:
    return [start + timedelta(days=number) for number in range(0, (end - start).days, step)]
