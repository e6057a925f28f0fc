"""XLSX: a cover, a sheet a table with native charts beside it, and the notes. Written row by row, in little memory.

Numbers, shares, amounts, dates and moments are real ones with formats; text is never taken for a formula or a link.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from app.core.format import CURRENCY_SIGNS
from app.reports.content import Cell, Column, Graph, Kind, ReportContent, Row, Table, Value
from app.reports.formats.digest import DigestStream
from app.reports.words import words

_Writer = Callable[[int, int, Any], object]
MOST_ROWS = 1_048_575  # of a sheet, below the head
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDTHS = {Kind.TEXT: 28, Kind.DATE: 13, Kind.MOMENT: 18}


def write(content: ReportContent, out: DigestStream) -> int:
    """Writes the file; how many rows its tables have together."""
    book = _Book(content, xlsxwriter.Workbook(out, _OPTIONS))
    book.cover()
    rows = 0
    graphs: dict[str, list[Graph]] = {}
    for graph in (graph for section in content.sections for graph in section.graphs):
        graphs.setdefault(graph.table.key, []).append(graph)
    for table in content.tables():
        rows += book.table(table, graphs.get(table.key, []))
    book.notes()
    book.book.close()
    return rows


class _Book:
    """A workbook with the formats of a report's kinds and the names of its sheets."""

    def __init__(self, content: ReportContent, book: Workbook) -> None:
        self.content, self.book = content, book
        self.names: set[str] = set()
        self.formats: dict[tuple[Kind, str], Format] = {}
        self.zone = ZoneInfo(content.zone)
        self.title = book.add_format({"bold": True, "font_size": 20})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.head_right = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "align": "right"}
        )
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.muted = book.add_format({"font_color": "#5C6864", "align": "right"})
        book.set_properties({"title": f"{content.title}, {content.period_words}", "company": content.organization})

    def format_of(self, kind: Kind, row_kind: str) -> Format:
        """The format of a kind's cells in a kind of row."""
        if (kind, row_kind) not in self.formats:
            look: dict[str, Any] = {"num_format": _number_format(kind, self.content.currency)}
            if row_kind:
                look["bold"] = True
            if row_kind == "total":
                look["top"] = 1
            self.formats[kind, row_kind] = self.book.add_format(look)
        return self.formats[kind, row_kind]

    def sheet(self, title: str) -> Worksheet:
        """A new sheet under a name that a workbook allows and none has yet."""
        base = _NOT_IN_NAMES.sub(" ", title)[:31].strip() or "Sheet"
        name, number = base, 2
        while name.lower() in self.names:
            name, number = f"{base[:27]} {number}", number + 1
        self.names.add(name.lower())
        return self.book.add_worksheet(name)

    def cover(self) -> None:
        """Title, period, filters, freshness, the summary and the findings."""
        content, sheet = self.content, self.sheet("Report")
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 22)
        sheet.set_column(2, 3, 44)
        sheet.write_string(0, 0, content.title, self.title)
        lines = [("Period", content.period_words), ("Organization", content.organization), ("Clinics", content.scope)]
        named = {name for name, _ in lines}
        row = 1
        for name, words_ in [*lines, *(fact for fact in content.facts if fact[0] not in named)]:
            row += 1
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, words_)
        row = self._summary(sheet, row + 2)
        for finding in content.findings:
            sheet.write_string(row, 0, "Finding")
            sheet.write_string(row, 1, f"{finding.sentence} Rule: {finding.rule}.")
            row += 1
        sheet.write_string(row + 1, 0, content.confidentiality)

    def _summary(self, sheet: Worksheet, row: int) -> int:
        for place, name in enumerate(("Figure", "This period", "Reading")):
            sheet.write_string(row, place, name, self.head)
        for headline in self.content.summary:
            row += 1
            sheet.write_string(row, 0, headline.label)
            self._cell(sheet, row, 1, headline.kind, headline.cell, "")
            sheet.write_string(row, 2, f"{headline.clause}. {headline.sentence}".replace("..", "."))
        return row + 2

    def notes(self) -> None:
        """How the report was made, and every metric's definition with its version."""
        sheet = self.sheet("Definitions")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 9)
        sheet.set_column(2, 2, 110)
        for place, name in enumerate(("Figure", "Version", "Definition")):
            sheet.write_string(0, place, name, self.head)
        row = 0
        for one in self.content.notes.definitions:
            row += 1
            sheet.write_string(row, 0, one.label)
            sheet.write_number(row, 1, one.version)
            sheet.write_string(row, 2, one.words, self.wrapped)
        for line in self.content.notes.words:
            row += 1
            sheet.write_string(row, 2, line, self.wrapped)
        sheet.freeze_panes(1, 0)

    def table(self, table: Table, graphs: list[Graph]) -> int:
        """A table on as many sheets as its rows need, its charts beside the first; how many rows."""
        lines, count = table.lines(), 0
        while True:
            sheet = self.sheet(table.title)
            self._head(sheet, table)
            rows, body = self._rows(sheet, table, lines)
            sheet.autofilter(0, 0, max(rows, 1), len(table.columns) - 1)
            if count == 0 and body:
                for place, graph in enumerate(each for each in graphs if each.native):
                    self._chart(sheet, graph, body, place)
            count += rows
            if rows < MOST_ROWS:
                break
        if not count:
            sheet.write_string(1, 0, table.empty)
        return count

    def _head(self, sheet: Worksheet, table: Table) -> None:
        for place, column in enumerate(table.columns):
            look = self.head_right if column.kind.is_figure else self.head
            sheet.set_column(place, place, max(_WIDTHS.get(column.kind, 13), min(len(column.label), 24)))
            sheet.write_string(0, place, column.label, look)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def _rows(self, sheet: Worksheet, table: Table, lines: Iterator[Row]) -> tuple[int, int]:
        """Writes what fits on a sheet: how many rows, and how many of them before the first subtotal or total."""
        if table.stream is not None:
            rows = self._plain_rows(sheet, table, lines)
            return rows, rows
        number = body = 0
        for number, row in enumerate(islice(lines, MOST_ROWS), 1):
            if not row.kind and body == number - 1:
                body = number
            for place, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True)):
                self._cell(sheet, number, place, column.kind, cell, row.kind)
        return number, body

    def _plain_rows(self, sheet: Worksheet, table: Table, lines: Iterator[Row]) -> int:
        """Rows without parts, the fast way: the writer of each place is chosen once."""
        writers = [self._writer(sheet, column) for column in table.columns]
        number = 0
        for number, row in enumerate(islice(lines, MOST_ROWS), 1):
            for place, value in enumerate(row.cells):
                if value is not None:
                    writers[place](number, place, value)
        return number

    def _writer(self, sheet: Worksheet, column: Column) -> _Writer:
        look = self.format_of(column.kind, "")
        text: _Writer = sheet.write_string
        number: Callable[[int, int, float, Format], object] = sheet.write_number
        if column.kind is Kind.TEXT:
            return text

        def write_figure(row: int, place: int, value: Any) -> object:
            return text(row, place, value) if isinstance(value, str) else number(row, place, value, look)

        def write_day(row: int, place: int, value: Any) -> object:
            return self._value(sheet, row, place, value, look)

        return write_day if column.kind in (Kind.DATE, Kind.MOMENT) else write_figure

    def _cell(self, sheet: Worksheet, row: int, place: int, kind: Kind, cell: Value | Cell, row_kind: str) -> None:
        if not isinstance(cell, Cell):
            self._value(sheet, row, place, cell, self.format_of(kind, row_kind))
        elif cell.value is None:
            text = words(kind, cell, self.content.currency, self.content.zone)
            if text:
                sheet.write_string(row, place, text, self.muted if kind.is_figure else self.format_of(kind, row_kind))
        else:
            self._value(sheet, row, place, cell.value, self.format_of(cell.kind or kind, row_kind))

    def _value(self, sheet: Worksheet, row: int, place: int, value: Value, look: Format) -> object:
        if value is None:
            return None
        if isinstance(value, str):
            return sheet.write_string(row, place, value, look)
        if isinstance(value, datetime):
            return sheet.write_datetime(row, place, value.astimezone(self.zone).replace(tzinfo=None), look)
        if isinstance(value, date):
            return sheet.write_datetime(row, place, value, look)
        return sheet.write_number(row, place, float(value), look)

    def _chart(self, sheet: Worksheet, graph: Graph, rows: int, place: int) -> None:
        places = {column.key: place for place, column in enumerate(graph.table.columns)}
        chart = self.book.add_chart({"type": graph.native})
        for key in graph.series:
            chart.add_series(
                {
                    "name": [sheet.name, 0, places[key]],
                    "categories": [sheet.name, 1, places[graph.names], rows, places[graph.names]],
                    "values": [sheet.name, 1, places[key], rows, places[key]],
                }
            )
        chart.set_title({"name": graph.drawing.title, "name_font": {"size": 11}})
        if len(graph.series) == 1:
            chart.set_legend({"none": True})
        if graph.native == "bar":
            chart.set_y_axis({"reverse": True})
        sheet.insert_chart(1 + 16 * place, len(graph.table.columns) + 1, chart, {"description": graph.drawing.summary})


def _number_format(kind: Kind, currency: str) -> str:
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    return {
        Kind.TEXT: "@",
        Kind.PERCENT: "0.0%",
        Kind.MONEY: f'"{sign}"#,##0.00;-"{sign}"#,##0.00',
        Kind.MINUTES: '#,##0" min"',
        Kind.DAYS: '#,##0" days"',
        Kind.SCORE: "0.0",
        Kind.RATIO: "0.00",
        Kind.DATE: "yyyy-mm-dd",
        Kind.MOMENT: "yyyy-mm-dd hh:mm",
    }.get(kind, "#,##0")
