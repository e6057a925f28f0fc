"""An aging report: what is owed by how long ago it was invoiced, altogether and for each debtor."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts import types as charts
from app.charts.columns import bars
from app.charts.series import value_format
from app.charts.theme import PAPER
from app.metrics.types import Figure, Number, Query, Result
from app.reports.content import Cell, Column, Graph, Kind, Row, Section, Table
from app.reports.definition import Context
from app.reports.questions.breakdown import head_of, names_of
from app.reports.words import figure_cell, reason_of

OUTSTANDING, OVER_90 = "receivables.outstanding", "receivables.over_90_share"
BUCKETS = {
    "receivables.aging_0_30": "0 to 30 days",
    "receivables.aging_31_60": "31 to 60 days",
    "receivables.aging_61_90": "61 to 90 days",
    "receivables.aging_91_120": "91 to 120 days",
    "receivables.aging_over_120": "Over 120 days",
}
_CLOCK = "Ages count from the date of issue to the end of the period; balances are as they stand now."


@dataclass(frozen=True)
class Ages:
    """One row an age, with its share and how many invoices it is made of."""

    title: str = "Outstanding by age"

    def ask(self, context: Context) -> list[Query]:
        """All ages at once."""
        return [context.query((*BUCKETS, OUTSTANDING))] if context.shown((OUTSTANDING,)) else []

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """A drawing and a table whose rows add up to what is outstanding."""
        figures = results[0].total.figures
        whole = figures[OUTSTANDING]
        rows = [
            Row((label, figure_cell(figures[key]), _part(figures[key], whole), Cell(figures[key].n)))
            for key, label in BUCKETS.items()
        ]
        rows.append(Row(("All", figure_cell(whole), _part(whole, whole), Cell(whole.n)), "total"))
        columns = (
            Column("age", "Age of the invoice"),
            Column("amount", "Outstanding", Kind.MONEY, "sum"),
            Column("share", "Share", Kind.PERCENT, "anew"),
            Column("invoices", "Invoices", Kind.COUNT, "sum"),
        )
        table = Table("by_age", self.title, columns, tuple(rows))
        if whole.value is None:
            return [Section("by_age", self.title, whole.reason or "")]
        if not whole.value:
            return [Section("by_age", self.title, "Nothing is owed.", table=table)]
        items = [
            charts.Bar(label, _float(figure.value), reason=reason_of(figure))
            for label, figure in ((label, figures[key]) for key, label in BUCKETS.items())
        ]
        drawing = bars(
            items,
            title=self.title,
            id_prefix="by-age",
            value_format=value_format(whole.metric, context.currency),
            head="Age",
            theme=PAPER,
            size=charts.PRINT,
        )
        graph = Graph(drawing, table, "age", ("amount",), "column")
        return [Section("by_age", self.title, graphs=(graph,), table=table, note=_CLOCK)]


@dataclass(frozen=True)
class AgesBy:
    """One row a debtor or a place, one column an age, the whole below."""

    title: str
    by: str

    def ask(self, context: Context) -> list[Query]:
        """All ages by the dimension."""
        if not context.shown((OUTSTANDING,)):
            return []
        return [context.query((*BUCKETS, OUTSTANDING, OVER_90), by=(self.by,))]

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """One table; members that owe nothing are left out, and so is the section where nothing is owed at all."""
        (result,) = results
        keys = (*BUCKETS, OUTSTANDING, OVER_90)
        columns = [Column(self.by, head_of(self.by))]
        columns += [Column(key, label, Kind.MONEY, "sum") for key, label in BUCKETS.items()]
        columns.append(Column(OUTSTANDING, "Outstanding", Kind.MONEY, "sum"))
        columns.append(Column(OVER_90, "Over 90 days", Kind.PERCENT, "anew"))
        rows = [
            Row((*names_of(result, member), *(figure_cell(member.figures[key]) for key in keys)))
            for member in result.rows
            if member.figures[OUTSTANDING].value != 0
        ]
        whole = result.total.figures
        if not rows:
            return []
        rows.append(Row(("All", *(figure_cell(whole[key]) for key in keys)), "total"))
        key = f"ages_by_{self.by}"
        return [Section(key, self.title, table=Table(key, self.title, tuple(columns), tuple(rows)))]


def _part(figure: Figure, whole: Figure) -> Cell:
    if figure.value is None or not whole.value:
        return Cell(None, reason_of(figure) if figure.value is None else "none")
    return Cell(float(figure.value) / float(whole.value), numerator=figure.value, denominator=whole.value)


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)
