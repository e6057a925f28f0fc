"""Marks that tell kinds apart by shape as well as colour: signals of a control chart, series of a line chart."""

from app.charts.svg import Drawing, number
from app.charts.types import Signal

SIGNAL_TOKENS = {
    Signal.COMMON: "common",
    Signal.IMPROVEMENT: "improve",
    Signal.CONCERN: "concern-mark",
    Signal.NEUTRAL: "neutral",
}
SERIES_DASHES = (None, "6 3", "2 2", "8 3 1 3")
SERIES_TOKENS = ("s1", "s2", "s3", "s4")
LIMIT_DASH = "3 3"
TARGET_DASH = "8 3 1 3"


def mark_radius(drawing: Drawing, slot: float) -> float:
    """The radius of points `slot` px apart: smaller where they would touch."""
    return min(drawing.scaled(3.4), max(slot * 0.36, drawing.scaled(1.6)))


def draw_signal(drawing: Drawing, x: float, y: float, signal: Signal, r: float) -> None:
    """Ring for common cause, disc for improvement, diamond for concern, hexagon for a change without direction."""
    colour = SIGNAL_TOKENS[signal]
    if signal is Signal.COMMON:
        drawing.circle(x, y, r, "surface", stroke=colour, stroke_width=1.5)
    elif signal is Signal.IMPROVEMENT:
        drawing.circle(x, y, r + drawing.scaled(0.8), colour, stroke="surface")
    elif signal is Signal.CONCERN:
        drawing.path(diamond(x, y, r * 1.6), "surface", fill=colour)
    else:
        drawing.path(hexagon(x, y, r * 1.35), "surface", fill=colour)


def draw_open(drawing: Drawing, x: float, y: float, r: float, colour: str = "ink") -> None:
    """The open ring of a period that is not over."""
    drawing.circle(x, y, r, "surface", stroke=colour, stroke_width=1.8)


def draw_series_mark(drawing: Drawing, x: float, y: float, index: int) -> None:
    """Disc, square, triangle, diamond for the first to the fourth series."""
    r, colour = drawing.scaled(3.2), SERIES_TOKENS[index]
    if index == 0:
        drawing.circle(x, y, r, colour)
    elif index == 1:
        drawing.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, colour)
    elif index == 2:
        drawing.path(
            f"M{_pair(x, y - r * 1.2)}L{_pair(x + r * 1.15, y + r * 0.85)}H{number(x - r * 1.15)}z", fill=colour
        )
    else:
        drawing.path(diamond(x, y, r * 1.35), fill=colour)


def diamond(x: float, y: float, r: float) -> str:
    """A square on its corner, `r` from the middle to a corner."""
    return f"M{_pair(x, y - r)}L{_pair(x + r, y)}L{_pair(x, y + r)}L{_pair(x - r, y)}z"


def hexagon(x: float, y: float, r: float) -> str:
    """A regular hexagon with corners at its left and right."""
    high, half = r * 0.866, r / 2
    corners = ((r, 0.0), (half, high), (-half, high), (-r, 0.0), (-half, -high), (half, -high))
    return "M" + "L".join(_pair(x + dx, y + dy) for dx, dy in corners) + "z"


def polyline(points: list[tuple[float, float]], digits: int = 2) -> str:
    """The path through points."""
    return "M" + "L".join(f"{number(x, digits)} {number(y, digits)}" for x, y in points)


def _pair(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"
