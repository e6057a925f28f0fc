"""A metric's series by steps as charts take it: points, limits and target, and the verdict in words."""

from collections.abc import Callable, Mapping

from app.charts.types import Limits, Point, Signal, SignalKind, Target
from app.metrics import show
from app.metrics.spc import Verdict
from app.metrics.types import Better, Figure, Metric, Number

WEEK = 7  # days
VERDICTS: Mapping[Verdict, tuple[SignalKind, str]] = {
    Verdict.IMPROVEMENT: ("improvement", "Improvement"),
    Verdict.CONCERN: ("concern", "Concern"),
    Verdict.RISING: ("neutral", "Rising"),
    Verdict.FALLING: ("neutral", "Falling"),
    Verdict.COMMON_CAUSE: ("common", "No significant change"),
}


def points_of(trend: Figure) -> tuple[Point, ...]:
    """One point a step, each marked by the signal it takes part in."""
    marked = _marked(trend)
    return tuple(
        Point(
            label=("week of " if point.period.days == WEEK else "")
            + f"{point.period.start.day} {point.period.start:%b}",
            value=None if point.value is None else float(point.value),
            day=point.period.start,
            signal=marked.get(index, Signal.COMMON),
            partial=point.partial,
            reason=point.reason or "not recorded",
        )
        for index, point in enumerate(trend.series)
    )


def limits_of(trend: Figure) -> tuple[Limits, ...]:
    """Mean and limits of the series; none where it is too short for them."""
    chart = trend.signal
    if chart is None:
        return ()
    return (Limits(chart.mean, chart.lower, chart.upper, first=chart.start, basis=chart.points),)


def target_of(figure: Figure) -> Target | None:
    """The target with the side on which the metric is wanted; none of what adds up, whose target is that of one day."""
    if figure.target is None or figure.metric.is_extensive:
        return None
    return Target(float(figure.target), show.target_sign(figure.metric))


def value_format(metric: Metric, currency: str) -> Callable[[Number | None], str]:
    """How a chart writes the metric's values."""
    return lambda value: show.value_words(metric.unit, value, currency)


def _marked(trend: Figure) -> dict[int, Signal]:
    """Every point that is part of a signal, by its place in the series."""
    marked: dict[int, Signal] = {}
    for signal in trend.signal.signals if trend.signal else ():
        kind = Signal.NEUTRAL
        if trend.metric.better is not Better.NONE:
            is_good = signal.high == (trend.metric.better is Better.UP)
            kind = Signal.IMPROVEMENT if is_good else Signal.CONCERN
        marked |= dict.fromkeys(range(signal.index - signal.length + 1, signal.index + 1), kind)
    return marked
