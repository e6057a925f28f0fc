"""Figures of a report in the steps of time that were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.metrics.types import Figure, Query, Result
from app.reports.content import Cell, Column, Kind, Row, Section, Table, Value
from app.reports.definition import Context
from app.reports.words import kind_of, step_words


@dataclass(frozen=True)
class InSteps:
    """One row a step, one column a figure."""

    keys: tuple[str, ...]

    def ask(self, context: Context) -> list[Query]:
        """The figures by the granularity of the report."""
        return [context.query(self.keys, step=context.parameters.step)]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """The table; a step that is not over says so."""
        figures = [figure for figure in results[0].total.figures.values() if figure.series]
        assert context.parameters.step is not None  # or it had not been asked
        title = f"By {context.parameters.step.value}"
        columns = (
            Column("step", "From", Kind.DATE),
            *(Column(one.metric.key, one.metric.label, kind_of(one.metric.unit)) for one in figures),
        )
        rows = tuple(Row(tuple(_cells(figures, place))) for place in range(len(figures[0].series) if figures else 0))
        table = Table("in_steps", title, columns, rows, empty="No history of these figures is kept.")
        return [Section("in_steps", title, table=table)]


def _cells(figures: Sequence[Figure], place: int) -> list[Value | Cell]:
    first = figures[0].series[place]
    days = (first.period.end - first.period.start).days
    words = step_words(first.period.start, days) + (", so far" if first.partial else "")
    points = [figure.series[place] for figure in figures]
    return [
        Cell(first.period.start, text=words),
        *(
            Cell(each.value, "" if each.value is not None else "none", each.numerator, each.denominator, each.n)
            for each in points
        ),
    ]
