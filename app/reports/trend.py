"""A weekly series as a control chart on paper, and its verdict in words."""

from app.charts import types as charts
from app.charts.series import VERDICTS, limits_of, points_of, target_of, value_format
from app.charts.spc import spc
from app.charts.theme import PAPER
from app.metrics.types import Figure
from app.reports.paper import Mark


def mark_of(trend: Figure | None) -> Mark | None:
    """The verdict on a series; None where it is too short for one."""
    if trend is None or trend.signal is None:
        return None
    kind, words = VERDICTS[trend.signal.verdict]
    if trend.signal.latest is None:
        return Mark(kind, words)
    return Mark(kind, words, "up" if trend.signal.latest.high else "down")


def rule_words(trend: Figure | None, loading: bool = False) -> str:
    """The verdict as a sentence, with the rule that fired; nothing of what keeps no history. `loading`: records are
    being brought in, and a part of the weeks is no history to judge by."""
    if trend is None or not trend.series:
        return ""
    if trend.signal is None:
        return "No verdict while records are brought in." if loading else "Too few weeks for a verdict."
    words = VERDICTS[trend.signal.verdict][1]
    latest = trend.signal.latest
    return f"{words}." if latest is None else f"{words}: {latest.words}."


def draw(
    trend: Figure, currency: str, id_prefix: str, size: charts.Size = charts.PRINT, title: str = ""
) -> charts.Chart:
    """The chart in literal colours, with its sentence and notes. Without a value the drawing is empty."""
    return spc(
        points_of(trend),
        title=title or f"{trend.metric.label} by week",
        id_prefix=id_prefix,
        value_format=value_format(trend.metric, currency),
        limits=limits_of(trend),
        target=target_of(trend),
        reading=_reading(trend),
        theme=PAPER,
        size=size,
    )


def _reading(trend: Figure) -> charts.Judgement | None:
    mark = mark_of(trend)
    if mark is None:
        return None
    latest = trend.signal.latest if trend.signal else None
    return charts.Judgement(charts.Signal(mark.kind), latest.words if latest else "")
