"""The funnel plot: results against volume, with the limits chance alone would keep to. No ranking."""

from collections.abc import Sequence

from app.charts import summary
from app.charts.frame import EndLabel, Frame, draw_axis, draw_axis_start, draw_end_labels, draw_grid, fit_frame
from app.charts.marks import draw_signal, polyline
from app.charts.measure import text_width
from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.ticks import value_scale
from app.charts.types import WIDE, Chart, FunnelLimit, FunnelPoint, Signal, Size, Table, ValueFormat

_ROOM = 1.03  # so far beyond the greatest volume the axis reaches, or its point would touch the names of the lines


def funnel_plot(
    points: Sequence[FunnelPoint],
    limits: Sequence[FunnelLimit],
    mean: float,
    *,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    volume_format: ValueFormat,
    volume_label: str,
    head: str = "Name",
    theme: Theme = SCREEN,
    size: Size = WIDE,
    missing: str = "too few to show",
    empty: str = "No figures for this period.",
) -> Chart:
    """Limits are given, at rising volumes (Spiegelhalter 2005); points without a value are only in the table."""
    table = Table(
        (head, volume_label, "Value"),
        tuple(
            (p.label, volume_format(p.volume), missing if p.value is None else value_format(p.value)) for p in points
        ),
    )
    shown = [(point, point.value) for point in points if point.value is not None]
    if not shown or not limits:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    bounds = [value for limit in limits for value in (limit.lower_998, limit.upper_998)]
    scale = value_scale([*bounds, *(value for _, value in shown), mean], value_format, from_zero=False)
    names = _end_texts(limits[-1], mean, value_format)
    frame = fit_frame(drawing, scale, 1, above=drawing.scaled(10), end_labels=[text for _, text in names])
    volumes = [limit.volume for limit in limits] + [point.volume for point in points]
    across = value_scale(volumes, volume_format, from_zero=True)
    most = max(across.high, max(volumes) * _ROOM)
    draw_grid(drawing, frame)
    _draw_limits(drawing, frame, most, limits, mean)
    draw_axis(drawing, frame)
    room = size.width - text_width(volume_label, drawing.text_size) - drawing.scaled(8)
    for tick, label in zip(across.ticks, across.labels, strict=True):
        ends = _x(frame, most, tick) + text_width(label, drawing.text_size) / 2
        _draw_volume(drawing, frame, most, tick, label if ends <= room else "")
    drawing.text(size.width - drawing.scaled(1), frame.bottom + drawing.scaled(15), volume_label, anchor="end")
    corner = draw_axis_start(drawing, frame)
    for point, value in sorted(shown, key=lambda item: (item[0].named, item[0].signal is not Signal.COMMON)):
        _draw_point(drawing, frame, most, point, value)
    draw_end_labels(drawing, frame, [EndLabel(frame.y(value), text) for value, text in names])
    outside = sum(_is_outside(point, value, limits) for point, value in shown)
    sentence = summary.funnel(points, mean, outside, value_format)
    return Chart(drawing.render(), title, sentence, table, (corner,) if corner else ())


def limits_at(volume: float, limits: Sequence[FunnelLimit]) -> tuple[float, float]:
    """The outer limits at a volume, between the two nearest given ones; beyond the ends, the end's."""
    before = max(
        (limit for limit in limits if limit.volume <= volume), key=lambda limit: limit.volume, default=limits[0]
    )
    after = min(
        (limit for limit in limits if limit.volume >= volume), key=lambda limit: limit.volume, default=limits[-1]
    )
    if after.volume <= before.volume:
        return before.lower_998, before.upper_998
    share = (volume - before.volume) / (after.volume - before.volume)
    return (
        before.lower_998 + share * (after.lower_998 - before.lower_998),
        before.upper_998 + share * (after.upper_998 - before.upper_998),
    )


def _is_outside(point: FunnelPoint, value: float, limits: Sequence[FunnelLimit]) -> bool:
    low, high = limits_at(point.volume, limits)
    return not low <= value <= high


def _end_texts(last: FunnelLimit, mean: float, value_format: ValueFormat) -> list[tuple[float, str]]:
    return [
        (last.upper_998, "99.8% limits"),
        (last.upper_95, "95% limits"),
        (mean, f"All together {value_format(mean)}"),
    ]


def _x(frame: Frame, most: float, volume: float) -> float:
    return frame.left + volume / most * frame.width


def _draw_limits(drawing: Drawing, frame: Frame, most: float, limits: Sequence[FunnelLimit], mean: float) -> None:
    lines = (
        ([limit.upper_998 for limit in limits], "3 3"),
        ([limit.lower_998 for limit in limits], "3 3"),
        ([limit.upper_95 for limit in limits], "1.5 2"),
        ([limit.lower_95 for limit in limits], "1.5 2"),
    )
    for values, dash in lines:
        places = [(_x(frame, most, limit.volume), frame.y(value)) for limit, value in zip(limits, values, strict=True)]
        drawing.path(polyline(places), "common", dash=dash, round_joins=True)
    drawing.line(frame.left, frame.y(mean), frame.right, frame.y(mean), "control")


def _draw_volume(drawing: Drawing, frame: Frame, most: float, tick: float, label: str) -> None:
    x = _x(frame, most, tick)
    drawing.line(x, frame.bottom, x, frame.bottom + drawing.scaled(4), "control")
    drawing.text(x, frame.bottom + drawing.scaled(15), label, anchor="middle")


def _draw_point(drawing: Drawing, frame: Frame, most: float, point: FunnelPoint, value: float) -> None:
    x, y = _x(frame, most, point.volume), frame.y(value)
    if point.named and point.signal is Signal.COMMON:
        drawing.circle(x, y, drawing.scaled(4), "ink")
    else:
        draw_signal(drawing, x, y, point.signal, drawing.scaled(3.4))
    if point.named:
        room = text_width(point.label, drawing.text_size, bold=True) + drawing.scaled(8)
        beside = x + room <= frame.right
        drawing.text(
            x + drawing.scaled(8 if beside else -8),
            y + drawing.text_size * 0.36,
            point.label,
            anchor="start" if beside else "end",
            colour="ink",
            bold=True,
            halo=True,
        )
