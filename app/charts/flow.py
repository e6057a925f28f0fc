"""Counts as parts of a whole: the day's flow, the way from booked to result, rooms as squares."""

from collections.abc import Sequence

from app.charts import summary
from app.charts.measure import text_width
from app.charts.svg import Drawing, number
from app.charts.theme import SCREEN, Theme
from app.charts.types import Chart, Segment, Size, Table

FLOW = Size(1000, 20)
FLOW_NARROW = Size(310, 20)
FLOW_WALL = Size(1820, 54, 2.8)
BREAKDOWN = Size(560, 178)
BREAKDOWN_NARROW = Size(310, 178)
ROOMS_WALL = Size(458, 116, 2.8)
_GAP = 2.0
_CORNER = 2.0


def flow_bar(
    segments: Sequence[Segment],
    *,
    title: str,
    id_prefix: str,
    whole: str = "",
    theme: Theme = SCREEN,
    size: Size = FLOW,
    empty: str = "No appointments on this day.",
) -> Chart:
    """Segments in true proportion, in order; those of 0 are left out. `whole` names the sum in the table ("booked")."""
    table = _sum_table(segments, whole)
    if not any(segment.value for segment in segments):
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    _draw_parts(drawing, segments, 0, 0, size.width, size.height)
    return Chart(drawing.render(), title, summary.flow(segments), table)


def booked_bars(
    booked: Segment,
    counted: Segment,
    results: Sequence[Segment],
    *,
    title: str,
    id_prefix: str,
    left_out_label: str = "left out",
    theme: Theme = SCREEN,
    size: Size = BREAKDOWN,
    empty: str = "No visits were booked.",
) -> Chart:
    """Three bars on one scale: booked, counted with the left out hatched, and the counted by result.

    The results sum to the counted, and no more is counted than booked; else ValueError.
    """
    left_out = booked.value - counted.value
    if left_out < 0 or sum(result.value for result in results) != counted.value:
        raise ValueError("booked, counted and results do not add up")
    rows = (booked, counted, Segment(left_out_label, left_out, "f-later"), *results)
    table = Table(("Visits", "Count"), tuple((row.label, str(row.value)) for row in rows))
    if booked.value == 0:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    bars = ((booked,), (counted, Segment(left_out_label, left_out, "f-later", hatched=True)), tuple(results))
    pitch = size.height / len(bars)
    for index, parts in enumerate(bars):
        width = size.width * sum(part.value for part in parts) / booked.value
        top = index * pitch + drawing.scaled(18)
        _draw_bar_words(drawing, parts, index * pitch + drawing.scaled(12), width)
        if width:
            _draw_parts(drawing, parts, 0, top, width, pitch - drawing.scaled(24))
    told = join_results(results, counted.value)
    sentence = f"{counted.value} of {booked.value} counted, {left_out} left out; {told}."
    return Chart(drawing.render(), title, sentence, table)


def room_squares(
    used: int | None,
    total: int | None,
    *,
    title: str,
    id_prefix: str,
    theme: Theme = SCREEN,
    size: Size = ROOMS_WALL,
    empty: str = "No rooms are recorded.",
) -> Chart:
    """A filled square for each room in use and an open one for each free, in two or more rows."""
    table = Table(("Rooms", "Count"), (("in use", _count(used)), ("all", _count(total))))
    if used is None or not total:
        return Chart("", title, empty, table)
    if not 0 <= used <= total:
        raise ValueError(f"{used} of {total} rooms in use")
    drawing = Drawing(title, id_prefix, theme, size)
    columns, side, gap = _squares(total, size)
    for index in range(total):
        x, y = index % columns * (side + gap), index // columns * (side + gap)
        if index < used:
            drawing.rect(x, y, side, side, "f-room", rx=drawing.scaled(1.5))
        else:
            inset = drawing.scaled(0.5)
            drawing.rect(
                x + inset,
                y + inset,
                side - 2 * inset,
                side - 2 * inset,
                "none",
                stroke="control",
                rx=drawing.scaled(1.5),
            )
    sentence = f"{used} of {total} rooms in use, {total - used} free."
    return Chart(drawing.render(), title, sentence, table)


