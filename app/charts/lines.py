"""One to four lines over time, told apart by colour, dash and mark, each named at its right end."""

from collections.abc import Sequence
from functools import partial

from app.charts import summary
from app.charts.events import draw_events
from app.charts.frame import (
    EndLabel,
    Frame,
    draw_axis,
    draw_axis_start,
    draw_end_labels,
    draw_grid,
    draw_partial,
    draw_slot_labels,
    fit_frame,
)
from app.charts.geometry import Area, line_runs
from app.charts.marks import LIMIT_DASH, SERIES_DASHES, SERIES_TOKENS, draw_open, draw_series_mark, polyline
from app.charts.measure import shorten
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import value_scale
from app.charts.types import WIDE, Chart, Event, Series, Size, Slot, Table, ValueFormat

_MOST_SERIES = 4
_MARK_PITCH = 16.0
_LABEL_SHARE = 0.28
_SAMPLE = "    "


def line(
    slots: Sequence[Slot],
    series: Sequence[Series],
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    comparison: Series | None = None,
    band: tuple[Series, Series] | None = None,
    events: Sequence[Event] = (),
    head: str = "Period",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    missing: str = "not recorded",
    empty: str = "No figures for this period.",
) -> Chart:
    """One value a slot for each line, None for a gap. `band`: the lower and the upper edge of a range, as a ground.

    ValueError for more than four lines or uneven lengths.
    """
    drawn = [*series, comparison] if comparison else list(series)
    all_of = [*drawn, *(band or ())]
    _check(slots, series, all_of)
    table = _table(slots, all_of, head, value_format, missing)
    known = [value for item in all_of for value in item.values if value is not None]
    if not any(value is not None for item in series for value in item.values):
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    scale = value_scale(known, value_format, from_zero=False)
    room = size.width * _LABEL_SHARE
    names = [shorten(item.label, room, drawing.text_size) for item in drawn]
    labels = [] if len(drawn) == 1 else [_SAMPLE + name for name in names]
    frame = fit_frame(drawing, scale, len(slots), above=drawing.scaled(24 if events else 10), end_labels=labels)
    if band:
        _draw_band(drawing, frame, band)
    draw_grid(drawing, frame)
    draw_partial(drawing, frame, slots)
    event_notes = draw_events(drawing, frame, slots, events)
    corner = draw_axis_start(drawing, frame)
    draw_axis(drawing, frame)
    draw_slot_labels(drawing, frame, slots)
    if comparison:
        _draw_runs(drawing, frame, comparison.values, "common", "3 3", 1.4)
    for index, item in enumerate(series):
        _draw_series(drawing, frame, slots, item.values, index)
    if labels:
        draw_end_labels(drawing, frame, _end_labels(drawing, frame, drawn, names, len(series)))
    notes = ((corner,) if corner else ()) + event_notes
    return Chart(drawing.render(), title, summary.lines(slots, series, value_format, head), table, notes)


def _check(slots: Sequence[Slot], series: Sequence[Series], all_of: Sequence[Series]) -> None:
    if not 1 <= len(series) <= _MOST_SERIES:
        raise ValueError("one to four lines; draw more as small multiples")
    if any(len(item.values) != len(slots) for item in all_of):
        raise ValueError("every line needs one value for each slot")


def _draw_band(drawing: Drawing, frame: Frame, band: tuple[Series, Series]) -> None:
    for position, (low, high) in enumerate(zip(band[0].values, band[1].values, strict=True)):
        if low is not None and high is not None:
            left = frame.x(position) - frame.slot / 2
            drawing.rect(left, frame.y(high), frame.slot, frame.y(low) - frame.y(high), "common-soft")
    for edge in band:
        _draw_runs(drawing, frame, edge.values, "common", LIMIT_DASH, 1)


def _draw_runs(
    drawing: Drawing, frame: Frame, values: Sequence[float | None], colour: str, dash: str | None, width: float
) -> None:
    area = Area(frame.slot * (len(values) - 1), frame.height, frame.scale.low, frame.scale.high)
    for run in line_runs(values, area):
        shifted = [(frame.x(0) + x, frame.top + y) for x, y in run]
        drawing.path(polyline(shifted), colour, stroke_width=width, dash=dash, round_joins=True)


def _draw_series(
    drawing: Drawing, frame: Frame, slots: Sequence[Slot], values: Sequence[float | None], index: int
) -> None:
    colour = SERIES_TOKENS[index]
    complete = [None if slot.partial else value for slot, value in zip(slots, values, strict=True)]
    _draw_runs(drawing, frame, complete, colour, SERIES_DASHES[index], 1.8)
    end = len(slots) - 1
    if slots[-1].partial and end > 0 and values[-1] is not None and (before := values[-2]) is not None:
        drawing.line(
            frame.x(end - 1), frame.y(before), frame.x(end), frame.y(values[-1]), colour, stroke_width=1.6, dash="1.5 2"
        )
    every = max(1, round(drawing.scaled(_MARK_PITCH) / frame.slot))
    for position, (slot, value) in enumerate(zip(slots, values, strict=True)):
        if value is None:
            continue
        x, y = frame.x(position), frame.y(value)
        if slot.partial:
            draw_open(drawing, x, y, drawing.scaled(3.4), colour)
        elif position % every == 0 or _alone(complete, position):
            draw_series_mark(drawing, x, y, index)


def _alone(values: Sequence[float | None], position: int) -> bool:
    """A point between two gaps has no line, so its mark is all there is."""
    around = [*values[max(position - 1, 0) : position], *values[position + 1 : position + 2]]
    return all(value is None for value in around)


def _end_labels(
    drawing: Drawing, frame: Frame, drawn: Sequence[Series], names: Sequence[str], own: int
) -> list[EndLabel]:
    labels = []
    for index, (item, name) in enumerate(zip(drawn, names, strict=True)):
        last = next((value for value in reversed(item.values) if value is not None), None)
        if last is not None:
            mark = partial(_draw_mark, drawing, index) if index < own else partial(_draw_dash, drawing)
            labels.append(EndLabel(frame.y(last), name, "ink2" if index < own else "ink3", mark=mark))
    return labels


def _draw_mark(drawing: Drawing, index: int, x: float, y: float) -> None:
    draw_series_mark(drawing, x, y, index)


def _draw_dash(drawing: Drawing, x: float, y: float) -> None:
    half = drawing.scaled(4)
    drawing.line(x - half, y, x + half, y, "common", stroke_width=1.4, dash="3 2")


def _table(slots: Sequence[Slot], drawn: Sequence[Series], head: str, value_format: ValueFormat, missing: str) -> Table:
    rows = tuple(
        (
            f"{slot.label}, so far" if slot.partial else slot.label,
            *(missing if (v := item.values[index]) is None else value_format(v) for item in drawn),
        )
        for index, slot in enumerate(slots)
    )
    return Table((head, *(item.label for item in drawn)), rows)
