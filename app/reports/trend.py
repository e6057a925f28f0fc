"""A weekly series as a control chart on paper, and its verdict in words."""

from markupsafe import Markup

from app.charts import types as charts
from app.charts.spc import spc
from app.charts.theme import PAPER
from app.metrics import show
from app.metrics.spc import Verdict
from app.metrics.types import Better, Figure
from app.reports.paper import Mark

WORDS = {
    Verdict.IMPROVEMENT: ("improvement", "Improvement"),
    Verdict.CONCERN: ("concern", "Concern"),
    Verdict.RISING: ("neutral", "Rising"),
    Verdict.FALLING: ("neutral", "Falling"),
    Verdict.COMMON_CAUSE: ("common", "No significant change"),
}


def mark_of(trend: Figure | None) -> Mark | None:
    """The verdict on a series; None where it is too short for one."""
    if trend is None or trend.signal is None:
        return None
    kind, words = WORDS[trend.signal.verdict]
    if trend.signal.latest is None:
        return Mark(kind, words)
    return Mark(kind, words, "up" if trend.signal.latest.high else "down")


def rule_words(trend: Figure | None) -> str:
    """The verdict as a sentence, with the rule that fired."""
    if trend is None or trend.signal is None:
        return "Too few weeks for a verdict."
    words = WORDS[trend.signal.verdict][1]
    latest = trend.signal.latest
    return f"{words}." if latest is None else f"{words}: {latest.words}."


def draw(trend: Figure, currency: str, id_prefix: str) -> tuple[Markup, str, tuple[str, ...]]:
    """The chart as safe markup, its sentence and its notes. Without a value the markup is empty."""
    marks = _marks(trend)
    points = [
        charts.Point(
            label=f"{point.period.start.day} {point.period.start:%b}",
            value=None if point.value is None else float(point.value),
            day=point.period.start,
            signal=marks.get(index, charts.Signal.COMMON),
            partial=point.partial,
            reason=point.reason or "not recorded",
        )
        for index, point in enumerate(trend.series)
    ]
    drawn = spc(
        points,
        title=f"{trend.metric.label} by week",
        id_prefix=id_prefix,
        value_format=lambda value: show.value_words(trend.metric.unit, value, currency),
        limits=_limits(trend),
        target=_target(trend),
        reading=_reading(trend),
        theme=PAPER,
        size=charts.PRINT,
    )
    return Markup(drawn.svg), drawn.summary, drawn.notes  # noqa: S704 - our own drawing; its texts are escaped


def _limits(trend: Figure) -> tuple[charts.Limits, ...]:
    found = trend.signal
    if found is None:
        return ()
    return (charts.Limits(found.mean, found.lower, found.upper, first=found.start, basis=found.points),)


def _target(trend: Figure) -> charts.Target | None:
    if trend.target is None:
        return None
    return charts.Target(float(trend.target), "≥" if trend.metric.better is Better.UP else "≤")


def _reading(trend: Figure) -> charts.Reading | None:
    mark = mark_of(trend)
    if mark is None:
        return None
    latest = trend.signal.latest if trend.signal else None
    return charts.Reading(charts.Signal(mark.kind), latest.words if latest else "")


def _marks(trend: Figure) -> dict[int, charts.Signal]:
    """Every point that is part of a signal, by its place in the series."""
    found: dict[int, charts.Signal] = {}
    for signal in trend.signal.signals if trend.signal else ():
        kind = charts.Signal.NEUTRAL
        if trend.metric.better is not Better.NONE:
            is_good = signal.high == (trend.metric.better is Better.UP)
            kind = charts.Signal.IMPROVEMENT if is_good else charts.Signal.CONCERN
        found |= dict.fromkeys(range(signal.index - signal.length + 1, signal.index + 1), kind)
    return found
