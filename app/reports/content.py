"""A report as plain values: summary figures, findings, sections of charts and tables, and how it was made.

Every format is written from this. A table has one description of its columns; what a cell says on paper, in a workbook
and in a file of data comes from the same value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Literal

from app.charts import types as charts
from app.core.period import Period
from app.metrics.types import Number
from app.reports.paper import Mark, RowKind

Value = str | int | float | Decimal | date | datetime | None
Line = tuple[Value, ...]
Native = Literal["line", "column", "bar", "scatter", ""]


class Kind(StrEnum):
    """What a value counts, named as the units of the catalogue. PERCENT is a fraction 0 to 1; MONEY is exact."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    MINUTES = "minutes"
    DAYS = "days"
    MONEY = "money"
    SCORE = "score"
    RATIO = "ratio"
    DATE = "date"
    MOMENT = "moment"

    @property
    def is_figure(self) -> bool:
        """Is it set right, with figures of one width?"""
        return self not in (Kind.TEXT, Kind.DATE, Kind.MOMENT)


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that needs more than itself: why there is none, what it was made of, its own kind, a verdict.

    `text` stands on paper in place of the value's own words.
    """

    value: Value
    reason: str = ""
    numerator: Number | None = None
    denominator: Number | None = None
    n: int | None = None
    kind: Kind | None = None
    text: str = ""
    signal: Mark | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """`total` says how a total of the column comes about: added up, counted anew over all records, or there is none.

    One that is not `printed` is only in files of data: its values stand in the words of another one on paper.
    """

    key: str
    label: str
    kind: Kind = Kind.TEXT
    total: Literal["sum", "anew", "none"] = "none"
    printed: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; a subtotal and the total are kinds of rows."""

    cells: tuple[Value | Cell, ...]
    kind: RowKind = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """Drawings beside a column on paper: a bar from zero, or a point with the interval from `low` to `high`."""

    of: str
    label: str
    low: str = ""
    high: str = ""
    reference: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that are there, or a `stream` of plain ones that may be read again and again and never all at once."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()
    empty: str = "Nothing to show."
    bars: Bars | None = None
    stream: Callable[[], Iterator[Line]] | None = None

    def lines(self) -> Iterator[Row]:
        """Every row, in order."""
        return map(Row, self.stream()) if self.stream else iter(self.rows)

    def cut(self, count: int) -> "Table":
        """The same with at most so many rows."""
        if self.stream is None:
            return replace(self, rows=self.rows[:count])
        stream = self.stream
        return replace(self, stream=lambda: islice(stream(), count))

    def first(self, count: int) -> list[Row]:
        """The first rows, one more than asked for where there are more."""
        return list(islice(self.lines(), count + 1))


@dataclass(frozen=True, slots=True)
class Graph:
    """A drawing for paper with its sentence, the same figures as a table, and how a workbook draws them itself.

    `names` keys the column of labels, `series` those of values.
    """

    drawing: charts.Chart
    table: Table
    names: str = ""
    series: tuple[str, ...] = ()
    native: Native = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence, drawings, a table; `note` is set small below. `half`: two drawings stand in a line."""

    key: str
    title: str
    lead: str = ""
    graphs: tuple[Graph, ...] = ()
    table: Table | None = None
    note: str = ""
    half: bool = False

    def without_charts(self) -> "Iterator[Section]":
        """The same as sections of a table each."""
        tables = tuple(self.tables())
        yield replace(self, graphs=(), table=tables[0] if tables else None, half=False)
        for number, table in enumerate(tables[1:], 2):
            yield Section(f"{self.key}_table_{number}", table.title, table=table)

    def tables(self) -> Iterator[Table]:
        """Every table once, the charts' own before the section's."""
        for graph in self.graphs:
            if graph.table is not self.table:
                yield graph.table
        if self.table is not None:
            yield self.table


@dataclass(frozen=True, slots=True)
class Headline:
    """A summary figure: what it is, the figure, that of the period before, and how to read it."""

    key: str
    label: str
    kind: Kind
    cell: Cell
    previous: Value
    clause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence that a tested rule stands behind."""

    metric: str
    sentence: str
    rule: str
    impact: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric as it was defined when the report was made: what it `says`, on which date it counts, whose it is."""

    key: str
    label: str
    version: int
    says: str
    basis: str
    source: str
    since: str
    as_of: datetime | None
    late: bool

    @property
    def words(self) -> str:
        """The whole of it."""
        return f"{self.says} Date basis: {self.basis}. Source: {self.source}. In force since {self.since}."


@dataclass(frozen=True, slots=True)
class Notes:
    """How the report was made: every metric's definition, the records left out, freshness, small numbers."""

    definitions: tuple[Definition, ...]
    left_out: Table
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A whole report. `facts` are what a reader must know of it: period, comparison, filters, freshness, for whom."""

    key: str
    title: str
    period: Period
    period_words: str
    previous: Period | None
    previous_words: str
    is_partial: bool
    organization: str
    scope: str
    currency: str
    zone: str
    facts: tuple[tuple[str, str], ...]
    summary: tuple[Headline, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    notes: Notes
    confidentiality: str
    definitions: Mapping[str, int]
    as_of: datetime | None
    data_version: str | None
    made_at: datetime
    made_for: str

    def cut(self, rows: int) -> "ReportContent":
        """The same with at most so many rows in the table of each section."""
        sections = (each if each.table is None else replace(each, table=each.table.cut(rows)) for each in self.sections)
        return replace(self, sections=tuple(sections))

    def without_charts(self) -> "ReportContent":
        """The same with every chart as its table."""
        return replace(self, sections=tuple(part for each in self.sections for part in each.without_charts()))

    def tables(self) -> Iterator[Table]:
        """Every table of the report, in order, the records left out last."""
        for section in self.sections:
            yield from section.tables()
        yield self.notes.left_out
