"""Lying bars: a label on the left, the value at the bar's end, a reference line across."""

from collections.abc import Sequence

from app.charts import summary
from app.charts.columns import bar_table, draw_bar
from app.charts.geometry import Area, Box, horizontal_bar_boxes
from app.charts.measure import shorten, text_width
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import value_scale
from app.charts.types import WIDE, Bar, Chart, Size, ValueFormat

_LABEL_SHARE = 0.34


def hbars(
    items: Sequence[Bar],
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    reference: float | None = None,
    reference_label: str = "",
    comparison_label: str = "",
    head: str = "Name",
    token: str = "s1",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    empty: str = "No figures for this period.",
) -> Chart:
    """One bar an item, the first on top, from zero. A missing value leaves its row and says why."""
    table = bar_table(items, head, comparison_label, value_format)
    values = [item.value for item in items]
    known = [value for value in values if value is not None]
    if not known:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    compared = [item.comparison for item in items if item.comparison is not None]
    references = [] if reference is None else [reference]
    scale = value_scale([*known, *compared, *references], value_format, from_zero=True)
    box = _plot_box(drawing, items, value_format, headed=bool(compared or references))
    area = Area(box.width, box.height, scale.low, scale.high)

    def x(value: float) -> float:
        return box.x + (value - scale.low) / (scale.high - scale.low) * box.width

    _draw_reference(drawing, box, None if reference is None else x(reference), reference_label)
    row = box.height / len(items)
    for index, (item, bar) in enumerate(zip(items, horizontal_bar_boxes(values, area), strict=True)):
        middle = box.y + (index + 0.5) * row
        if bar:
            place = Box(box.x + bar.x, box.y + bar.y, bar.width, bar.height)
            draw_bar(drawing, place, token, item.partial)
            if item.comparison is not None:
                _draw_comparison(drawing, x(item.comparison), middle, row)
        _draw_words(drawing, box, item, bar, middle, value_format)
    drawing.line(x(0), box.y, x(0), box.y + box.height, "control")
    if compared and comparison_label:
        drawing.text(size.width - drawing.scaled(2), drawing.scaled(11), f"tick: {comparison_label}", anchor="end")
    return Chart(drawing.render(), title, summary.value_range(items, value_format), table)


def _plot_box(drawing: Drawing, items: Sequence[Bar], value_format: ValueFormat, *, headed: bool) -> Box:
    size, gap = drawing.size, drawing.scaled(8)
    widest = max(text_width(item.label, drawing.text_size) for item in items)
    left = min(widest, size.width * _LABEL_SHARE) + gap
    texts = [item.reason if item.value is None else value_format(item.value) for item in items]
    right = max(text_width(text, drawing.text_size, bold=True) for text in texts) + gap
    top = drawing.scaled(18 if headed else 2)
    return Box(left, top, size.width - left - right, size.height - top - drawing.scaled(2))


def _draw_reference(drawing: Drawing, box: Box, x: float | None, label: str) -> None:
    if x is None:
        return
    drawing.line(x, box.y - drawing.scaled(3), x, box.y + box.height, "ink", stroke_width=1.4, dash="8 3 1 3")
    half = text_width(label, drawing.text_size, bold=True) / 2
    centre = min(max(x, half), drawing.size.width - half)
    drawing.text(centre, box.y - drawing.scaled(7), label, anchor="middle", token="ink", bold=True)


def _draw_comparison(drawing: Drawing, x: float, middle: float, row: float) -> None:
    reach = min(row * 0.46, drawing.scaled(14))
    drawing.line(x, middle - reach, x, middle + reach, "surface", stroke_width=3.6)
    drawing.line(x, middle - reach, x, middle + reach, "ink", stroke_width=1.6)


def _draw_words(
    drawing: Drawing, box: Box, item: Bar, bar: Box | None, middle: float, value_format: ValueFormat
) -> None:
    baseline, gap = middle + drawing.text_size * 0.36, drawing.scaled(6)
    name = shorten(item.label, box.x - drawing.scaled(8), drawing.text_size)
    drawing.text(box.x - drawing.scaled(8), baseline, name, anchor="end", token="ink2")
    if item.value is None or bar is None:
        drawing.text(box.x + gap, baseline, item.reason)
        return
    end = box.x + bar.x + bar.width if item.value >= 0 else box.x + box.width
    words = value_format(item.value) + (", so far" if item.partial and not drawing.size.narrow else "")
    drawing.text(end + gap, baseline, words, token="ink", bold=True, halo=True)
