"""Lying bars: names on the left, figures in a column on the right, the compared period and a reference across."""

from collections.abc import Sequence
from dataclasses import replace

from app.charts import summary
from app.charts.columns import bar_table, draw_bar
from app.charts.geometry import Area, Box, horizontal_bar_boxes
from app.charts.legend import Entry, draw_legend, legend_height, line_entry, tick_entry
from app.charts.marks import TARGET_DASH
from app.charts.measure import shorten, text_width
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import value_scale
from app.charts.types import WIDE, Bar, Chart, Size, ValueFormat

_LABEL_SHARE = 0.42
_ROW = 26.0


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
    colour: str = "s1",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    empty: str = "No figures for this period.",
) -> Chart:
    """One bar an item, the first on top, from zero. A missing value leaves its row and says why.

    The drawing is as high as its rows need, at most `size.height`.
    """
    table = bar_table(items, head, comparison_label, value_format)
    values = [item.value for item in items]
    known = [value for value in values if value is not None]
    if not known:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    compared = [item.comparison for item in items if item.comparison is not None]
    legend = [tick_entry(drawing, comparison_label)] if compared and comparison_label else []
    if reference is not None:
        legend.append(line_entry(drawing, reference_label, TARGET_DASH))
    scale = value_scale([*known, *compared, *([] if reference is None else [reference])], value_format, from_zero=True)
    box = _plot_box(drawing, items, value_format, legend)
    drawing.size = replace(size, height=box.y + box.height + drawing.scaled(2))
    draw_legend(drawing, legend)
    area = Area(box.width, box.height, scale.low, scale.high)

    def x(value: float) -> float:
        return box.x + (value - scale.low) / (scale.high - scale.low) * box.width

    row = box.height / len(items)
    for index, (item, bar) in enumerate(zip(items, horizontal_bar_boxes(values, area), strict=True)):
        middle = box.y + (index + 0.5) * row
        if bar:
            draw_bar(drawing, Box(box.x + bar.x, box.y + bar.y, bar.width, bar.height), colour, item.partial)
        if item.comparison is not None:
            _draw_across(drawing, x(item.comparison), middle - row * 0.45, middle + row * 0.45, None)
    drawing.line(x(0), box.y, x(0), box.y + box.height, "control")
    if reference is not None:
        _draw_across(drawing, x(reference), box.y, box.y + box.height, TARGET_DASH)
    for index, item in enumerate(items):
        _draw_words(drawing, box, item, box.y + (index + 0.5) * row, value_format)
    return Chart(drawing.render(), title, summary.value_range(items, value_format), table)


def _plot_box(drawing: Drawing, items: Sequence[Bar], value_format: ValueFormat, legend: Sequence[Entry]) -> Box:
    """Room for names at the left, values in a column at the right, the legend above; rows no higher than they need."""
    size, gap = drawing.size, drawing.scaled(8)
    left = min(max(text_width(item.label, drawing.text_size) for item in items), size.width * _LABEL_SHARE) + gap
    texts = [value_format(item.value) for item in items if item.value is not None]
    right = max(text_width(text, drawing.text_size, bold=True) for text in texts) + gap
    top = drawing.scaled(2) + legend_height(drawing, legend) + (drawing.scaled(4) if legend else 0)
    height = min(size.height - top - drawing.scaled(2), drawing.scaled(_ROW) * len(items))
    return Box(left, top, size.width - left - right, height)


def _draw_across(drawing: Drawing, x: float, top: float, bottom: float, dash: str | None) -> None:
    """A line that stays visible over bars."""
    drawing.line(x, top, x, bottom, "surface", stroke_width=3.6)
    drawing.line(x, top, x, bottom, "ink", stroke_width=1.6, dash=dash)


def _draw_words(drawing: Drawing, box: Box, item: Bar, middle: float, value_format: ValueFormat) -> None:
    baseline, gap = middle + drawing.text_size * 0.36, drawing.scaled(8)
    name = shorten(item.label + (", so far" if item.partial else ""), box.x - gap, drawing.text_size)
    drawing.text(box.x - gap, baseline, name, anchor="end", colour="ink2")
    if item.value is None:
        drawing.text(box.x + gap, baseline, item.reason, halo=True)
        return
    drawing.text(drawing.size.width, baseline, value_format(item.value), anchor="end", colour="ink", bold=True)
