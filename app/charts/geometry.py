"""pygal's projection behind one adapter: values in, the geometry of bars and lines out.

Only its projection is used. Its drawings carry a script, a style sheet, a dated comment and random ids, and take
milliseconds each; the house's own drawing gives the marks their colours, axes and words. Lengths are px inside a box of
the given width and height.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pygal.view import Box as Bounds
from pygal.view import View

# pygal leaves a finder of the old protocol behind, at which importers that ask every finder stumble.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

# Bars take two thirds of their slot.
_SLOT_MARGIN = 1 / 6
_WIDEST = 96  # of a bar: one or two of them are bars, not walls
# An upper end of exactly zero counts as "none given".
_ALMOST_ZERO = 1e-12


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


class _Bounds(Bounds):
    """Bounds without the room that pygal leaves round a plot."""

    margin = 0.0


def stacked_boxes(parts: Sequence[Sequence[float | None]], area: Area) -> list[list[Box | None]]:
    """A box for each part and column, None where there is nothing to draw. `parts[p][c]` is non-negative or None."""
    view, count = _view(area), len(parts[0])
    stood = [0.0] * count
    boxes = []
    for values in parts:
        boxes.append(
            [
                _standing(view, column, count, stood[column], value) if value else None
                for column, value in enumerate(values)
            ]
        )
        stood = [below + (value or 0) for below, value in zip(stood, values, strict=True)]
    return boxes


def bar_boxes(values: Sequence[float | None], area: Area) -> list[Box | None]:
    """A standing bar for each value, from zero."""
    view = _view(area)
    return [
        None if value is None else _standing(view, place, len(values), 0, value) for place, value in enumerate(values)
    ]


def horizontal_bar_boxes(values: Sequence[float | None], area: Area) -> list[Box | None]:
    """A lying bar for each value, from zero, the first on top."""
    turned = Area(area.height, area.width, area.low, area.high)
    return [
        None if box is None else Box(area.width - box.y - box.height, box.x, box.height, box.width)
        for box in bar_boxes(values, turned)
    ]


def line_runs(values: Sequence[float | None], area: Area) -> list[list[tuple[float, float]]]:
    """The unbroken runs of two or more points; the first slot is at 0, the last at the full width."""
    view, last = _view(area), max(len(values) - 1, 1)
    return [[view((place / last, value)) for place, value in run] for run in _runs(values) if len(run) > 1]


def _view(area: Area) -> View:
    return View(area.width, area.height, _Bounds(0, area.low, 1, area.high or _ALMOST_ZERO))


def _standing(view: View, place: int, places: int, start: float, value: float) -> Box:
    """The bar of one place, from where it starts as far as its value reaches."""
    left, right = ((place + share) / places for share in (_SLOT_MARGIN, 1 - _SLOT_MARGIN))
    ends = view.y(start), view.y(start + value)
    width = min(view.x(right) - view.x(left), _WIDEST)
    middle = (view.x(left) + view.x(right)) / 2
    return Box(middle - width / 2, min(ends), width, abs(ends[0] - ends[1]))


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    run: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is None:
            yield run
            run = []
        else:
            run.append((place, value))
    yield run
