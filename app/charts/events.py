"""What happened when: vertical lines on a time axis, with a label or a number."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from app.charts.frame import Frame
from app.charts.measure import text_width
from app.charts.svg import Drawing
from app.charts.ticks import day_label
from app.charts.types import Event, Slot


def draw_events(drawing: Drawing, frame: Frame, slots: Sequence[Slot], events: Sequence[Event]) -> tuple[str, ...]:
    """Event lines with a label where there is room, else a number; returns the sentences of the numbers."""
    placed = sorted(
        ((x, event) for event in events if (x := _event_x(frame, slots, event.day)) is not None),
        key=lambda item: item[0],
    )
    groups = _near(placed, drawing.scaled(40))
    notes: list[str] = []
    free = 0.0
    for position, group in enumerate(groups):
        following = groups[position + 1][0][0] if position + 1 < len(groups) else drawing.size.width
        for x, _ in group:
            _draw_event_line(drawing, frame, x)
        label = _event_label(drawing, group, free, following) if len(group) == 1 else None
        if label is None:
            notes.append(f"{len(notes) + 1}: {'; '.join(_event_words(event) for _, event in group)}")
            words = str(len(notes))
            label = (group[-1][0] + drawing.scaled(8), "start", words)
        x, anchor, words = label
        drawing.text(x, frame.top - drawing.scaled(8), words, anchor=anchor, colour="ink2", halo=True)
        free = x + (text_width(words, drawing.text_size) if anchor == "start" else drawing.scaled(12))
    return tuple(notes)


def _event_x(frame: Frame, slots: Sequence[Slot], day: date) -> float | None:
    """A place begins on its day and ends where the next begins; the last is as long as the one before."""
    dated = [(index, slot.day) for index, slot in enumerate(slots) if slot.day is not None]
    if not dated or day < dated[0][1]:
        return None
    spans = [(later - earlier).days for (_, earlier), (_, later) in pairwise(dated)]
    length = spans[-1] if spans else 1
    for (index, start), days in zip(reversed(dated), reversed([*spans, length]), strict=True):
        if day >= start:
            share = (day - start).days / max(days, 1)
            return None if share >= 1 else frame.left + (index + share) * frame.slot
    return None


def _near(placed: Sequence[tuple[float, Event]], distance: float) -> list[list[tuple[float, Event]]]:
    groups: list[list[tuple[float, Event]]] = []
    for item in placed:
        if groups and item[0] - groups[-1][-1][0] < distance:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _draw_event_line(drawing: Drawing, frame: Frame, x: float) -> None:
    tip, half, tall = frame.top - drawing.scaled(6), drawing.scaled(4), drawing.scaled(6)
    drawing.line(x, tip, x, frame.bottom, "ink2")
    drawing.path(f"M{x - half:.1f} {tip - tall:.1f}h{2 * half:.1f}L{x:.1f} {tip:.1f}z", fill="ink2")


def _event_words(event: Event) -> str:
    return f"{day_label(event.day)}: {event.label}"


def _event_label(
    drawing: Drawing, group: Sequence[tuple[float, Event]], free: float, following: float
) -> tuple[float, str, str] | None:
    """Position, anchor and words of a lone event's label; None where neither side has room."""
    x, event = group[0]
    gap = drawing.scaled(8)
    for words in filter(None, (_event_words(event), event.short and f"{day_label(event.day)}: {event.short}")):
        width = text_width(words, drawing.text_size)
        if x - gap - width >= free:
            return x - gap, "end", words
        if x + gap + width <= following - gap:
            return x + gap, "start", words
    return None
