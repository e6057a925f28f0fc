"""Sets a report for paper and for a page to print: values become words, columns get their drawings."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from markupsafe import Markup

from app.charts import types as charts
from app.charts.inline import bullet, interval
from app.charts.theme import PAPER
from app.core import format
from app.reports import glossary, paper
from app.reports.content import Bars, Cell, Column, Graph, Headline, Kind, ReportContent, Row, Section, Table, Value
from app.reports.fitting import fit
from app.reports.paper import PaperSize, ReportPaper
from app.reports.words import words

PRINTED_ROWS = 400
_CONTENTS_FROM = 5  # sections
_MARK = charts.Size(92, 14)
# Letters of a name that stays in one line, and of all such names of a row together.
_NAME, _UNBROKEN, _LONG = 24, 48, 30
_MUTED = frozenset({"none set", "Too few weeks", "Loading"})


@dataclass(frozen=True)
class Setting:
    """How a report is set: on which paper, and after how many rows a table stops."""

    content: ReportContent
    size: PaperSize = "A4"
    most_rows: int = PRINTED_ROWS
    rest: str = "The rest is attached to this file as CSV."

    def on_paper(self) -> ReportPaper:
        """The whole report as its template reads it."""
        content = self.content
        sections = [self._section(section) for section in content.sections]
        left_out = content.notes.left_out
        sections.append(paper.Section(left_out.title, tables=fit(self._table(left_out)), anchor=left_out.key))
        as_of = format.moment(content.as_of, content.zone, unknown="an unknown time")
        return ReportPaper(
            kind=content.title,
            period=content.period_words,
            clinic=content.scope,
            organization=content.organization,
            facts=content.facts,
            findings=tuple(self._headline(one) for one in content.summary if one.cell.value is not None),
            notices=tuple(f"{finding.sentence} Rule: {finding.rule}." for finding in content.findings),
            sections=tuple(sections),
            confidentiality=content.confidentiality,
            running_title=f"{content.title}, {content.period_words}",
            running_scope=f"{content.scope}, filters: {dict(content.facts).get('Filters', 'none')}",
            running_time=f"As of {as_of}",
            running_comparison=f"Compared with {content.previous_words}" if content.previous_words else "",
            definitions=glossary.entries(content.notes.definitions, content.as_of, content.zone),
            method=(*content.notes.words, *glossary.common_words(content.notes.definitions), *self._freshness()),
            size=self.size,
            contents=len(sections) >= _CONTENTS_FROM,
        )

    def cut_tables(self) -> list[Table]:
        """The tables of which only the first rows are printed."""
        return [table for table in self.content.tables() if len(table.first(self.most_rows)) > self.most_rows]

    def _words(self, kind: Kind, value: Value | Cell) -> str:
        return words(kind, value, self.content.currency, self.content.zone)

    def _headline(self, headline: Headline) -> paper.Finding:
        return paper.Finding(self._words(headline.kind, headline.cell), headline.clause, headline.sentence)

    def _section(self, section: Section) -> paper.Section:
        # Where several drawings stand together, each says in its corner where its axis starts.
        drawn = section.graphs if len(section.graphs) == 1 else ()
        notes = [section.note, *(note for graph in drawn for note in _graph_notes(graph))]
        table = section.table
        if table is not None and len(table.first(self.most_rows)) > self.most_rows:
            notes.append(f"The first {format.number(self.most_rows)} rows are printed. {self.rest}")
        return paper.Section(
            section.title,
            section.lead or _sentence(section),
            drawings=tuple(
                paper.Drawing(_markup(graph.drawing), graph.drawing.title if section.half else "")
                for graph in section.graphs
                if graph.drawing.svg
            ),
            tables=() if table is None else fit(self._table(table)),
            note=" ".join(filter(None, notes)),
            half=section.half,
            anchor=section.key,
        )

    def _table(self, table: Table) -> paper.Table:
        rows = table.first(self.most_rows)[: self.most_rows]
        printed = [index for index in range(len(table.columns)) if self._is_printed(table, rows, index)]
        marks = None if table.bars is None else _Marks.of(table, table.bars, rows)
        columns: list[paper.Column] = []
        room = _UNBROKEN
        for index in printed:
            column = table.columns[index]
            longest = 0 if column.kind.is_figure else self._longest(column, rows, index)
            unbroken = 0 < longest <= min(room, _NAME)
            room -= longest if unbroken else 0
            kind: Literal["figures", "text"] = "figures" if column.kind.is_figure else "text"
            columns.append(paper.Column(column.label, kind, unbroken, wide=longest > _LONG))
            if marks is not None and index == marks.place:
                columns.append(paper.Column(marks.bars.label, "mark"))
        return paper.Table(
            table.title,
            tuple(columns),
            tuple(self._row(table, row, number, printed, marks) for number, row in enumerate(rows)),
            empty=table.empty,
        )

    def _is_printed(self, table: Table, rows: list[Row], index: int) -> bool:
        """Is a column for paper, and does anything stand in it?"""
        column = table.columns[index]
        cells = [row.cells[index] for row in rows]
        return column.printed and (not cells or any(self._is_filled(column, cell) for cell in cells))

    def _is_filled(self, column: Column, cell: Value | Cell) -> bool:
        return (isinstance(cell, Cell) and cell.signal is not None) or bool(self._words(column.kind, cell))

    def _longest(self, column: Column, rows: list[Row], index: int) -> int:
        return max((len(self._words(column.kind, row.cells[index])) for row in rows), default=0)

    def _row(self, table: Table, row: Row, number: int, printed: list[int], marks: "_Marks | None") -> paper.Row:
        cells: list[paper.Cell] = []
        for index in printed:
            cells.append(self._cell(table.columns[index].kind, row.cells[index]))
            if marks is not None and index == marks.place:
                cells.append(paper.Cell(mark=marks.draw(row, f"{table.key}-{number}")))
        return paper.Row(tuple(cells), row.kind)

    def _cell(self, kind: Kind, value: Value | Cell) -> paper.Cell:
        if isinstance(value, Cell) and value.signal is not None:
            return paper.Cell(signal=value.signal)
        text = self._words(kind, value)
        unknown = isinstance(value, Cell) and value.value is None and not value.text
        return paper.Cell(text, tone="muted" if unknown or text in _MUTED else "")

    def _freshness(self) -> tuple[str, ...]:
        """Said once for all figures; those of another time say so in their definitions."""
        content = self.content
        if content.as_of is None:
            return ()
        return (f"Data as of {format.moment(content.as_of, content.zone)} where a definition says nothing else.",)


def _markup(drawn: charts.Chart) -> Markup:
    return Markup(drawn.svg)  # noqa: S704 - our own drawing; its texts are escaped


def _sentence(section: Section) -> str:
    return section.graphs[0].drawing.summary if len(section.graphs) == 1 else ""


def _graph_notes(graph: Graph) -> tuple[str, ...]:
    return tuple(f"{note[:1].upper()}{note[1:]}." for note in graph.drawing.notes)


@dataclass(frozen=True)
class _Marks:
    """The drawings of one table, all on one scale."""

    bars: Bars
    place: int
    places: Mapping[str, int]
    least: float
    most: float

    @classmethod
    def of(cls, table: Table, bars: Bars, rows: list[Row]) -> "_Marks":
        places = {column.key: index for index, column in enumerate(table.columns)}
        keys = [key for key in (bars.of, bars.low, bars.high) if key]
        known = [number for row in rows for key in keys if (number := _number(row.cells[places[key]])) is not None]
        least, most = min(known, default=0.0), max([*known, bars.reference or 0.0], default=0.0)
        # A bar starts at zero. A point with its interval may start where the values do, or none could be told apart.
        start = max(0.0, least - (most - least) * 0.1) if bars.low and least > most / 2 else 0.0
        return cls(bars, places[bars.high or bars.of], places, start, most + (most - start) * 0.05 or 1.0)

    def draw(self, row: Row, name: str) -> Markup:
        value = _number(row.cells[self.places[self.bars.of]])
        if value is None or value < 0:
            return Markup("")
        prefix = f"m{sha256(name.encode()).hexdigest()[:10]}"
        if not self.bars.low:
            drawn = bullet(
                value,
                None,
                maximum=self.most,
                target=self.bars.reference,
                title=self.bars.label,
                id_prefix=prefix,
                value_format=format.percent,
                theme=PAPER,
                size=_MARK,
            )
            return _markup(drawn)
        low, high = (_number(row.cells[self.places[key]]) for key in (self.bars.low, self.bars.high))
        drawn = interval(
            value,
            low,
            high,
            minimum=self.least,
            maximum=self.most,
            reference=self.bars.reference,
            title=self.bars.label,
            id_prefix=prefix,
            value_format=format.percent,
            theme=PAPER,
            size=_MARK,
        )
        return _markup(drawn)


def _number(cell: Value | Cell) -> float | None:
    value = cell.value if isinstance(cell, Cell) else cell
    return float(value) if isinstance(value, int | float | Decimal) else None
