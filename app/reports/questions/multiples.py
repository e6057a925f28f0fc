"""Small multiples: the same weeks of one metric for each clinic, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts import types as charts
from app.core.period import Span
from app.metrics.types import Query, Result
from app.reports import trend
from app.reports.content import Cell, Column, Graph, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.words import kind_of, step_words

_MOST = 12


@dataclass(frozen=True)
class Multiples:
    """One chart a member of `by`, over so many weeks."""

    key: str
    by: str = "clinic"
    weeks: int = 26

    def ask(self, context: Context) -> list[Query]:
        """The weeks up to the end of the period, by member."""
        if not context.shown((self.key,)):
            return []
        return [context.query((self.key,), period=context.weeks(self.weeks), by=(self.by,), step=Span.WEEK)]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """The charts, two in a line, and the values of all weeks in one table."""
        (result,) = results
        metric = result.total.figures[self.key].metric
        title, key = f"{metric.label} by {self.by} and week", f"multiples_{self.key.replace('.', '_')}"
        series_of = {member.key: member.figures[self.key].series for member in result.rows}
        members = [one for one in result.rows if any(point.value is not None for point in series_of[one.key])]
        if not members:
            return [Section(key, title, result.total.figures[self.key].reason or "Nothing was counted.")]
        count, members, kind = len(members), members[:_MOST], kind_of(metric.unit)
        columns = (
            Column("week", "Week from", Kind.DATE),
            *(Column(f"m{place}", member.label, kind, "anew") for place, member in enumerate(members)),
        )
        series = [series_of[member.key] for member in members]
        rows = [
            Row(
                (
                    Cell(points[0].period.start, text=step_words(points[0].period.start, 7)),
                    *(Cell(p.value, "" if p.value is not None else "none", p.numerator, p.denominator) for p in points),
                )
            )
            for points in zip(*series, strict=True)
        ]
        table = Table(key, title, columns, tuple(rows))
        graphs = []
        for place, member in enumerate(members):
            figure = member.figures[self.key]
            name = f"{key}-{place}".replace("_", "-")
            drawing = trend.draw(figure, context.currency, name, charts.NARROW, member.label)
            graphs.append(Graph(drawing, table, "week", (f"m{place}",), "line"))
        note = "Each has its own mean, limits and axis: compare the shapes; the table has the values."
        if count > _MOST:
            note = f"The first {_MOST} of {count}, in order of name; a report of one of the others shows it. {note}"
        return [Section(key, title, graphs=tuple(graphs), table=table, note=note, half=True)]
