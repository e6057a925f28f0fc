"""Where the year's revenue may end: so far, and what the last weeks say of the rest. A simple method, declared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import sqrt
from statistics import mean, stdev

from app.core.period import Period
from app.metrics.types import Number, Point

WEEKS = 13  # complete weeks that the projection goes by
FEWEST = 8
TOO_FEW = f"Fewer than {FEWEST} complete weeks with payments are known."
METHOD = (
    f"Collected so far, plus the mean of the last {WEEKS} complete weeks for each week that is left; "
    "the interval is 1.96 standard deviations of those weeks × √(weeks left)."
)
_NORMAL_95 = 1.96
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Projection:
    """Amounts at the end of the year. `low` and `high` bound it with 95% where weeks are independent."""

    low: Decimal
    middle: Decimal
    high: Decimal


def project(so_far: Number | None, weeks: Sequence[Point], days_left: int) -> Projection | None:
    """The year's end by METHOD, from what was collected and a weekly series; None where too few weeks are known."""
    known = _known(weeks)
    if so_far is None or len(known) < FEWEST:
        return None
    made, left = Decimal(str(so_far)), days_left / 7
    middle, spread = mean(known) * left, _NORMAL_95 * stdev(known) * sqrt(left)
    low, centre, high = (
        max(made, made + Decimal(end)).quantize(_CENT) for end in (middle - spread, middle, middle + spread)
    )
    return Projection(low, centre, high)


def year_before(period: Period) -> Period:
    """The same days of the year before; 29 February counts as 1 March."""
    return Period(_back(period.start), _back(period.end))


def _back(day: date) -> date:
    return date(day.year - 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)


def _known(weeks: Sequence[Point]) -> list[float]:
    """The complete weeks from the first one with any payment on: what was before is unknown, not nought."""
    values = [0.0 if point.value is None else float(point.value) for point in weeks if not point.partial]
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[first:][-WEEKS:]
