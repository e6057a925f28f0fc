"""Drawings that stand in a table row: a bullet of median, 90th percentile and target; an estimate with its interval."""

from app.charts.svg import Drawing
from app.charts.theme import SCREEN, Theme
from app.charts.types import Chart, Size, Table, ValueFormat

INLINE = Size(88, 18)


def bullet(
    median: float | None,
    p90: float | None,
    *,
    maximum: float,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    target: float | None = None,
    theme: Theme = SCREEN,
    size: Size = INLINE,
    empty: str = "No waits timed.",
) -> Chart:
    """Bar is the median, thin line with an end mark the 90th percentile, tick the target.

    `maximum` (> 0) ends the scale; give all rows of a table the same. ValueError when a value is beyond it.
    """
    values = [value for value in (median, p90, target) if value is not None]
    _check_scale(0, maximum, values)
    row = tuple("not recorded" if value is None else value_format(value) for value in (median, p90))
    table = Table(("Median", "90th percentile", "Target"), ((*row, "" if target is None else value_format(target)),))
    if median is None:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    middle, unit = size.height / 2, (size.width - drawing.scaled(1)) / maximum
    drawing.line(0, middle, size.width, middle, "line")
    if p90 is not None:
        half = size.height * 0.2
        drawing.line(0, middle, p90 * unit, middle, "f-room", stroke_width=2)
        drawing.line(p90 * unit, middle - half, p90 * unit, middle + half, "s1", stroke_width=1.6)
    half = size.height * 0.2
    drawing.rect(0, middle - half, median * unit, 2 * half, "s1")
    if target is not None:
        half = size.height * 0.4
        drawing.line(target * unit, middle - half, target * unit, middle + half, "surface", stroke_width=4)
        drawing.line(target * unit, middle - half, target * unit, middle + half, "ink", stroke_width=2)
    return Chart(drawing.render(), title, _bullet_sentence(median, p90, target, value_format), table)


def interval(
    value: float | None,
    low: float | None,
    high: float | None,
    *,
    minimum: float,
    maximum: float,
    title: str,
    id_prefix: str,
    value_format: ValueFormat,
    reference: float | None = None,
    theme: Theme = SCREEN,
    size: Size = INLINE,
    empty: str = "Too few to show.",
) -> Chart:
    """A point, its 95% interval and a reference line on a scale from `minimum` to `maximum`, shared by all rows."""
    values = [item for item in (value, low, high, reference) if item is not None]
    _check_scale(minimum, maximum, values)
    cells = tuple("not recorded" if item is None else value_format(item) for item in (value, low, high))
    table = Table(("Value", "From", "To"), (cells,))
    if value is None or low is None or high is None:
        return Chart("", title, empty, table)
    drawing = Drawing(title, id_prefix, theme, size)
    edge, middle = drawing.scaled(4), size.height / 2

    def x(item: float) -> float:
        return edge + (item - minimum) / (maximum - minimum) * (size.width - 2 * edge)

    if reference is not None:
        drawing.line(x(reference), 0, x(reference), size.height, "control")
    half = size.height * 0.17
    drawing.line(x(low), middle, x(high), middle, "ink2")
    for end in (low, high):
        drawing.line(x(end), middle - half, x(end), middle + half, "ink2")
    drawing.circle(x(value), middle, drawing.scaled(3.4), "s1")
    sentence = f"{value_format(value)}, 95% interval {value_format(low)} to {value_format(high)}."
    return Chart(drawing.render(), title, sentence, table)


def _check_scale(minimum: float, maximum: float, values: list[float]) -> None:
    if maximum <= minimum or any(not minimum <= value <= maximum for value in values):
        raise ValueError(f"values beyond the scale {minimum} to {maximum}")


def _bullet_sentence(median: float, p90: float | None, target: float | None, value_format: ValueFormat) -> str:
    words = [f"Median {value_format(median)}"]
    if p90 is not None:
        words.append(f"90th percentile {value_format(p90)}")
    if target is not None:
        words.append(f"target {value_format(target)}")
    return ", ".join(words) + "."
