"""Standing bars: one value a bar, or stacked parts; totals on top, the compared period as a tick across."""

from collections.abc import Sequence

from app.charts import summary
from app.charts.frame import Frame, draw_axis, draw_grid, draw_partial, draw_slot_labels, fit_frame
from app.charts.geometry import Area, Box, bar_boxes, stacked_boxes
from app.charts.legend import Entry, draw_legend, legend_height, part_entry, tick_entry
from app.charts.measure import text_width
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import value_scale
from app.charts.types import WIDE, Bar, Chart, Column, Part, Size, Slot, Table, ValueFormat

_TOP = 18.0
_LABEL_ROOM = 15.0


def stacked_bars(
    columns: Sequence[Column],
    parts: Sequence[Part],
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    comparison_label: str = "",
    head: str = "Hour",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    missing: str = "not recorded",
    empty: str = "No appointments on this day.",
) -> Chart:
    """Parts from the bottom up, each with one non-negative value a column. ValueError when the counts differ."""
    if any(len(column.values) != len(parts) for column in columns):
        raise ValueError("every column needs one value for each part")
    table = _stacked_table(columns, parts, head, comparison_label, value_format, missing)
    totals = [summary.column_total(column) for column in columns]
    if not any(totals):
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    slots = [Slot(column.label, partial=column.partial) for column in columns]
    comparisons = [column.comparison for column in columns]
    legend = [part_entry(drawing, part.label, part.colour, part.hatched) for part in parts]
    sums = [sum(value or 0 for value in column.values) for column in columns]
    frame, legend = _fit(drawing, sums, comparisons, comparison_label, legend, value_format)
    draw_legend(drawing, legend)
    _draw_ground(drawing, frame, slots)
    values = [[column.values[index] for column in columns] for index in range(len(parts))]
    for part, boxes in zip(parts, stacked_boxes(values, _area(frame)), strict=True):
        for box in boxes:
            if box:
                drawing.area(frame.left + box.x, frame.top + box.y, box.width, box.height, part.colour, part.hatched)
    _draw_tops(drawing, frame, totals, comparisons, comparison_label, value_format)
    _finish(drawing, frame, slots)
    return Chart(drawing.render(), title, summary.fullest(columns, value_format), table)


def bars(
    items: Sequence[Bar],
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    comparison_label: str = "",
    head: str = "Period",
    colour: str = "s1",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    empty: str = "No figures for this period.",
) -> Chart:
    """One bar an item, from zero, in the colour of `token`; a bar whose period is not over is an outline."""
    table = bar_table(items, head, comparison_label, value_format)
    values = [item.value for item in items]
    if all(value is None for value in values):
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    slots = [Slot(item.label, partial=item.partial) for item in items]
    comparisons = [item.comparison for item in items]
    known = [value for value in values if value is not None]
    frame, legend = _fit(drawing, known, comparisons, comparison_label, [], value_format)
    draw_legend(drawing, legend)
    _draw_ground(drawing, frame, slots)
    for item, box in zip(items, bar_boxes(values, _area(frame)), strict=True):
        if box:
            draw_bar(drawing, Box(frame.left + box.x, frame.top + box.y, box.width, box.height), colour, item.partial)
    _draw_tops(drawing, frame, values, comparisons, comparison_label, value_format)
    _finish(drawing, frame, slots)
    return Chart(drawing.render(), title, summary.value_range(items, value_format), table)


def draw_bar(drawing: Drawing, box: Box, colour: str, partial: bool) -> None:
    """A filled bar, or the outline of one whose period is not over."""
    if partial:
        drawing.rect(box.x, box.y, box.width, box.height, "surface", stroke=colour, stroke_width=1.5)
    else:
        drawing.rect(box.x, box.y, box.width, box.height, colour)


def bar_table(items: Sequence[Bar], head: str, comparison_label: str, value_format: ValueFormat) -> Table:
    """Label, value and, where there is a comparison, its value."""
    compared = any(item.comparison is not None for item in items)
    rows = tuple(
        (
            f"{item.label}, so far" if item.partial else item.label,
            item.reason if item.value is None else value_format(item.value),
            *((_cell(item.comparison, value_format, "not recorded"),) if compared else ()),
        )
        for item in items
    )
    return Table((head, "Value", *((comparison_label or "Compared",) if compared else ())), rows)


