"""Legends over stacked parts and rows of labels that wrap."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.charts.measure import text_width
from app.charts.svg import Drawing

_SWATCH = 10.0
_ROW = 17.0


@dataclass(frozen=True)
class Entry:
    """One word of a legend and what draws its sample at the upper left corner of a square of `side` px."""

    label: str
    sample: Callable[[float, float, float], None]


def part_entry(drawing: Drawing, label: str, colour: str, hatched: bool) -> Entry:
    """A swatch of an area."""
    return Entry(label, lambda x, y, side: drawing.area(x, y, side, side, colour, hatched))


def tick_entry(drawing: Drawing, label: str) -> Entry:
    """The comparison's tick."""

    def sample(x: float, y: float, side: float) -> None:
        drawing.line(x, y + side / 2, x + side, y + side / 2, "ink", stroke_width=1.6)

    return Entry(label, sample)


def line_entry(drawing: Drawing, label: str, dash: str) -> Entry:
    """A reference line."""

    def sample(x: float, y: float, side: float) -> None:
        drawing.line(x - side * 0.3, y + side / 2, x + side * 1.1, y + side / 2, "ink", stroke_width=1.6, dash=dash)

    return Entry(label, sample)


def legend_height(drawing: Drawing, entries: Sequence[Entry]) -> float:
    """The height the legend takes."""
    return drawing.scaled(_ROW * len(_rows(drawing, entries)))


def draw_legend(drawing: Drawing, entries: Sequence[Entry]) -> None:
    """Draws the legend at the top left, in rows."""
    side = drawing.scaled(_SWATCH)
    for number, row in enumerate(_rows(drawing, entries)):
        x, y = drawing.scaled(1), drawing.scaled(1 + number * _ROW)
        for entry in row:
            entry.sample(x, y, side)
            drawing.text(x + side + drawing.scaled(5), y + drawing.scaled(9), entry.label, colour="ink2")
            x += _width(drawing, entry)


def _width(drawing: Drawing, entry: Entry) -> float:
    return drawing.scaled(_SWATCH + 5 + 14) + text_width(entry.label, drawing.text_size)


def _rows(drawing: Drawing, entries: Sequence[Entry]) -> list[list[Entry]]:
    rows: list[list[Entry]] = []
    used = drawing.size.width
    for entry in entries:
        width = _width(drawing, entry)
        if used + width - drawing.scaled(14) > drawing.size.width:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += width
    return rows
