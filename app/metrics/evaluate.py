"""Turns readings into the numbers of a metric."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from math import ceil

from app.metrics.suppression import Numbers
from app.metrics.types import LeftOut, Metric, Number, Unit
from app.metrics.values import Quantile, Ratio, Sum, Total, Value, total_of

_CENT = Decimal("0.01")


def evaluate(
    metric: Metric, value: Value, sums: Sequence[Number], counted: Number | None, spread: Counter[int]
) -> Numbers:
    """The numbers of one of a metric's values (its own or a variant's) from its sums, its n and its distribution."""
    if isinstance(value, Quantile):
        n = spread.total()
        return Numbers(percentile(spread, value.q) if n else None, n=n)
    if isinstance(value, Total):
        total = _typed(sums[0], metric.unit)
        if counted is None and metric.unit is Unit.COUNT:
            counted = total
        return Numbers(total, total, n=None if counted is None else int(counted))
    top, bottom = sums
    n = int(bottom if counted is None else counted)
    return Numbers(ratio(value, top, bottom, metric.unit), _plain(top), _plain(bottom), n)


def ratio(value: Ratio, top: Number, bottom: Number, unit: Unit) -> Number | None:
    """`scale` × top ÷ bottom; None where nothing stands below."""
    if not bottom:
        return None
    if unit is Unit.MONEY:
        return (Decimal(top) * value.scale / Decimal(bottom)).quantize(_CENT)
    if isinstance(top, int) and isinstance(bottom, int):
        return top * value.scale / bottom
    return float(Decimal(top) * value.scale / Decimal(bottom))


def percentile(counts: Counter[int], q: float) -> int:
    """The smallest value that at least the share `q` of the records does not exceed (percentile_disc)."""
    rank, seen = max(1, ceil(q * counts.total())), 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= rank:
            return value
    raise ValueError("a percentile of nothing")


def _typed(number: Number, unit: Unit) -> Number:
    return Decimal(number).quantize(_CENT) if unit is Unit.MONEY else _plain(number)


def _plain(number: Number) -> Number:
    """Whole numbers as int, money as it is."""
    if isinstance(number, int):
        return number
    return int(number) if number == int(number) and not _has_cents(number) else number


def _has_cents(number: Number) -> bool:
    if not isinstance(number, Decimal):
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent < 0


@cache
def exclusions(metric: Metric) -> tuple[LeftOut, ...]:
    """What a metric leaves out: as it says itself, or the outcomes of its family that it does not count."""
    if metric.left_out or metric.counted is None:
        return metric.left_out
    family, counted = metric.families[0], {term.part for term in metric.counted.terms}
    if not counted <= set(family.outcomes):
        return ()
    rest = (outcome for outcome in family.outcomes if outcome not in counted)
    return tuple(
        LeftOut(outcome.label, outcome.why, total_of(family, outcome.name), outcome.doubtful) for outcome in rest
    )


@cache
def population(metric: Metric) -> Sum | None:
    """What there was before anything was left out; None where the metric divides nothing."""
    if metric.population is not None:
        return metric.population
    if metric.counted is None or not exclusions(metric):
        return None
    return total_of(metric.families[0], *(outcome.name for outcome in metric.families[0].outcomes))
