"""The plain values every chart takes and gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, NamedTuple

ValueFormat = Callable[[float], str]


SignalKind = Literal["improvement", "concern", "neutral", "common"]


class Signal(StrEnum):
    """What the rules of statistical process control say about one point."""

    COMMON = "common"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Table:
    """The same figures as a chart, as text cells; the first cell of a row names it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Chart:
    """A drawing, its sentence and its table. `svg` is empty when there is nothing to draw; `notes` belong under it."""

    svg: str
    title: str
    summary: str
    table: Table
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Size:
    """A viewBox in px; `scale` multiplies text, strokes and marks, so 1 is a page and 2.8 a wall seen from 3 m."""

    width: float
    height: float
    scale: float = 1.0

    @property
    def narrow(self) -> bool:
        """Whether labels take their short form."""
        return self.width < 420 * self.scale


WIDE = Size(600, 240)
NARROW = Size(310, 220)
# The content of an A4 page, with text of 9 pt.
PRINT = Size(672, 200, 1.1)
PRINT_TALL = Size(672, 250, 1.1)
WALL = Size(1820, 500, 2.8)


class Point(NamedTuple):
    """One period of one measure. `value` None is a gap, and `reason` says why; `day` is the period's first day."""

    label: str
    value: float | None
    day: date | None = None
    signal: Signal = Signal.COMMON
    partial: bool = False
    reason: str = "not recorded"


@dataclass(frozen=True)
class Slot:
    """One place on a shared horizontal axis; `day` is the period's first day, `partial` a period not over yet."""

    label: str
    day: date | None = None
    partial: bool = False


@dataclass(frozen=True)
class Limits:
    """Mean and natural process limits for the points `first` to `last` (indices, inclusive; None is the end).

    `basis` is the number of points they were computed from; unknown, the complete points they cover are counted.
    """

    mean: float
    lower: float | None = None
    upper: float | None = None
    first: int = 0
    last: int | None = None
    basis: int | None = None


@dataclass(frozen=True)
class Target:
    """A target; `sign` is "≤", "≥" or empty."""

    value: float
    sign: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened on a day, drawn as a line; `short` is used where the label has no room."""

    day: date
    label: str
    short: str = ""


@dataclass(frozen=True)
class Judgement:
    """What the rules say about the whole series, with the rule that fired in words."""

    signal: Signal
    rule: str = ""


@dataclass(frozen=True)
class Series:
    """One line: a value for each slot, None where nothing is known."""

    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Part:
    """One repeated part of stacked columns, with the colour token it always has."""

    label: str
    colour: str
    hatched: bool = False


@dataclass(frozen=True)
class Column:
    """One stacked column: a value for each part, and what the total was in the compared period."""

    label: str
    values: tuple[float | None, ...]
    comparison: float | None = None
    partial: bool = False


@dataclass(frozen=True)
class Bar:
    """One bar and, optionally, the compared period's value."""

    label: str
    value: float | None
    comparison: float | None = None
    partial: bool = False
    reason: str = "not recorded"


@dataclass(frozen=True)
class FunnelPoint:
    """One clinic or person: how much (`volume`) and how it went (`value`). Only a point with `named` is labelled."""

    label: str
    volume: float
    value: float | None
    named: bool = False
    signal: Signal = Signal.COMMON


@dataclass(frozen=True)
class FunnelLimit:
    """Limits at one volume: the inner pair holds 95 %, the outer 99.8 % of chance results."""

    volume: float
    lower_998: float
    lower_95: float
    upper_95: float
    upper_998: float
