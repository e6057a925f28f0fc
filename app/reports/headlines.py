"""The summary of a report: its first figures, how to read them, and what tested rules found in them."""

from collections.abc import Sequence

from app.core.period import Span
from app.insights import findings
from app.metrics.types import Figure, Query, Result
from app.reports import trend
from app.reports.content import Finding, Headline
from app.reports.definition import Context
from app.reports.words import counted, figure_cell, kind_of, words

_WEEKS = 26


def queries(context: Context) -> list[Query]:
    """The summary's figures for the period, and for the weeks up to its end."""
    if not context.shown(context.headline):
        return []
    weeks = context.weeks(_WEEKS)
    return [
        context.query(context.headline, compare=True),
        context.query(context.headline, period=weeks, step=Span.WEEK),
    ]


def summary(context: Context, heads: Sequence[Result], before: str) -> tuple[Headline, ...]:
    """The figures of the summary, each with how to read it."""
    if not heads:
        return ()
    now, weeks = heads
    return tuple(_headline(context, figure, weeks.total.figures.get(key), before) for key, figure in _first(now))


def _first(result: Result) -> list[tuple[str, Figure]]:
    return list(result.total.figures.items())[:3]


def _headline(context: Context, figure: Figure, weeks: Figure | None, before: str) -> Headline:
    metric, kind = figure.metric, kind_of(figure.metric.unit)
    old = words(kind, figure.previous, context.currency, context.zone)
    clause = metric.label + (f", {old} in {before}" if old and figure.value is not None else "")
    base = counted(figure)
    of = f"{base.text}. " if base.text and figure.value is not None else ""
    sentence = figure.reason or "" if figure.value is None else f"{of}{trend.rule_words(weeks, context.loading)}"
    return Headline(
        figure.metric.key, figure.metric.label, kind, figure_cell(figure), figure.previous, clause, sentence
    )


def tested(context: Context, heads: Sequence[Result]) -> tuple[Finding, ...]:
    """What a rule stands behind: signals of the weeks, targets missed."""
    if not heads:
        return ()
    now, weeks = heads
    found = [*findings.signals(weeks, context.currency), *findings.missed_targets(now, context.currency)]
    return tuple(Finding(one.metric, one.sentence, one.rule, one.impact, one.recommendation or "") for one in found)
