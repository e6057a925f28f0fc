"""The year's revenue: so far, against the same part of last year, and where it may end. A simple method, declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from statistics import mean, stdev
from typing import Any

from app.core.actor import Actor
from app.core.clock import today
from app.core.period import Period, Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.run import run_all
from app.metrics.types import Figure, Query
from app.models import Organization

METRIC = "revenue.collected"
WEEKS = 13  # complete weeks that the projection goes by
FEWEST = 8
METHOD = (
    f"Collected so far, plus the mean of the last {WEEKS} complete weeks for each week that is left; "
    "the interval is 1.96 standard deviations of those weeks × √(weeks left)."
)
_NORMAL_95 = 1.96
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Outlook:
    """Amounts in the organization's currency. `vs_last_year`: change as a fraction of the same part of last year.

    `low` and `high` bound the projection with 95% where weeks are independent; None with a reason where too few are
    known.
    """

    year_to_date: Decimal | None
    last_year: Decimal | None
    vs_last_year: float | None
    projection: Decimal | None
    low: Decimal | None
    high: Decimal | None
    reason: str | None
    method: str = METHOD


def outlook(actor: Actor, filters: Mapping[str, tuple[Any, ...]] | None = None, day: date | None = None) -> Outlook:
    """The year of `day` (default: today in the organization's zone), of what the filters leave; Forbidden as `run`."""
    with tenant_scope(actor.organization_id):
        zone = db.session.get_one(Organization, actor.organization_id).zone
    day = day or today(zone)
    year = period_of(Span.YEAR, day)
    so_far = Period(year.start, day + timedelta(days=1))
    week = period_of(Span.WEEK, day)
    queries = [
        Query((METRIC,), so_far, (), filters or {}, compare=False),
        Query((METRIC,), _year_before(so_far), (), filters or {}, compare=False),
        Query((METRIC,), Period(week.start - timedelta(weeks=WEEKS), week.start), (), filters or {}, Span.WEEK, False),
    ]
    current, before, weeks = (answer.figure(METRIC) for answer in run_all(queries, actor))
    made, last_year = _amount(current), _amount(before)
    low, projection, high = _project(made, _known(weeks), (year.end - so_far.end).days / 7)
    return Outlook(
        year_to_date=made,
        last_year=last_year,
        vs_last_year=float(made / last_year - 1) if made is not None and last_year else None,
        projection=projection,
        low=low,
        high=high,
        reason=None if projection is not None else f"Fewer than {FEWEST} complete weeks with payments are known.",
    )


def _year_before(period: Period) -> Period:
    """The same days of the year before; 29 February counts as 1 March."""
    return Period(_back(period.start), _back(period.end))


def _back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 3, 1)


def _amount(figure: Figure) -> Decimal | None:
    return None if figure.value is None else Decimal(str(figure.value))


def _known(figure: Figure) -> list[float]:
    """The weeks' amounts from the first week with any payment on: what was before is unknown, not nought."""
    values = [0.0 if point.value is None else float(point.value) for point in figure.series]
    first = next((place for place, value in enumerate(values) if value), len(values))
    return values[first:]


def _project(made: Decimal | None, weeks: list[float], left: float) -> tuple[Decimal | None, ...]:
    if made is None or len(weeks) < FEWEST:
        return None, None, None
    middle, spread = mean(weeks) * left, _NORMAL_95 * stdev(weeks) * sqrt(left)
    ends = (middle - spread, middle, middle + spread)
    return tuple(max(made, made + Decimal(end)).quantize(_CENT) for end in ends)
