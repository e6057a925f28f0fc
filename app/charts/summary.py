"""The one sentence over a chart: the figure first, then what it is, then against what."""

import re
from collections.abc import Sequence

from app.charts.types import (
    Bar,
    Column,
    FunnelPoint,
    Judgement,
    Limits,
    Point,
    Series,
    Signal,
    Slot,
    ValueFormat,
)

_WORDS = {Signal.IMPROVEMENT: "Improvement", Signal.CONCERN: "Concern", Signal.NEUTRAL: "Change"}
_MOST_NAMES = 4
_HOUR = re.compile(r"\d\d?:\d\d")
_DAY = re.compile(r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*\b)|\d\d? [A-Z][a-z]{2}")
_WEEK = re.compile(r"[Ww]eek of ")


def reading_sentence(reading: Judgement) -> str:
    """What the rules say: a signal with its rule, or that there is none."""
    word = _WORDS.get(reading.signal)
    if word is None:
        return "No significant change."
    return f"{word}: {reading.rule}." if reading.rule else f"{word}."


def trend(points: Sequence[Point], limits: Limits | None, reading: Judgement | None, value_format: ValueFormat) -> str:
    """The last complete figure against the mean, and the reading where one is given."""
    index = last_complete(points)
    if index is None or (value := points[index].value) is None:
        return "No complete period yet."
    against = f", against a mean of {value_format(limits.mean)}" if limits else ""
    sentence = f"{value_format(value)} {_in(points[index].label)}{against}."
    return f"{sentence} {reading_sentence(reading)}" if reading else sentence


def last_complete(points: Sequence[Point]) -> int | None:
    """The index of the last point that is known and over."""
    complete = (index for index, point in enumerate(points) if point.value is not None and not point.partial)
    return max(complete, default=None)


def fullest(columns: Sequence[Column], value_format: ValueFormat) -> str:
    """The fullest columns and their total, then what is not over yet."""
    totals = {column.label: total for column in columns if (total := column_total(column)) is not None}
    if not totals:
        return "No column is complete."
    most = max(totals.values())
    names = [label for label, total in totals.items() if total == most]
    open_labels = [column.label for column in columns if column.partial]
    if len(names) > _MOST_NAMES:
        sentence = f"{value_format(most)} in each of the {len(names)} fullest."
    else:
        each = " each" if len(names) > 1 else ""
        sentence = f"Fullest {_preposition(names[0])}{join_words(names)}, {value_format(most)}{each}."
    if not open_labels:
        return sentence
    return f"{sentence} {join_words(open_labels)} {'is' if len(open_labels) == 1 else 'are'} not over yet."


def column_total(column: Column) -> float | None:
    """The sum of a column, unknown when a part is unknown."""
    known = [value for value in column.values if value is not None]
    return sum(known) if known and len(known) == len(column.values) else None


def value_range(bars: Sequence[Bar], value_format: ValueFormat) -> str:
    """From the least to the most, with their names; bars not over yet are left out."""
    known = [(bar.value, bar.label) for bar in bars if bar.value is not None and not bar.partial]
    if not known:
        return "No complete figure yet."
    least, most = min(known, key=lambda item: item[0]), max(known, key=lambda item: item[0])
    if len(known) == 1:
        return f"{value_format(least[0])} {_in(least[1])}."
    if least[0] == most[0]:
        return f"{value_format(least[0])} in each of {len(known)}."
    return f"{value_format(least[0])} {_in(least[1])} to {value_format(most[0])} {_in(most[1])}."


def lines(slots: Sequence[Slot], series: Sequence[Series], value_format: ValueFormat, head: str = "") -> str:
    """The last complete figure of each line, all of the same slot; `head` "Week of" says that slots are weeks."""
    index = _last_shared(slots, series)
    if index is None:
        return "No complete period yet."
    label = slots[index].label
    where = f"in the week of {label}" if head == "Week of" else _in(label)
    known = [(item.label, item.values[index]) for item in series]
    if len(known) == 1 and (value := known[0][1]) is not None:
        return f"{value_format(value)} {where}."
    return join_words([f"{value_format(v)} {name}" for name, v in known if v is not None]) + f" {where}."


def extremes(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[float | None]], value_format: ValueFormat
) -> str:
    """The highest cell of a grid, and the lowest."""
    known = [
        (value, f"{row} {column}")
        for row, line in zip(rows, values, strict=True)
        for column, value in zip(columns, line, strict=True)
        if value is not None
    ]
    most, least = max(known, key=lambda item: item[0]), min(known, key=lambda item: item[0])
    return f"{value_format(most[0])} at the most, {most[1]}; {value_format(least[0])} at the least, {least[1]}."


def funnel(points: Sequence[FunnelPoint], mean: float, outside: int, value_format: ValueFormat) -> str:
    """How many stand outside the outer limits around the mean."""
    known = sum(point.value is not None for point in points)
    stands = "none stands" if outside == 0 else "1 stands" if outside == 1 else f"{outside} stand"
    return f"{value_format(mean)} of all {known} together; {stands} outside the 99.8% limits."


def join_words(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _in(label: str) -> str:
    """A label with its preposition: "at 08:00", "on 7 Oct", "in the week of 9 Nov", "in Cardiology"."""
    return _preposition(label) + (f"the {_lower(label)}" if _WEEK.match(label) else label)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def _preposition(label: str) -> str:
    return "at " if _HOUR.match(label) else "on " if _DAY.match(label) else "in "


def _last_shared(slots: Sequence[Slot], series: Sequence[Series]) -> int | None:
    for index in reversed(range(len(slots))):
        if not slots[index].partial and all(item.values[index] is not None for item in series):
            return index
    return None
