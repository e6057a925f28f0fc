"""A share by the members of a dimension, each with its 95% interval beside the share of the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import format
from app.metrics.catalogue import METRICS
from app.metrics.types import Figure, Metric, Query, Result
from app.metrics.types import Row as Member
from app.reports.content import Bars, Cell, Column, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.intervals import wilson
from app.reports.questions.breakdown import (
    figure_cells,
    figure_columns,
    head_of,
    is_recorded,
    named,
    names_of,
    nothing_says,
    within_clinics,
)
from app.reports.words import listed, reason_of


@dataclass(frozen=True)
class Shares:
    """`key` is a share; `more` are further figures in the same rows."""

    title: str
    key: str
    by: str
    more: tuple[str, ...] = ()

    def ask(self, context: Context) -> list[Query]:
        """The period by the dimension."""
        if not context.shown((self.key,)):
            return []
        return [context.query((self.key, *self.more), by=within_clinics(context, (self.by,)))]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One table, and in a sentence who stands apart by more than chance explains."""
        (result,) = results
        metric, whole = METRICS[self.key], result.total.figures[self.key]
        further = [METRICS[key] for key in result.query.metrics if key != self.key]
        columns = (
            *(Column(name, head_of(name)) for name in result.query.by),
            Column("counted", "Counted", Kind.COUNT, "sum"),
            Column("events", _events(metric), Kind.COUNT, "sum"),
            Column(self.key, metric.label, Kind.PERCENT, "anew"),
            Column("low", "95% from", Kind.PERCENT),
            Column("high", "to", Kind.PERCENT),
            *figure_columns(further),
        )
        rows = [
            Row((*names_of(result, member), *_share(member.figures[self.key]), *figure_cells(further, member.figures)))
            for member in named(result)
        ]
        reference = None if whole.value is None else float(whole.value)
        rows = rows if is_recorded(result.total.figures.values()) else []
        if rows:
            first = ("All", *("" for _ in result.query.by[1:]))
            rows.append(Row((*first, *_share(whole), *figure_cells(further, result.total.figures)), "total"))
        bars = Bars(self.key, "Line: all together", "low", "high", reference)
        empty = whole.reason or nothing_says(self.by)
        key = "_".join(self.title.lower().replace(",", "").split())
        table = Table(key, self.title, columns, tuple(rows), empty=empty, bars=bars)
        return [Section(key, self.title, _apart(self.key, named(result), whole), table=table)]


def _events(metric: Metric) -> str:
    words = metric.numerator_words[:1].upper() + metric.numerator_words[1:]
    return "Of these" if words == metric.label else words


def _share(figure: Figure) -> tuple[Cell, ...]:
    span = _interval(figure)
    few = "" if figure.value is not None else reason_of(figure)
    low, high = span or (None, None)
    return (
        Cell(figure.denominator, few),
        Cell(figure.numerator, few),
        Cell(figure.value, few, figure.numerator, figure.denominator, figure.n),
        Cell(low),
        Cell(high),
    )


def _interval(figure: Figure) -> tuple[float, float] | None:
    if figure.value is None or figure.numerator is None or figure.denominator is None:
        return None
    return wilson(float(figure.numerator), float(figure.denominator))


def _apart(key: str, members: Sequence[Member], whole: Figure) -> str:
    """Which members differ from the whole by more than chance explains."""
    spans = {member.label: span for member in members if (span := _interval(member.figures[key])) is not None}
    if not spans or whole.value is None:
        return ""
    value = float(whole.value)
    apart = [label for label, (low, high) in spans.items() if not low <= value <= high]
    words = format.percent(whole.value)
    if not apart:
        return f"Every interval includes {words}, the share of all together: none stands apart."
    verb = "stands" if len(apart) == 1 else "stand"
    return f"{listed(apart)} {verb} apart from {words}, the share of all together: the interval does not include it."
