"""Control charts: each metric's weeks with limits and the verdict of the rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts import types as charts
from app.core.period import Span
from app.metrics import show
from app.metrics.types import Figure, Query, Result
from app.reports import trend
from app.reports.content import Cell, Column, Graph, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.words import figure_cell, kind_of, step_words


@dataclass(frozen=True)
class Trends:
    """One XmR chart a metric, over so many weeks. `in_one`: all under one heading, two in a line."""

    keys: tuple[str, ...]
    weeks: int = 26
    title: str = ""
    in_one: bool = False

    def ask(self, context: Context) -> list[Query]:
        """The weeks up to the end of the period."""
        if not context.shown(self.keys):
            return []
        return [context.query(self.keys, period=context.weeks(self.weeks), step=Span.WEEK)]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """A section a metric; one that keeps no history or has no value says so."""
        sections = [self._section(context, figure) for figure in results[0].total.figures.values()]
        if not self.in_one:
            return sections
        graphs = tuple(graph for section in sections for graph in section.graphs)
        missing = [f"{section.title}: {section.lead}" for section in sections if not section.graphs]
        key = "_".join(self.title.lower().split())
        return [Section(key, self.title, " ".join(missing), graphs=graphs, half=True, note=_NOTE if graphs else "")]

    def _section(self, context: Context, figure: Figure) -> Section:
        key = f"trend_{figure.metric.key.replace('.', '_')}"
        title = f"{figure.metric.label} by week"
        if all(point.value is None for point in figure.series):
            return Section(key, title, figure.reason or "No history of it is kept.")
        size = charts.NARROW if self.in_one else charts.PRINT
        drawing = trend.draw(figure, context.currency, key.replace("_", "-"), size)
        graph = Graph(drawing, _table(context, key, title, figure), "week", (figure.metric.key,), "line")
        return Section(key, title, drawing.summary, graphs=(graph,), note=_NOTE if figure.signal else "")


_NOTE = "XmR chart. Mean and limits from the weeks shown; running weeks take no part."


def _table(context: Context, key: str, title: str, figure: Figure) -> Table:
    kind, limits = kind_of(figure.metric.unit), figure.signal
    columns = [Column("week", "Week from", Kind.DATE), Column(figure.metric.key, figure.metric.label, kind, "anew")]
    extra: tuple[Cell, ...] = ()
    if limits is not None:
        columns += [Column("mean", "Mean", kind), Column("lower", "Lower limit", kind)]
        columns += [Column("upper", "Upper limit", kind)]
        extra = tuple(_level(context, figure, value) for value in (limits.mean, limits.lower, limits.upper))
    rows = []
    for point in figure.series:
        name = Cell(point.period.start, text=step_words(point.period.start, 7) + (", so far" if point.partial else ""))
        value = Cell(
            point.value, "" if point.value is not None else "none", point.numerator, point.denominator, point.n
        )
        rows.append(Row((name, value, *extra)))
    return Table(key, title, tuple(columns), tuple(rows))


def _level(context: Context, figure: Figure, value: float) -> Cell:
    unit = figure.metric.unit
    return Cell(value, text=show.level_words(unit, value, context.currency), kind=kind_of(unit))


@dataclass(frozen=True)
class Verdicts:
    """What the rules say of each metric, in one table."""

    title: str
    keys: tuple[str, ...]
    weeks: int = 26

    def ask(self, context: Context) -> list[Query]:
        """The weeks up to the end of the period."""
        if not context.shown(self.keys):
            return []
        return [context.query(self.keys, period=context.weeks(self.weeks), step=Span.WEEK)]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """Metric, mean, limits, the last whole week, the verdict and the rule behind it."""
        rows = [_verdict(context, figure) for figure in results[0].total.figures.values()]
        columns = (
            Column("figure", "Figure"),
            Column("last", "Last whole week", Kind.COUNT),
            Column("mean", "Mean", Kind.COUNT),
            Column("lower", "Lower limit", Kind.COUNT),
            Column("upper", "Upper limit", Kind.COUNT),
            Column("verdict", "Verdict"),
            Column("rule", "Rule"),
        )
        key = "_".join(self.title.lower().split())
        return [Section(key, self.title, table=Table(key, self.title, columns, tuple(rows)), note=_NOTE)]


def _verdict(context: Context, figure: Figure) -> Row:
    kind, mark, chart = kind_of(figure.metric.unit), trend.mark_of(figure), figure.signal
    if chart is None or mark is None:
        cell = figure_cell(figure)
        why = "too few weeks" if figure.series else cell.reason or "no history kept"
        return Row((figure.metric.label, Cell(None, cell.reason or why), None, None, None, why.capitalize(), ""))
    last = next((point for point in reversed(figure.series) if not point.partial and point.value is not None), None)
    levels = (_level(context, figure, value) for value in (chart.mean, chart.lower, chart.upper))
    rule = chart.latest.words if chart.latest else ""
    newest = Cell(None if last is None else last.value, kind=kind)
    return Row((figure.metric.label, newest, *levels, Cell(mark.words, signal=mark), rule))
