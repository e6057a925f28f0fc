"""A share by doctor against how much each was counted, beside the limits of chance alone. No ranking."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts import types as charts
from app.charts.funnel import funnel_plot
from app.charts.funnel_limits import limit_of, share_limits, within
from app.charts.series import value_format
from app.charts.theme import PAPER
from app.core import format
from app.metrics.catalogue import METRICS
from app.metrics.types import Query, Result
from app.metrics.types import Row as Member
from app.reports.content import Cell, Column, Graph, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.questions.breakdown import head_of, names_of
from app.reports.words import figure_cell

_NAMED = 3  # points outside the limits that still have room for their names
_OUTSIDE = "outside 99.8%"
_NOTE = (
    "Funnel plot with exact binomial limits around the share of all together (Spiegelhalter 2005). Not adjusted for who"
    " the patients are: a point outside the limits asks for a look, it is no verdict. In order of name."
)


@dataclass(frozen=True)
class Funnel:
    """`key` is a share; `by` whom it is compared for."""

    key: str
    by: str = "practitioner"

    def ask(self, context: Context) -> list[Query]:
        """The period by doctor."""
        return [context.query((self.key,), by=(self.by,))] if context.shown((self.key,)) else []

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """The plot, and a table of each with the limits for as many records."""
        (result,) = results
        metric, whole = METRICS[self.key], result.total.figures[self.key]
        title, key = f"{metric.label}, by {head_of(self.by).lower()}", f"funnel_{self.key.replace('.', '_')}"
        known = [member for member in result.rows if member.figures[self.key].denominator]
        if whole.value is None or not known:
            return [Section(key, title, whole.reason or "Too few to show.")]
        share = float(whole.value)
        most = max(int(member.figures[self.key].denominator or 0) for member in known)
        least = min(int(member.figures[self.key].denominator or 0) for member in known)
        limits = share_limits(least, most, share)
        marks = {member.key: _mark(member, self.key, share) for member in known}
        outside = sum(mark == _OUTSIDE for mark in marks.values())
        points = [
            charts.FunnelPoint(
                member.label,
                float(figure.denominator or 0),
                None if figure.value is None else float(figure.value),
                named=member.own or (marks[member.key] == _OUTSIDE and outside <= _NAMED),
            )
            for member in known
            for figure in (member.figures[self.key],)
        ]
        drawing = funnel_plot(
            points,
            limits,
            share,
            title=title,
            id_prefix=key.replace("_", "-"),
            value_format=value_format(metric, context.currency),
            volume_format=format.number,
            volume_label=metric.denominator_words or "Counted",
            head=head_of(self.by),
            theme=PAPER,
            size=charts.PRINT_TALL,
        )
        rows = [self._row(result, member, share, marks.get(member.key, "")) for member in result.rows]
        all_of = (Cell(whole.denominator), figure_cell(whole), None, None, "")
        rows.append(Row(("All", *all_of), "total"))
        columns = (
            Column(self.by, head_of(self.by)),
            Column("counted", "Counted", Kind.COUNT, "sum"),
            Column(self.key, metric.label, Kind.PERCENT, "anew"),
            Column("low", "99.8% limit from", Kind.PERCENT),
            Column("high", "to", Kind.PERCENT),
            Column("reading", "Reading"),
        )
        table = Table(key, title, columns, tuple(rows))
        graph = Graph(drawing, table, "counted", (self.key,), "scatter")
        return [Section(key, title, drawing.summary, graphs=(graph,), table=table, note=_NOTE)]

    def _row(self, result: Result, member: Member, share: float, mark: str) -> Row:
        figure = member.figures[self.key]
        counted = int(figure.denominator or 0)
        limit = limit_of(counted, share) if counted else None
        low, high = (limit.lower_998, limit.upper_998) if limit else (None, None)
        few = "" if figure.denominator is not None else "too few"
        value = figure_cell(figure)
        return Row((*names_of(result, member), Cell(figure.denominator, few), value, low, high, mark))


def _mark(member: Member, key: str, share: float) -> str:
    figure = member.figures[key]
    if figure.value is None or not figure.denominator:
        return ""
    is_within = within(limit_of(int(figure.denominator), share), float(figure.value))
    return "within" if is_within else _OUTSIDE