def _fit(
    drawing: Drawing,
    totals: Sequence[float],
    comparisons: Sequence[float | None],
    comparison_label: str,
    legend: list[Entry],
    value_format: ValueFormat,
) -> tuple[Frame, list[Entry]]:
    """The frame, and the legend with the comparison in it unless that is labelled at the last tick."""
    compared = [value for value in comparisons if value is not None]
    beside = _labelled_beside(drawing, comparisons)
    if compared and comparison_label and not beside:
        legend = [*legend, tick_entry(drawing, comparison_label)]
    ends = [comparison_label] if compared and comparison_label and beside else []
    scale = value_scale([*totals, *compared], value_format, from_zero=True)
    above = drawing.scaled(_TOP) + (legend_height(drawing, legend) + drawing.scaled(6) if legend else 0)
    return fit_frame(drawing, scale, len(comparisons), above=above, end_labels=ends), legend


def _labelled_beside(drawing: Drawing, comparisons: Sequence[float | None]) -> bool:
    return not drawing.size.narrow and comparisons[-1] is not None


def _area(frame: Frame) -> Area:
    return Area(frame.width, frame.height, frame.scale.low, frame.scale.high)


def _draw_ground(drawing: Drawing, frame: Frame, slots: Sequence[Slot]) -> None:
    draw_grid(drawing, frame, skip_axis=frame.scale.low == 0)
    draw_partial(drawing, frame, slots)


def _draw_tops(
    drawing: Drawing,
    frame: Frame,
    totals: Sequence[float | None],
    comparisons: Sequence[float | None],
    comparison_label: str,
    value_format: ValueFormat,
) -> None:
    """Comparison ticks, and each total over its bar, or over the tick where the two would touch."""
    half = frame.slot * 0.5 - min(frame.slot * 0.04, drawing.scaled(2))
    widest = drawing.scaled(24)
    for index, comparison in enumerate(comparisons):
        if comparison is not None:
            x, y, reach = frame.x(index), frame.y(comparison), min(half, frame.slot / 3 + widest)
            drawing.line(x - reach, y, x + reach, y, "surface", stroke_width=3.6)
            drawing.line(x - reach, y, x + reach, y, "ink", stroke_width=1.6)
    if comparison_label and _labelled_beside(drawing, comparisons) and comparisons[-1] is not None:
        drawing.text(
            frame.right + drawing.scaled(6), frame.y(comparisons[-1]) + drawing.text_size * 0.36, comparison_label
        )
    _draw_totals(drawing, frame, totals, comparisons, value_format)


def _draw_totals(
    drawing: Drawing,
    frame: Frame,
    totals: Sequence[float | None],
    comparisons: Sequence[float | None],
    value_format: ValueFormat,
) -> None:
    labels = ["" if total is None else value_format(total) for total in totals]
    if not _fits(drawing, frame, labels):
        return
    for index, (total, label) in enumerate(zip(totals, labels, strict=True)):
        if total is None:
            continue
        y, comparison = frame.y(max(total, 0)), comparisons[index]
        if comparison is not None and -1 <= y - frame.y(comparison) < drawing.scaled(_LABEL_ROOM):
            y = frame.y(comparison)
        drawing.text(frame.x(index), y - drawing.scaled(6), label, anchor="middle", colour="ink", bold=True, halo=True)


def _fits(drawing: Drawing, frame: Frame, labels: Sequence[str]) -> bool:
    """Whether every total has room over its bar; with too little room none is shown and the table has them."""
    return max(text_width(label, drawing.text_size, bold=True) for label in labels) <= frame.slot


def _finish(drawing: Drawing, frame: Frame, slots: Sequence[Slot]) -> None:
    draw_axis(drawing, frame, at=0)
    draw_slot_labels(drawing, frame, slots, say_so_far=False)


def _stacked_table(
    columns: Sequence[Column],
    parts: Sequence[Part],
    head: str,
    comparison_label: str,
    value_format: ValueFormat,
    missing: str,
) -> Table:
    compared = any(column.comparison is not None for column in columns)
    rows = tuple(
        (
            f"{column.label}, so far" if column.partial else column.label,
            *(_cell(value, value_format, missing) for value in column.values),
            _cell(summary.column_total(column), value_format, missing),
            *((_cell(column.comparison, value_format, missing),) if compared else ()),
        )
        for column in columns
    )
    last = (comparison_label or "Compared",) if compared else ()
    return Table((head, *(part.label for part in parts), "Total", *last), rows)


def _cell(value: float | None, value_format: ValueFormat, missing: str) -> str:
    return missing if value is None else value_format(value)
