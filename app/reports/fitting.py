"""Tables that are wider than the paper, set as several below each other, each with the names at its left again."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from app.charts.measure import text_width
from app.reports.paper import Cell, Column, Row, Table

# Points, as in `static/css/paper.css`: across A4 (words are measured from above, so a little more than its 505), a
# drawing, between columns, body, heads, the least of long texts.
_ACROSS, _DRAWING, _GAP, _TEXT, _HEAD, _WIDE = 512.0, 69.0, 5.7, 8.5, 8.0, 79.4


def fit(table: Table) -> tuple[Table, ...]:
    """The table, or parts of it that each fit the width of a page."""
    widths = [
        _width(column, [row.cells[place] for row in table.rows], place == 0)
        for place, column in enumerate(table.columns)
    ]
    if sum(widths) <= _ACROSS or any(cell.span > 1 for row in table.rows for cell in row.cells):
        return (table,)
    names = len(list(takewhile(lambda column: column.kind == "text", table.columns)))
    return tuple(_part(table, (*range(names), *places)) for places in _groups(table.columns, widths, names))


def _groups(columns: Sequence[Column], widths: Sequence[float], names: int) -> Iterator[list[int]]:
    """The places of the columns after the names, as many as fit beside them; a drawing stays beside its figure."""
    room = _ACROSS - sum(widths[:names])
    group: list[int] = []
    for place in range(names, len(columns)):
        used = sum(widths[each] for each in group)
        if group and used + widths[place] > room and columns[place].kind != "mark":
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def _part(table: Table, places: Sequence[int]) -> Table:
    rows = tuple(Row(tuple(row.cells[place] for place in places), row.kind) for row in table.rows)
    return replace(table, columns=tuple(table.columns[place] for place in places), rows=rows)


def _width(column: Column, cells: Sequence[Cell], is_first: bool) -> float:
    """How wide a column is at least: its longest word, or its longest text where that stays in one line."""
    if column.kind == "mark":
        return _DRAWING + _GAP
    # Why there is no figure may break.
    whole = [cell.text for cell in cells if column.unbroken or (column.kind == "figures" and cell.tone != "muted")]
    words = [word for cell in cells for word in _words(cell.text)]
    widths = [
        *(text_width(text, _TEXT) for text in (*whole, *words)),
        *(text_width(w, _HEAD) for w in _words(column.label)),
    ]
    return max([*widths, _WIDE if column.wide and is_first else 0.0]) + _GAP


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s-]+-?|-", text)
