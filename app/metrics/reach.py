"""Which facts an arm reads: the longest whole stretches that its segments hold, shorter ones and days beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.metrics.arms import Arm
from app.rollups.stretches import whole
from app.rollups.tables import STRETCHES

DAY = ""  # behind a grain of days stands nothing
LENGTHS = {DAY: 1, **STRETCHES}  # days, by what stands behind the grain


def lengths(coarse: bool) -> tuple[str, ...]:
    """What may stand for days, the longest first; days alone where only they tell what is asked, such as weekdays."""
    return tuple(reversed(LENGTHS)) if coarse else (DAY,)


@dataclass(frozen=True)
class Reach:
    """The first days of the stretches read, by length, and the date before which all of the longest are read, where
    nothing bounds an arm.
    """

    begins: Mapping[str, tuple[date, ...]]
    before: date | None

    @classmethod
    def of(cls, arm: Arm, coarse: bool) -> "Reach":
        """What the segments of an arm need; no stretch holds a boundary between two of them."""
        found: dict[str, list[date]] = {length: [] for length in lengths(coarse)}
        before = None
        for start, end in arm.divided:
            if start is None:
                longest = LENGTHS[lengths(coarse)[0]]
                before = start = (whole(None, end, longest) or (end, end))[1]
            _divide(start, end, lengths(coarse), found)
        return cls({length: tuple(sorted(days)) for length, days in found.items()}, before)


def _divide(start: date, end: date, of: tuple[str, ...], found: dict[str, list[date]]) -> None:
    """Enters the whole stretches of the first length, and what is left before and after them by the others."""
    if start >= end:
        return
    length, *others = of
    days = LENGTHS[length]
    first, last = whole(start, end, days) or (end, end)
    found[length] += [first + timedelta(days=number) for number in range(0, (last - first).days, days)]
    if others:
        _divide(start, first, tuple(others), found)
        _divide(last, end, tuple(others), found)
