"""A share or a load by weekday and hour, as shades and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts import types as charts
from app.charts.heatmap import heatmap
from app.charts.series import value_format
from app.charts.theme import PAPER
from app.metrics.catalogue import METRICS
from app.metrics.frame import WEEKDAYS
from app.metrics.types import Query, Result
from app.reports.content import Cell, Column, Graph, Row, Section, Table
from app.reports.definition import Context
from app.reports.words import figure_cell, kind_of


@dataclass(frozen=True)
class Heat:
    """`key` is a metric whose records know their hour."""

    title: str
    key: str

    def ask(self, context: Context) -> list[Query]:
        """The period by weekday and hour."""
        return [context.query((self.key,), by=("weekday", "hour"))] if context.shown((self.key,)) else []

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One drawing, and its table with hours down: a day and night of them has no room across a page."""
        (result,) = results
        metric = METRICS[self.key]
        cells = {member.key: figure_cell(member.figures[self.key]) for member in result.rows if None not in member.key}
        days = sorted({int(day) for day, _ in cells})
        hours = sorted({int(hour) for _, hour in cells})
        section = "_".join(self.title.lower().split())
        if not cells:
            return [Section(section, self.title, result.total.figures[self.key].reason or "Nothing was counted.")]
        labels = [f"{hour:02}:00" for hour in hours]
        grid = [[cells.get((str(day), str(hour)), Cell(None, "none")) for hour in hours] for day in days]
        drawing = heatmap(
            [WEEKDAYS[day] for day in days],
            labels,
            [[_float(cell) for cell in line] for line in grid],
            title=f"{metric.label} by weekday and hour",
            id_prefix=f"heat-{metric.key.replace('.', '-').replace('_', '-')}",
            value_format=value_format(metric, context.currency),
            head="Weekday",
            theme=PAPER,
            size=charts.PRINT,
            missing="none",
        )
        kind = kind_of(metric.unit)
        columns = (Column("hour", "Hour"), *(Column(WEEKDAYS[day].lower(), WEEKDAYS[day], kind) for day in days))
        rows = tuple(Row(line) for line in zip(labels, *grid, strict=True))
        table = Table(section, self.title, columns, rows)
        series = tuple(column.key for column in columns[1:])
        graph = Graph(drawing, table, "hour", series, "")
        note = f"Hours begin at {labels[0]} and end with the one from {labels[-1]}."
        return [Section(section, self.title, graphs=(graph,), table=table, note=note)]


def _float(cell: Cell) -> float | None:
    return float(cell.value) if isinstance(cell.value, int | float) else None
