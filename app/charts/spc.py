"""The control chart (XmR): points, mean, natural process limits, target, events, and the period not over yet."""

from collections.abc import Sequence

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
from app.charts.marks import LIMIT_DASH, TARGET_DASH, draw_open, draw_signal, mark_radius, polyline
from app.charts.measure import text_width
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import value_scale
from app.charts.types import (
    WIDE,
    Chart,
    Event,
    Judgement,
    Limits,
    Point,
    Signal,
    Size,
    Slot,
    Table,
    Target,
    ValueFormat,
)

_TRIAL_BELOW = 12
_READINGS = {
    Signal.COMMON: "common cause",
    Signal.IMPROVEMENT: "improvement",
    Signal.CONCERN: "concern",
    Signal.NEUTRAL: "change",
}
_WORD_TOKENS = {
    Signal.COMMON: "ink",
    Signal.IMPROVEMENT: "improve",
    Signal.CONCERN: "concern",
    Signal.NEUTRAL: "neutral",
}


def spc(
    points: Sequence[Point],
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    limits: Sequence[Limits] = (),
    target: Target | None = None,
    events: Sequence[Event] = (),
    reading: Judgement | None = None,
    theme: Theme = SCREEN,
    size: Size = WIDE,
    empty: str = "No figures for this period.",
) -> Chart:
    """Points oldest first, limits in the order of their spans; the last limits are labelled.

    `reading` adds the rules' verdict to the summary; leave it out where the page shows the verdict by itself.
    """
    table = _table(points, limits, value_format)
    known = [point.value for point in points if point.value is not None]
    if not known:
        return Chart("", title, empty, table)
    current = limits[-1] if limits else None
    drawing = Drawing(title, id_prefix, theme, size)
    trial = _trial_words(points, current)
    ends = _end_texts(drawing, current, target, value_format, bool(trial))
    scale = value_scale([*known, *_reference_values(limits, target)], value_format, from_zero=False)
    frame = fit_frame(
        drawing,
        scale,
        len(points),
        above=drawing.scaled(24 if events else 10),
        end_labels=[text for _, text, *_ in ends],
    )
    slots = [Slot(point.label, point.day, point.partial) for point in points]
    for span in limits:
        _draw_band(drawing, frame, span)
    draw_grid(drawing, frame)
    draw_partial(drawing, frame, slots)
    for span in limits:
        _draw_limits(drawing, frame, span)
    if target:
        y = frame.y(target.value)
        drawing.line(frame.left, y, frame.right, y, "ink", stroke_width=1.4, dash=TARGET_DASH)
    event_notes = draw_events(drawing, frame, slots, events)
    corner = draw_axis_start(drawing, frame)
    draw_axis(drawing, frame)
    draw_slot_labels(drawing, frame, slots)
    _draw_points(drawing, frame, points)
    _draw_last_value(drawing, frame, points, current, value_format, corner or "")
    draw_end_labels(
        drawing, frame, [EndLabel(frame.y(value), text, colour, bold) for value, text, colour, bold in ends]
    )
    sentence = summary.trend(points, current, reading, value_format)
    notes = tuple(note for note in (corner, trial) if note) + event_notes
    return Chart(drawing.render(), title, sentence, table, notes)


def _reference_values(limits: Sequence[Limits], target: Target | None) -> list[float]:
    values = [value for span in limits for value in (span.lower, span.mean, span.upper) if value is not None]
    return [*values, target.value] if target else values


def _end_texts(
    drawing: Drawing, limits: Limits | None, target: Target | None, value_format: ValueFormat, trial: bool
) -> list[tuple[float, str, str, bool]]:
    """Value, words, token and weight of each line's label."""
    word = "" if drawing.size.narrow else " limit"
    labels: list[tuple[float, str, str, bool]] = []
    if limits:
        named = ((limits.upper, f"Upper{word}"), (limits.mean, "Mean"), (limits.lower, f"Lower{word}"))
        labels = [(value, f"{name} {value_format(value)}", "ink3", False) for value, name in named if value is not None]
    if limits and trial:
        labels.append((limits.mean if limits.upper is None else limits.upper, "trial limits", "ink3", False))
    if target:
        sign = f"{target.sign} " if target.sign and not drawing.size.narrow else ""
        labels.append((target.value, f"Target {sign}{value_format(target.value)}", "ink", True))
    return labels


def _span_x(frame: Frame, span: Limits) -> tuple[float, float]:
    last = frame.slots - 1 if span.last is None else span.last
    return frame.left + span.first * frame.slot, frame.left + (last + 1) * frame.slot


def _draw_band(drawing: Drawing, frame: Frame, span: Limits) -> None:
    if span.lower is None or span.upper is None:
        return
    left, right = _span_x(frame, span)
    drawing.rect(left, frame.y(span.upper), right - left, frame.y(span.lower) - frame.y(span.upper), "sunk")


