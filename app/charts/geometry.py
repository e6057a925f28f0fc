"""pygal behind one adapter: values in, the geometry of bars and lines out.

pygal lays the marks out; its script, style sheet, dated comment and random ids stay behind, and the house's own
drawing gives the marks their colours, axes and words. Lengths are px inside a box of the given width and height.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import pygal
from pygal.graph.graph import Graph

# pygal leaves a finder of the old protocol behind, at which importers that ask every finder stumble.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

# pygal widens its box by this share on every side; asking for that much more leaves the inner box as wanted.
_PADDING = 0.02
# Bars take two thirds of their slot.
_SLOT_MARGIN = 1 / 6
# An upper end of exactly zero counts as "none given".
_ALMOST_ZERO = 1e-12
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@dataclass(frozen=True)
class Box:
    """A rectangle; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Area:
    """Where to plot: a width, a height and the value range."""

    width: float
    height: float
    low: float
    high: float


def stacked_boxes(parts: Sequence[Sequence[float | None]], area: Area) -> list[list[Box | None]]:
    """A box for each part and column, None where there is nothing to draw. `parts[p][c]` is non-negative or None."""
    boxes = [_boxes(series, area) for series in _series(_render(pygal.StackedBar, parts, area))]
    return [
        [box if value else None for value, box in zip(values, part, strict=True)]
        for values, part in zip(parts, boxes, strict=True)
    ]


def bar_boxes(values: Sequence[float | None], area: Area) -> list[Box | None]:
    """A standing bar for each value, from zero."""
    return _in_gaps(values, _boxes(next(_series(_render(pygal.Bar, [values], area))), area))


def horizontal_bar_boxes(values: Sequence[float | None], area: Area) -> list[Box | None]:
    """A lying bar for each value, from zero, the first on top."""
    upwards = list(reversed(values))
    boxes = _boxes(next(_series(_render(pygal.HorizontalBar, [upwards], area))), area)
    return list(reversed(_in_gaps(upwards, boxes)))


def line_runs(values: Sequence[float | None], area: Area) -> list[list[tuple[float, float]]]:
    """The unbroken runs of two or more points; the first slot is at 0, the last at the full width."""
    if all(value is None for value in values):
        return []
    series = next(_series(_render(pygal.Line, [values], area, allow_interruptions=True)))
    return [_points(path.attrib["d"], area) for path in series.iter("path")]


def _render(kind: type[Graph], series: Sequence[Sequence[float | None]], area: Area, **options: bool) -> Element:
    chart = kind(
        width=area.width * (1 + 2 * _PADDING),
        height=area.height * (1 + 2 * _PADDING),
        margin=0,
        spacing=0,
        range=(area.low, area.high or _ALMOST_ZERO),
        explicit_size=True,
        js=(),
        css=(),
        no_prefix=True,
        show_legend=False,
        show_x_labels=False,
        show_y_labels=False,
        show_x_guides=False,
        show_y_guides=False,
        **options,
    )
    chart.uuid = "chart"
    # No option sets the width of bars.
    chart._series_margin, chart._serie_margin = _SLOT_MARGIN, 0
    for values in series:
        chart.add("", list(values))
    tree: Element = chart.render_tree()
    return tree


def _series(tree: Element) -> Iterator[Element]:
    """The groups that hold the marks of each series; the overlays repeat the groups without bars and lines."""
    plot = next(group for group in tree.iter("g") if group.get("class") == "plot")
    return (group for group in plot.iter("g") if (group.get("class") or "").startswith("series "))


def _boxes(series: Element, area: Area) -> list[Box]:
    left, top = area.width * _PADDING, area.height * _PADDING
    return [
        Box(float(rect.attrib["x"]) - left, float(rect.attrib["y"]) - top, *_upright(rect))
        for rect in series.iter("rect")
    ]


def _upright(rect: Element) -> tuple[float, float]:
    return float(rect.attrib["width"]), float(rect.attrib["height"])


def _in_gaps(values: Sequence[float | None], boxes: Sequence[Box]) -> list[Box | None]:
    drawn = iter(boxes)
    return [None if value is None else next(drawn) for value in values]


def _points(d: str, area: Area) -> list[tuple[float, float]]:
    numbers = [float(text) for text in _NUMBER.findall(d)]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [(x - area.width * _PADDING, y - area.height * _PADDING) for x, y in pairs]
