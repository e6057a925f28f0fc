"""The trend of a tile in less than a kilobyte: band, mean, line, last point, signals."""

from collections.abc import Sequence

from app.charts import summary
from app.charts.marks import SIGNAL_TOKENS
from app.charts.svg import Attribute, element, number
from app.charts.theme import SCREEN, Theme
from app.charts.types import Chart, Limits, Point, Reading, Signal, Size, Table, ValueFormat

SPARK = Size(104, 34)
_ROOM = 4.0


def sparkline(
    points: Sequence[Point],
    *,
    title: str,
    value_format: ValueFormat,
    limits: Limits | None = None,
    reading: Reading | None = None,
    theme: Theme = SCREEN,
    size: Size = SPARK,
    empty: str = "No figures yet.",
) -> Chart:
    """Points oldest first; up to 60 stay under 1 kB. It needs no id prefix, for it declares nothing."""
    table = Table(
        ("Period", "Value"),
        tuple((point.label, point.reason if point.value is None else value_format(point.value)) for point in points),
    )
    known = [point.value for point in points if point.value is not None]
    if not known:
        return Chart("", title, empty, table)
    places = _places(points, limits, known, size)
    body = _band(limits, known, theme, size) + _runs(places, theme, size)
    body += _signals(points, places, theme, size) + _last(points, places, theme, size)
    svg = element(
        "svg",
        element("g", body, aria_hidden="true"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(size.width)} {number(size.height)}",
        width=size.width,
        height=size.height,
        role="img",
        aria_label=title,
    )
    return Chart(svg, title, summary.trend(points, limits, reading, value_format), table)


def _range(limits: Limits | None, known: Sequence[float]) -> tuple[float, float]:
    values = [
        *known,
        *(value for value in (limits and (limits.lower, limits.mean, limits.upper)) or () if value is not None),
    ]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _height(value: float, limits: Limits | None, known: Sequence[float], size: Size) -> float:
    low, high = _range(limits, known)
    room = _ROOM * size.scale
    return room + (high - value) / (high - low) * (size.height - 2 * room)


def _places(
    points: Sequence[Point], limits: Limits | None, known: Sequence[float], size: Size
) -> list[tuple[float, float] | None]:
    room = _ROOM * size.scale
    step = (size.width - 2 * room) / max(len(points) - 1, 1)
    return [
        None if point.value is None else (room + index * step, _height(point.value, limits, known, size))
        for index, point in enumerate(points)
    ]


def _band(limits: Limits | None, known: Sequence[float], theme: Theme, size: Size) -> str:
    if limits is None:
        return ""
    mean = number(_height(limits.mean, limits, known, size), 1)
    line = element(
        "path",
        d=f"M0 {mean}H{number(size.width)}",
        stroke=theme.colour("control"),
        stroke_width=size.scale,
        stroke_dasharray=f"{number(2 * size.scale)}",
    )
    if limits.lower is None or limits.upper is None:
        return line
    top, bottom = (_height(value, limits, known, size) for value in (limits.upper, limits.lower))
    band = element(
        "rect", y=round(top, 1), width=size.width, height=round(bottom - top, 1), fill=theme.colour("common-soft")
    )
    return band + line


def _runs(places: Sequence[tuple[float, float] | None], theme: Theme, size: Size) -> str:
    """The line, broken at gaps; relative whole tenths keep it short."""
    d, before = "", None
    for place in places:
        here = place and (round(place[0], 1), round(place[1], 1))
        if here and before:
            d += f"l{number(here[0] - before[0], 1)} {number(here[1] - before[1], 1)}"
        elif here:
            d += f"M{number(here[0], 1)} {number(here[1], 1)}"
        before = here
    return element(
        "path", d=d.replace(" -", "-"), fill="none", stroke=theme.colour("common"), stroke_width=1.3 * size.scale
    )


def _signals(points: Sequence[Point], places: Sequence[tuple[float, float] | None], theme: Theme, size: Size) -> str:
    """All points of one kind in one path: discs, diamonds, hexagons."""
    written = ""
    for signal in (Signal.IMPROVEMENT, Signal.CONCERN, Signal.NEUTRAL):
        chosen = [place for point, place in zip(points, places, strict=True) if place and point.signal is signal]
        if chosen:
            written += element(
                "path",
                d="".join(_shape(signal, x, y, size.scale) for x, y in chosen),
                fill=theme.colour(SIGNAL_TOKENS[signal]),
            )
    return written


def _last(points: Sequence[Point], places: Sequence[tuple[float, float] | None], theme: Theme, size: Size) -> str:
    """The last point in ink; open while its period is not over; a signal keeps its own mark."""
    point, place = points[-1], places[-1]
    if place is None or (point.signal is not Signal.COMMON and not point.partial):
        return ""
    ink = theme.colour("ink")
    open_ring: dict[str, Attribute] = {"stroke": ink, "stroke_width": 1.3 * size.scale} if point.partial else {}
    return element(
        "circle",
        cx=round(place[0], 1),
        cy=round(place[1], 1),
        r=2.4 * size.scale,
        fill=theme.colour("surface") if point.partial else ink,
        **open_ring,
    )


def _shape(signal: Signal, x: float, y: float, scale: float) -> str:
    if signal is Signal.IMPROVEMENT:
        r = number(2 * scale, 1)
        width = number(4 * scale, 1)
        return f"M{number(x - 2 * scale, 1)} {number(y, 1)}a{r} {r} 0 0 0 {width} 0a{r} {r} 0 0 0-{width} 0"
    if signal is Signal.CONCERN:
        r = number(2.8 * scale, 1)
        return f"M{number(x, 1)} {number(y - 2.8 * scale, 1)}l{r} {r}-{r} {r}-{r}-{r}z"
    r, h, w = number(1.2 * scale, 1), number(2.2 * scale, 1), number(2.4 * scale, 1)
    return f"M{number(x - 1.2 * scale, 1)} {number(y - 2.2 * scale, 1)}h{w}l{r} {h}-{r} {h}h-{w}l-{r}-{h}z"
