"""Findings: sentences over figures that a rule stands behind. No rule, no sentence."""

from dataclasses import dataclass
from typing import Literal

from app.core.format import signed
from app.metrics.show import difference, level_words, value_words
from app.metrics.spc import Verdict
from app.metrics.types import Better, Figure, Result

Impact = Literal["positive", "negative", "neutral"]

_IMPACT: dict[Verdict, Impact] = {Verdict.IMPROVEMENT: "positive", Verdict.CONCERN: "negative"}


@dataclass(frozen=True)
class Insight:
    """A tested finding: which metric, the sentence, the rule behind it, and what could be done."""

    metric: str
    category: str
    sentence: str
    rule: str
    impact: Impact
    recommendation: str


def signals(trend: Result, currency: str) -> list[Insight]:
    """One finding for each metric whose last complete step lies in a signal of its XmR chart; concerns first."""
    found = [
        _signal(figure, currency)
        for figure in trend.total.figures.values()
        if figure.signal is not None and figure.signal.verdict is not Verdict.COMMON_CAUSE
    ]
    order: dict[Impact, int] = {"negative": 0, "positive": 1, "neutral": 2}
    return sorted(found, key=lambda insight: order[insight.impact])


def _signal(figure: Figure, currency: str) -> Insight:
    chart, metric = figure.signal, figure.metric
    assert chart is not None
    assert chart.latest is not None
    last = next(point for point in reversed(figure.series) if not point.partial and point.value is not None)
    value, mean = value_words(metric.unit, last.value, currency), level_words(metric.unit, chart.mean, currency)
    week = f"{last.period.start.day} {last.period.start:%b}"
    return Insight(
        metric=metric.key,
        category=metric.domain,
        sentence=f"{metric.label}: {value} in the week of {week}, against a mean of {mean}.",
        rule=chart.latest.words,
        impact=_IMPACT.get(chart.verdict, "neutral"),
        recommendation=_advice(chart.verdict),
    )


def _advice(verdict: Verdict) -> str:
    if verdict is Verdict.IMPROVEMENT:
        return "Keep what changed; a person may set new limits from the event on."
    return "Look for what changed when it began, and note it in the event log."


def missed_targets(now: Result, currency: str) -> list[Insight]:
    """One finding for each figure that misses its target."""
    return [_missed(figure, currency) for figure in now.total.figures.values() if figure.target_met is False]


def _missed(figure: Figure, currency: str) -> Insight:
    metric, sign = figure.metric, "≥" if figure.metric.better is Better.UP else "≤"
    target = value_words(metric.unit, figure.target, currency)
    gap = difference(metric.unit, figure.value, figure.target, currency) or signed(0)
    return Insight(
        metric=metric.key,
        category=metric.domain,
        sentence=f"{metric.label}: {value_words(metric.unit, figure.value, currency)}, target {sign} {target}.",
        rule=f"missed by {gap.lstrip('+−')}",
        impact="negative",
        recommendation="Its explanation shows which weeks missed it, and which records are counted.",
    )