def _draw_limits(drawing: Drawing, frame: Frame, span: Limits) -> None:
    left, right = _span_x(frame, span)
    for value in (span.lower, span.upper):
        if value is not None:
            drawing.line(left, frame.y(value), right, frame.y(value), "common", dash=LIMIT_DASH)
    drawing.line(left, frame.y(span.mean), right, frame.y(span.mean), "control")


def _trial_words(points: Sequence[Point], limits: Limits | None) -> str | None:
    """Says that limits rest on too few points to be more than a trial."""
    if limits is None:
        return None
    last = len(points) if limits.last is None else limits.last + 1
    complete = sum(point.value is not None and not point.partial for point in points[limits.first : last])
    basis = complete if limits.basis is None else limits.basis
    return f"trial limits, {basis} points" if basis < _TRIAL_BELOW else None


def _draw_points(drawing: Drawing, frame: Frame, points: Sequence[Point]) -> None:
    values = [None if point.partial else point.value for point in points]
    area = Area(frame.slot * (len(points) - 1), frame.height, frame.scale.low, frame.scale.high)
    for run in line_runs(values, area):
        shifted = [(frame.x(0) + x, frame.top + y) for x, y in run]
        drawing.path(polyline(shifted), "common", stroke_width=1.4, round_joins=True)
    _draw_join(drawing, frame, points)
    radius = mark_radius(drawing, frame.slot)
    for index, point in enumerate(points):
        if point.value is None:
            continue
        if point.partial:
            draw_open(drawing, frame.x(index), frame.y(point.value), radius)
        else:
            draw_signal(drawing, frame.x(index), frame.y(point.value), point.signal, radius)


def _draw_join(drawing: Drawing, frame: Frame, points: Sequence[Point]) -> None:
    if len(points) < 2 or not points[-1].partial:
        return
    before, last = points[-2].value, points[-1].value
    if before is None or last is None:
        return
    end = len(points) - 1
    drawing.line(frame.x(end - 1), frame.y(before), frame.x(end), frame.y(last), "ink", stroke_width=1.4, dash="1.5 2")


def _draw_last_value(
    drawing: Drawing,
    frame: Frame,
    points: Sequence[Point],
    limits: Limits | None,
    value_format: ValueFormat,
    corner: str,
) -> None:
    """The last complete figure beside its point, clear of the line: away from the mean, unless the words in the corner
    are there, or it would stand much further from the point than on the other side."""
    index = summary.last_complete(points)
    if index is None or (value := points[index].value) is None:
        return
    words = value_format(value)
    half = text_width(words, drawing.scaled(12), bold=True) / 2
    x = min(frame.x(index), frame.right - half)
    beside = [
        frame.y(point.value)
        for place, point in enumerate(points)
        if point.value is not None and abs(frame.x(place) - x) < half + drawing.scaled(6)
    ]
    under = max(beside) + drawing.scaled(18)
    over = max(min(beside) - drawing.scaled(9), frame.top + drawing.scaled(8))
    corner_ends = frame.left + drawing.scaled(6) + text_width(corner, drawing.text_size)
    floor = frame.bottom - drawing.scaled(16 if x - half < corner_ends else 3)
    further = (under - frame.y(value)) - (frame.y(value) - over)
    away = limits is not None and value < limits.mean
    is_under = further <= drawing.scaled(30) if away else further < -drawing.scaled(30)
    y = under if is_under and under <= floor else over
    colour = _WORD_TOKENS[points[index].signal]
    drawing.text(x, y, words, anchor="middle", colour=colour, size=12, bold=True, halo=True)


def _table(points: Sequence[Point], limits: Sequence[Limits], value_format: ValueFormat) -> Table:
    cells = [_limit_cells(span, value_format) for span in limits]
    rows = tuple(
        (
            f"{point.label}, so far" if point.partial else point.label,
            point.reason if point.value is None else value_format(point.value),
            *_in_force(index, limits, cells),
            "" if point.value is None or point.partial else _READINGS[point.signal],
        )
        for index, point in enumerate(points)
    )
    names = ("Mean", "Lower limit", "Upper limit") if limits else ()
    return Table(("Period", "Value", *names, "Judgement"), rows)


def _limit_cells(span: Limits, value_format: ValueFormat) -> tuple[str, ...]:
    return tuple("" if value is None else value_format(value) for value in (span.mean, span.lower, span.upper))


def _in_force(index: int, limits: Sequence[Limits], cells: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The cells of the limits that hold at a point."""
    for span, words in zip(limits, cells, strict=True):
        if span.first <= index and (span.last is None or index <= span.last):
            return words
    return ("", "", "") if limits else ()
