"""Hour by weekday as shaded cells that also carry their figure."""

from collections.abc import Sequence

from app.charts import summary
from app.charts.measure import shorten, text_width
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import hour_label
from app.charts.types import WIDE, Chart, Size, Table, ValueFormat

# Opacities at which ink stays at least 4.5:1 on the cell in both themes; only the last takes reversed text.
_SHADES = (0.08, 0.2, 0.34, 0.5, 1.0)


def heatmap(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    head: str = "Day",
    colour: str = "s1",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    missing: str = "not recorded",
    empty: str = "No figures for this period.",
) -> Chart:
    """`values[row][column]`, None for unknown (hatched). Shades are fifths of the highest value, counted from zero."""
    cells = [tuple(missing if value is None else value_format(value) for value in line) for line in values]
    table = Table((head, *columns), tuple((row, *line) for row, line in zip(rows, cells, strict=True)))
    known = [value for line in values for value in line if value is not None]
    if not known:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    left = min(max(text_width(row, drawing.text_size) for row in rows), size.width * 0.25) + drawing.scaled(8)
    top = drawing.scaled(18)
    width, height = (size.width - left) / len(columns), (size.height - top) / len(rows)
    _draw_heads(drawing, rows, columns, (left, top, width, height))
    texts = [value_format(value) for value in known]
    figures = max(text_width(text, drawing.text_size) for text in texts) + drawing.scaled(4) <= width
    for r, line in enumerate(values):
        for c, value in enumerate(line):
            box = (left + c * width, top + r * height, width - drawing.scaled(2), height - drawing.scaled(2))
            _draw_cell(drawing, box, value, max(known), colour, value_format if figures else None)
    return Chart(drawing.render(), title, summary.extremes(rows, columns, values, value_format), table)


def shade(value: float, most: float) -> int:
    """Which fifth of the highest value, 0 to 4; values at or below zero are in the first."""
    return min(max(int(value / most * len(_SHADES)), 0), len(_SHADES) - 1) if most > 0 else 0


def _draw_heads(
    drawing: Drawing, rows: Sequence[str], columns: Sequence[str], box: tuple[float, float, float, float]
) -> None:
    left, top, width, height = box
    names = [hour_label(name, narrow=True) for name in columns]
    widest = max(text_width(name, drawing.text_size) for name in names) + drawing.scaled(4)
    step = max(1, int(-(-widest // width)))
    for index in range(0, len(names), step):
        drawing.text(
            left + (index + 0.5) * width - drawing.scaled(1), drawing.scaled(12), names[index], anchor="middle"
        )
    for index, row in enumerate(rows):
        name = shorten(row, left - drawing.scaled(8), drawing.text_size)
        middle = top + (index + 0.5) * height - drawing.scaled(1)
        drawing.text(left - drawing.scaled(8), middle + drawing.text_size * 0.36, name, anchor="end", colour="ink2")


def _draw_cell(
    drawing: Drawing,
    box: tuple[float, float, float, float],
    value: float | None,
    most: float,
    colour: str,
    value_format: ValueFormat | None,
) -> None:
    x, y, width, height = box
    if value is None:
        drawing.rect(x, y, width, height, drawing.hatch("line"))
        return
    level = shade(value, most)
    drawing.rect(x, y, width, height, colour, opacity=_SHADES[level])
    if value_format is not None:
        reversed_text = level == len(_SHADES) - 1
        drawing.text(
            x + width / 2,
            y + height / 2 + drawing.text_size * 0.36,
            value_format(value),
            anchor="middle",
            colour="surface" if reversed_text else "ink",
        )
