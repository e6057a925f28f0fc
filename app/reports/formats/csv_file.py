"""CSV: the columns of the screen with exact values, safe to open in a spreadsheet.

A report of one long table is that table alone. Any other has one block a table: a line `table,<key>,<title>`, the head,
the rows, a line `rows,<how many>`, an empty line.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import TextIOWrapper
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from app.core.csv_cells import plain
from app.reports.content import Cell, Line, ReportContent, Table, Value
from app.reports.formats.digest import DigestStream

_KEPT = 20_000  # different texts of a table that are checked only once


def write(content: ReportContent, out: DigestStream) -> int:
    """Writes the file; how many rows its tables have together."""
    text = TextIOWrapper(cast(BinaryIO, _Open(out)), encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    own = [table for section in content.sections for table in section.tables()]
    if len(own) == 1 and own[0].stream is not None:
        rows = _write_table(writer, own[0], content.zone)
    else:
        rows = sum(_write_block(writer, table, content.zone) for table in content.tables())
    text.flush()
    text.detach()
    return rows


def write_rest(table: Table, skip: int, zone: str, out: BinaryIO) -> int:
    """One table alone, from the row after those that were skipped; how many rows."""
    text = TextIOWrapper(out, encoding="utf-8-sig", newline="")
    rows = _write_table(csv.writer(text), table, zone, skip)
    text.flush()
    text.detach()
    return rows


def _write_block(writer: Any, table: Table, zone: str) -> int:
    writer.writerow(("table", table.key, plain(table.title)))
    rows = _write_table(writer, table, zone)
    writer.writerow(("rows", rows))
    writer.writerow(())
    return rows


def _write_table(writer: Any, table: Table, zone: str, skip: int = 0) -> int:
    writer.writerow([plain(column.label) for column in table.columns])
    count = _Counter(skip)
    lines: Iterable[Iterable[Any]] = (
        ((_value(cell, zone) for cell in row.cells) for row in table.rows)
        if table.stream is None
        else _safe(table.stream(), zone)
    )
    writer.writerows(count.of(lines))
    return count.rows


class _Counter:
    """Counts the rows that go by, after leaving out the first ones."""

    def __init__(self, skip: int) -> None:
        self.skip, self.rows = skip, 0

    def of(self, lines: Iterable[Iterable[Any]]) -> Iterator[Iterable[Any]]:
        for number, line in enumerate(lines):
            if number >= self.skip:
                self.rows += 1
                yield line


def _safe(lines: Iterable[Line], zone: str) -> Iterator[list[Any]]:
    """Plain rows with their texts made safe; each different text is looked at once."""
    known: dict[str, object] = {}

    def safe(text: str) -> object:
        if (found := known.get(text)) is None:
            if len(known) > _KEPT:
                known.clear()
            found = known[text] = plain(text)
        return found

    for line in lines:
        yield [
            safe(value) if isinstance(value, str) else _moment(value, zone) if isinstance(value, datetime) else value
            for value in line
        ]


def _value(cell: Value | Cell, zone: str) -> object:
    """The exact value; without one the reason in words."""
    if isinstance(cell, Cell):
        return plain(cell.reason) if cell.value is None else _value(cell.value, zone)
    return _moment(cell, zone) if isinstance(cell, datetime) else plain(cell)


def _moment(value: datetime, zone: str) -> str:
    return value.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


class _Open:
    """A digesting stream as the standard library's text layer wants one."""

    def __init__(self, out: DigestStream) -> None:
        self.write: Callable[[bytes], int] = out.write
        self.flush = out.flush
        self.closed = False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