def join_results(results: Sequence[Segment], counted: int) -> str:
    """The parts of the counted as a sum: "391 = 373 arrived + 18 no-shows"."""
    return f"{counted} = " + " + ".join(f"{result.value} {result.label}" for result in results)


def segment_widths(values: Sequence[int], width: float, gap: float) -> list[float]:
    """Widths in the proportion of the values, with a gap between neighbours taken off first."""
    room = width - gap * (len(values) - 1)
    return [room * value / sum(values) for value in values]


def _draw_parts(drawing: Drawing, segments: Sequence[Segment], x: float, y: float, width: float, height: float) -> None:
    shown = [segment for segment in segments if segment.value]
    gap = drawing.scaled(_GAP)
    for index, (segment, part) in enumerate(
        zip(shown, segment_widths([s.value for s in shown], width, gap), strict=True)
    ):
        _draw_part(drawing, segment, (x, y, part, height), first=index == 0, last=index == len(shown) - 1)
        x += part + gap


def _draw_part(
    drawing: Drawing, segment: Segment, box: tuple[float, float, float, float], *, first: bool, last: bool
) -> None:
    """A part whose outer corners are round where it begins or ends the bar."""
    d = _rounded(*box, drawing.scaled(_CORNER) if first else 0, drawing.scaled(_CORNER) if last else 0)
    drawing.outlined(d, segment.colour)
    if segment.hatched:
        drawing.path(d, fill=drawing.hatch("control"))


def _rounded(x: float, y: float, width: float, height: float, left: float, right: float) -> str:
    left, right = min(left, width / 2), min(right, width / 2)

    def corner(radius: float, dx: float, dy: float) -> str:
        if not radius:
            return ""
        return f"a{number(radius)} {number(radius)} 0 0 1 {number(dx * radius)} {number(dy * radius)}"

    return (
        f"M{number(x + left)} {number(y)}H{number(x + width - right)}{corner(right, 1, 1)}"
        f"V{number(y + height - right)}{corner(right, -1, 1)}H{number(x + left)}{corner(left, -1, -1)}"
        f"V{number(y + left)}{corner(left, 1, -1)}z"
    )


def _draw_bar_words(drawing: Drawing, parts: Sequence[Segment], baseline: float, width: float) -> None:
    """The first part's count at the left, the last one's at the end of the bar, if there is room for both."""
    first = f"{parts[0].value} {parts[0].label}"
    drawing.text(0, baseline, first, colour="ink", bold=True)
    last = parts[-1]
    if len(parts) == 1 or last.value == 0:
        return
    words = f"{last.value} {last.label}"
    clear = text_width(first, drawing.text_size, bold=True) + drawing.scaled(10)
    needed = text_width(words, drawing.text_size, bold=True)
    end = max(width, clear + needed)
    drawing.text(end, baseline, words, anchor="end", colour="ink3" if last.hatched else "ink", bold=not last.hatched)


def _sum_table(segments: Sequence[Segment], whole: str) -> Table:
    rows = tuple((segment.label, str(segment.value)) for segment in segments)
    return Table(("Part", "Count"), (*rows, (whole or "all", str(sum(segment.value for segment in segments)))))


def _squares(total: int, size: Size) -> tuple[int, float, float]:
    """Columns, side and gap of the largest squares that fit."""
    best = (1, 0.0, 0.0)
    for columns in range(1, total + 1):
        rows = -(-total // columns)
        side = min(size.width / (columns + 0.2 * (columns - 1)), size.height / (rows + 0.2 * (rows - 1)))
        if side > best[1]:
            best = (columns, side, 0.2 * side)
    return best


def _count(value: int | None) -> str:
    return "not recorded" if value is None else str(value)
