"""The trend of a tile in less than a kilobyte: band, mean, line, last point, signals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.charts import summary
from app.charts.marks import SIGNAL_TOKENS
from app.charts.svg import Attribute, element
from app.charts.theme import SCREEN, Theme
from app.charts.types import Chart, Judgement, Limits, Point, Signal, Size, Table, ValueFormat

SPARK = Size(104, 34)
_ROOM = 4.0


def sparkline(
    points: Sequence[Point],
    *,
    title: str,
    value_format: ValueFormat,
    limits: Limits | None = None,
    reading: Judgement | None = None,
    theme: Theme = SCREEN,
    size: Size = SPARK,
    empty: str = "No figures yet.",
) -> Chart:
    """Points oldest first; a year of weeks stays under 1 kB. It needs no id prefix, for it declares nothing."""
    table = Table(
        ("Period", "Value"),
        tuple((point.label, point.reason if point.value is None else value_format(point.value)) for point in points),
    )
    known = [point.value for point in points if point.value is not None]
    if not known:
        return Chart("", title, empty, table)
    plot = _Plot.of(points, limits, known, theme, size)
    body = _band(plot, limits) + _runs(plot) + _signals(plot, points) + _last(plot, points)
    svg = element(
        "svg",
        element("g", body, aria_hidden="true", stroke_width=plot.length(1.2)),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_units(size.width)} {_units(size.height)}",
        width=size.width,
        height=size.height,
        role="img",
        aria_label=title,
    )
    return Chart(svg, title, summary.trend(points, limits, reading, value_format), table)


@dataclass(frozen=True)
class _Plot:
    """Where values lie, in whole tenths of a px: no decimal points to write."""

    theme: Theme
    size: Size
    low: float
    high: float
    places: tuple[tuple[int, int] | None, ...]

    @classmethod
    def of(
        cls, points: Sequence[Point], limits: Limits | None, known: Sequence[float], theme: Theme, size: Size
    ) -> "_Plot":
        references = (limits.lower, limits.mean, limits.upper) if limits else ()
        values = [*known, *(value for value in references if value is not None)]
        low, high = min(values), max(values)
        if low == high:
            low, high = low - 0.5, high + 0.5
        plot = cls(theme, size, low, high, ())
        room = _ROOM * size.scale
        step = (size.width - 2 * room) / max(len(points) - 1, 1)
        places = tuple(
            None if point.value is None else (_units(room + index * step), plot.y(point.value))
            for index, point in enumerate(points)
        )
        return replace(plot, places=places)

    def y(self, value: float) -> int:
        room = _ROOM * self.size.scale
        return _units(room + (self.high - value) / (self.high - self.low) * (self.size.height - 2 * room))

    def length(self, px: float) -> int:
        return _units(px * self.size.scale)


def _units(px: float) -> int:
    return round(px * 10)


def _band(plot: _Plot, limits: Limits | None) -> str:
    if limits is None:
        return ""
    width = _units(plot.size.width)
    line = element(
        "path",
        d=f"M0 {plot.y(limits.mean)}h{width}",
        stroke=plot.theme.colour("control"),
        stroke_dasharray=str(plot.length(2)),
    )
    if limits.lower is None or limits.upper is None:
        return line
    top, bottom = plot.y(limits.upper), plot.y(limits.lower)
    return element("rect", y=top, width=width, height=bottom - top, fill=plot.theme.colour("common-soft")) + line


def _runs(plot: _Plot) -> str:
    """The line, broken at gaps."""
    d, before = "", None
    for here in plot.places:
        if here and before:
            d += f"l{here[0] - before[0]} {here[1] - before[1]}"
        elif here:
            d += f"M{here[0]} {here[1]}"
        before = here
    return element(
        "path",
        d=d.replace(" -", "-"),
        fill="none",
        stroke=plot.theme.colour("common"),
    )


def _signals(plot: _Plot, points: Sequence[Point]) -> str:
    """All points of one kind in one path: discs, diamonds, hexagons."""
    written = ""
    for signal in (Signal.IMPROVEMENT, Signal.CONCERN, Signal.NEUTRAL):
        chosen = [place for point, place in zip(points, plot.places, strict=True) if place and point.signal is signal]
        if not chosen:
            continue
        paint = plot.theme.colour(SIGNAL_TOKENS[signal])
        d = "".join(_shape(plot, signal, x, y) for x, y in chosen)
        if signal is Signal.IMPROVEMENT:
            written += element("path", d=d, stroke=paint, stroke_width=plot.length(4.2), stroke_linecap="round")
        else:
            written += element("path", d=d, fill=paint)
    return written


def _shape(plot: _Plot, signal: Signal, x: int, y: int) -> str:
    if signal is Signal.IMPROVEMENT:
        return f"M{x} {y}h1"  # a dot of the round line end
    if signal is Signal.CONCERN:
        r = plot.length(2.8)
        return f"M{x} {y - r}l{r} {r}-{r} {r}-{r}-{r}z"
    half, high = plot.length(1.2), plot.length(2.2)
    return f"M{x - 2 * half} {y}l{half}-{high}h{2 * half}l{half} {high}-{half} {high}h-{2 * half}z"


def _last(plot: _Plot, points: Sequence[Point]) -> str:
    """The last point in ink; open while its period is not over; a signal keeps its own mark."""
    point, place = points[-1], plot.places[-1]
    if place is None or (point.signal is not Signal.COMMON and not point.partial):
        return ""
    ink = plot.theme.colour("ink")
    ring: dict[str, Attribute] = {"stroke": ink} if point.partial else {}
    fill = plot.theme.colour("surface") if point.partial else ink
    return element("circle", cx=place[0], cy=place[1], r=plot.length(2.4), fill=fill, **ring)
