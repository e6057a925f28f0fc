"""The plot area every chart with axes shares: positions, gridlines, dates, the unfinished period."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.charts.measure import shorten, text_width
from app.charts.svg import Drawing
from app.charts.ticks import Scale, date_ticks, day_label, hour_label
from app.charts.types import Slot

SO_FAR = "so far"
_LABEL_GAP = 6.0
_LINE_HEIGHT = 13.0


@dataclass(frozen=True)
class Frame:
    """A plot area in drawing px, divided into `slots` equal places."""

    left: float
    top: float
    width: float
    height: float
    slots: int
    scale: Scale

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The horizontal axis."""
        return self.top + self.height

    @property
    def slot(self) -> float:
        """The width of one place."""
        return self.width / self.slots

    def x(self, index: float) -> float:
        """The middle of a place."""
        return self.left + (index + 0.5) * self.slot

    def y(self, value: float) -> float:
        """The height of a value."""
        span = self.scale.high - self.scale.low
        return self.bottom - (value - self.scale.low) / span * self.height


@dataclass(frozen=True)
class EndLabel:
    """A label at the right end of a line; `mark` draws its sample at a position."""

    y: float
    text: str
    colour: str = "ink3"
    bold: bool = False
    mark: Callable[[float, float], None] | None = None


def fit_frame(drawing: Drawing, scale: Scale, slots: int, *, above: float, end_labels: Sequence[str] = ()) -> Frame:
    """A frame with room for the axis figures, `above` over it, the dates under it and labels at its right."""
    size, text = drawing.size, drawing.text_size
    gap = drawing.scaled(_LABEL_GAP)
    left = max(text_width(label, text) for label in scale.labels) + gap + drawing.scaled(2)
    right = max((text_width(label, text) for label in end_labels), default=0.0)
    right = right + gap + drawing.scaled(4) if right else drawing.scaled(4)
    below = drawing.scaled(20)
    return Frame(left, above, size.width - left - right, size.height - above - below, slots, scale)


def draw_grid(drawing: Drawing, frame: Frame, *, skip_axis: bool = True) -> None:
    """Gridlines with their figures on the left; the axis itself is drawn by `draw_axis`."""
    for tick, label in zip(frame.scale.ticks, frame.scale.labels, strict=True):
        y = frame.y(tick)
        if not (skip_axis and abs(y - frame.bottom) < 0.01):
            drawing.line(frame.left, y, frame.right, y, "line")
        drawing.text(frame.left - drawing.scaled(_LABEL_GAP), y + drawing.text_size * 0.36, label, anchor="end")


def draw_axis(drawing: Drawing, frame: Frame, at: float | None = None) -> None:
    """The horizontal axis, at the bottom or at a value."""
    y = frame.bottom if at is None else frame.y(at)
    drawing.line(frame.left, y, frame.right, y, "control")


def draw_axis_start(drawing: Drawing, frame: Frame) -> str | None:
    """Says in the corner where an axis starts that does not start at zero, and returns that sentence."""
    if frame.scale.low == 0:
        return None
    words = f"axis starts at {frame.scale.start}"
    drawing.text(frame.left + drawing.scaled(3), frame.bottom - drawing.scaled(4), words, halo=True)
    return words


def draw_partial(drawing: Drawing, frame: Frame, slots: Sequence[Slot]) -> None:
    """Hatches the places of periods that are not over."""
    for index, slot in enumerate(slots):
        if slot.partial:
            drawing.rect(frame.left + index * frame.slot, frame.top, frame.slot, frame.height, drawing.hatch("line"))


def draw_slot_labels(drawing: Drawing, frame: Frame, slots: Sequence[Slot], *, say_so_far: bool = True) -> None:
    """Dates at the first of a month, or every label; those that would touch their neighbour are dropped."""
    y = frame.bottom + drawing.scaled(15)
    taken = _draw_so_far(drawing, frame, slots, y) if say_so_far else frame.right + drawing.size.width
    ticks = date_ticks([slot.day for slot in slots])
    every = not ticks or len(ticks) >= len(slots) - 1
    labels = _slot_texts(drawing, slots, ticks, every)
    for index in _without_touching(drawing, frame, labels, taken, even=every):
        if not every:
            drawing.line(frame.x(index), frame.bottom, frame.x(index), frame.bottom + drawing.scaled(4), "control")
        drawing.text(_inside(drawing, frame.x(index), labels[index]), y, labels[index], anchor="middle")


def draw_end_labels(drawing: Drawing, frame: Frame, labels: Sequence[EndLabel]) -> None:
    """Labels at the right, moved apart where they would touch, never off the plot."""
    step = drawing.scaled(_LINE_HEIGHT)
    x = frame.right + drawing.scaled(_LABEL_GAP)
    ordered = sorted(labels, key=lambda label: label.y)
    heights = _spread([label.y for label in ordered], step, frame.top, frame.bottom)
    for label, y in zip(ordered, heights, strict=True):
        start = x
        if label.mark is not None:
            label.mark(x + drawing.scaled(4), y)
            start += drawing.scaled(12)
        drawing.text(start, y + drawing.text_size * 0.36, label.text, colour=label.colour, bold=label.bold)


def _draw_so_far(drawing: Drawing, frame: Frame, slots: Sequence[Slot], y: float) -> float:
    """Writes "so far" under the unfinished period; returns where its text begins."""
    if not slots[-1].partial:
        return frame.right + drawing.size.width
    x = frame.right
    drawing.text(x, y, SO_FAR, anchor="end")
    return x - text_width(SO_FAR, drawing.text_size)


def _slot_texts(drawing: Drawing, slots: Sequence[Slot], ticks: Sequence[int], every: bool) -> dict[int, str]:
    if every:
        widest = drawing.scaled(90)
        return {
            index: shorten(hour_label(slot.label, drawing.size.narrow), widest, drawing.text_size)
            for index, slot in enumerate(slots)
        }
    days = {index: slots[index].day for index in ticks}
    return {index: day_label(day) for index, day in days.items() if day is not None}


def _without_touching(drawing: Drawing, frame: Frame, labels: dict[int, str], taken: float, *, even: bool) -> list[int]:
    """The labels to keep: each second, third ... where every place has one, else all that fit from the left."""
    gap = drawing.scaled(5)
    if even:
        widest = max(text_width(text, drawing.text_size) for text in labels.values()) + gap
        step = max(1, int(-(-widest // frame.slot)))
        labels = {index: text for index, text in labels.items() if index % step == 0}
    kept, end = [], 0.0
    for index, text in labels.items():
        half = text_width(text, drawing.text_size) / 2
        centre = _inside(drawing, frame.x(index), text)
        if centre - half >= end and centre + half + gap <= taken:
            kept.append(index)
            end = centre + half + gap
    return kept


def _inside(drawing: Drawing, x: float, text: str) -> float:
    half = text_width(text, drawing.text_size) / 2
    return min(max(x, half), drawing.size.width - half)


def _spread(heights: Sequence[float], step: float, top: float, bottom: float) -> list[float]:
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + step) if placed else max(height, top))
    limit = bottom
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - step
    return placed
