"""What a metric's value is made of: sums of measures over windows, their ratio, or a percentile.

A rate is a ratio of sums in every grouping; it is never an average of averages.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from app.rollups.family import Distinct, Family, Measure, Spread


class Interval(NamedTuple):
    """Dates from `start` (None: since records began) up to, not including, `end`."""

    start: date | None
    end: date

    @property
    def days(self) -> int | None:
        """How many dates it holds; None when it reaches back to the first record."""
        return None if self.start is None else (self.end - self.start).days


@dataclass(frozen=True)
class Window:
    """Which dates a term reads: those of the period, or days counted back from the period's end.

    `first` None reads since records began; `Window(90, 0)` the last 90 days; `Window(60, 30)` days 31 to 60 before.
    """

    first: int | None
    last: int = 0

    def of(self, period: Interval) -> Interval:
        """The dates that it names for a period."""
        start = None if self.first is None else period.end - timedelta(days=self.first)
        return Interval(start, period.end - timedelta(days=self.last))


@dataclass(frozen=True)
class Term:
    """A measure of a family, times a factor, over the period or a window of its own."""

    family: Family
    part: Measure | Distinct
    factor: int = 1
    window: Window | None = None

    def interval(self, period: Interval) -> Interval:
        """The dates that it reads for a period."""
        return period if self.window is None else self.window.of(period)

    @property
    def has_history(self) -> bool:
        """Can the figure of an earlier period still be known?"""
        return not (isinstance(self.part, Measure) and self.part.now)


@dataclass(frozen=True)
class Sum:
    """Terms added up; `a + b` and `a - b` make new ones."""

    terms: tuple[Term, ...]

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.terms + other.terms)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.terms + tuple(replace(term, factor=-term.factor) for term in other.terms))

    def over(self, window: Window) -> "Sum":
        """The same terms over another window."""
        return Sum(tuple(replace(term, window=window) for term in self.terms))

    @property
    def words(self) -> str:
        """Its measures' labels joined."""
        first, *rest = self.terms
        signs = (f" {'+' if term.factor > 0 else '−'} {term.part.label}" for term in rest)
        return first.part.label + "".join(signs)


def total_of(family: Family, *names: str) -> Sum:
    """The sum of measures of one family over the period; raises KeyError for a name it lacks."""
    return Sum(tuple(Term(family, family.measure(name)) for name in names))


STANDING = Window(None)  # everything up to the end of the period


@dataclass(frozen=True)
class Total:
    """A count or an amount."""

    of: Sum

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sums it reads."""
        return (self.of,)


@dataclass(frozen=True)
class Ratio:
    """`scale` × top ÷ bottom; unknown where the bottom is 0."""

    top: Sum
    bottom: Sum
    scale: int = 1

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sums it reads."""
        return (self.top, self.bottom)


@dataclass(frozen=True)
class Quantile:
    """The smallest recorded value that at least the share `q` of the records does not exceed (percentile_disc)."""

    family: Family
    spread: Spread
    q: float

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sums it reads: none, it reads a distribution."""
        return ()


Value = Total | Ratio | Quantile


def quantile_of(family: Family, name: str, q: float) -> Quantile:
    """A percentile of a spread of a family; raises KeyError for a name it lacks."""
    return Quantile(family, family.spread(name), q)
