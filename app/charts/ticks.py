"""Axis scales a reader can read: round steps, three to five gridlines, first-of-month dates."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.charts.types import ValueFormat

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_LINES = 5
# A line chart whose least value is below this share of its greatest starts at zero.
_FAR_FROM_ZERO = 0.4
# The share of the range left free over a line, and twice it under one, where the axis says where it starts.
_ROOM = 0.06
_BARE_DECIMALS = re.compile(r"[.,]0{1,2}(?!\d)")
_FULL_HOUR = re.compile(r"(\d\d):00")


@dataclass(frozen=True)
class Scale:
    """A value axis from `low`, written `start`, to `high`, with gridlines at `ticks`."""

    low: float
    start: str
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]


def value_scale(values: Sequence[float], value_format: ValueFormat, *, from_zero: bool) -> Scale:
    """A scale that holds every value. From zero always for bars; for lines unless the data keep far from it."""
    low, high = min(values), max(values)
    if from_zero or (low >= 0 and low < _FAR_FROM_ZERO * high):
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        low, high = (low - abs(low) / 2, _above(high, value_format)) if high else (0.0, 1.0)
    top = high if from_zero else high + _ROOM * (high - low)
    whole = _is_share(value_format) and high == 1.0
    for step in _steps_of(high, low, value_format):
        if (high - low) / step > _MOST_LINES:
            continue
        ticks = tuple(tick for tick in _ticks(low, high, step) if not whole or tick <= high)
        start = ticks[0]
        if start and not from_zero and low - start < 2 * _ROOM * (high - low):
            start = round(start - step, 12)
        if len(ticks) > _MOST_LINES:
            continue
        labels = axis_labels((start, *ticks), value_format)
        if len({*labels}) == len({start, *ticks}):
            return Scale(start, labels[0], max(top, ticks[-1]), ticks, labels[1:])
    raise ValueError(f"no scale for {low} to {high}")


def _is_share(value_format: ValueFormat) -> bool:
    """Are values fractions that are written as per cent?"""
    return value_format(1.0).startswith("100") and value_format(1.0).endswith("%")


def _above(value: float, value_format: ValueFormat) -> float:
    """The top of an axis with one value alone: above it, but nothing is above all of a share."""
    return max(value, 1.0) if _is_share(value_format) and value <= 1 else value + abs(value) / 2


def axis_labels(ticks: Sequence[float], value_format: ValueFormat) -> tuple[str, ...]:
    """The ticks in the value's format, without decimals that are nought on every one of them."""
    labels = [value_format(tick) for tick in ticks]
    if all(_BARE_DECIMALS.search(label) for label in labels):
        labels = [_BARE_DECIMALS.sub("", label) for label in labels]
    return tuple(labels)


def day_label(day: date) -> str:
    """A day without its year: "7 Sep"."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def hour_label(label: str, narrow: bool) -> str:
    """ "08:00", or "08" where there is little room; other labels stay."""
    match = _FULL_HOUR.fullmatch(label)
    return match.group(1) if narrow and match else label


def date_ticks(days: Sequence[date | None]) -> tuple[int, ...]:
    """Indices to label: the first slot of each month, or Mondays when that gives fewer than two; else none."""
    firsts = tuple(
        index
        for index, day in enumerate(days)
        if day is not None and (day.day == 1 or _month(day) != _month(days[index - 1] if index else day))
    )
    if len(firsts) >= 2:
        return firsts
    mondays = tuple(index for index, day in enumerate(days) if day is not None and day.weekday() == 0)
    return mondays if len(mondays) >= 2 else ()


def _month(day: date | None) -> tuple[int, int] | None:
    return None if day is None else (day.year, day.month)


def _steps_of(high: float, low: float, value_format: ValueFormat) -> list[float]:
    """Round steps; for minutes that are written as hours, tens of hours."""
    if not value_format(high).endswith(" h"):
        return _steps(high - low)
    return [60 * step for step in _steps((high - low) / 60) if step >= 10]


def _steps(span: float) -> list[float]:
    power = math.floor(math.log10(span)) - 1
    return [base * 10.0 ** (power + more) for more in range(12) for base in (1, 2, 5)]


def _ticks(low: float, high: float, step: float) -> tuple[float, ...]:
    first = math.floor(low / step + 1e-9)
    last = max(math.floor(high / step + 1e-9), first + 2)
    return tuple(round(index * step, 12) for index in range(first, last + 1))
