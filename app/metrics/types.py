"""The words of the catalogue: a metric with all its facts, the question asked of it, and the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from app.core.period import Period, Span
from app.core.permissions import Permission
from app.metrics.spc import Chart
from app.metrics.values import Quantile, Ratio, Sum, Term, Total, Value
from app.rollups.family import Family, Measure

Number = int | float | Decimal


def plus(one: Number, other: Number) -> Number:
    """one + other. Amounts stay exact; beside a float both are floats."""
    if isinstance(one, float) or isinstance(other, float):
        return float(one) + float(other)
    return one + other


def minus(one: Number, other: Number) -> Number:
    """one − other. Amounts stay exact; beside a float both are floats."""
    if isinstance(one, float) or isinstance(other, float):
        return float(one) - float(other)
    return one - other


UNNAMED = "unnamed"  # prefix of the keys of rows whose subject the actor may not know


class Unit(StrEnum):
    """What a value counts. PERCENT is stored as a fraction 0 to 1; MONEY is in the organization's currency."""

    COUNT = "count"
    PERCENT = "percent"
    MINUTES = "minutes"
    DAYS = "days"
    MONEY = "money"
    SCORE = "score"
    RATIO = "ratio"


class Better(StrEnum):
    """The direction in which a metric improves."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


@dataclass(frozen=True)
class LeftOut:
    """Records that a figure does not count: which, and why. `doubtful`: nobody knows whether they should be counted."""

    label: str
    why: str
    of: Sum
    doubtful: bool = False


@dataclass(frozen=True)
class Variant:
    """The same records under another body's definition."""

    label: str
    source: str
    value: Value


@dataclass(frozen=True, eq=False)
class Metric:
    """One figure, defined once.

    `population` is what was there before anything was left out; `n_of` the records behind it, where they are not its
    denominator; `min_n`: fewer of them are "too few"; `counts_people`: the small-cell rule applies;
    `not_recorded` says which records would give the figure where none are kept; `awaited` says what is still to come
    where the population is there but nothing of it counts yet. `noted` counts what somebody has to note down for the
    figure to mean anything: where it was never noted the figure is unknown, not 0. `below_zero` says why a value below
    zero is none.
    """

    key: str
    label: str
    description: str
    unit: Unit
    better: Better
    value: Value
    permission: Permission
    not_recorded: str
    source: str = "MediConnect"
    owner: str = "Organization admin"
    version: int = 1
    since: date = date(2026, 7, 1)
    change_note: str = "First version."
    numerator: str = ""
    denominator: str = ""
    population: Sum | None = None
    left_out: tuple[LeftOut, ...] = ()
    variants: tuple[Variant, ...] = ()
    n_of: Sum | None = None
    min_n: int = 1
    awaited: str = ""
    noted: Term | None = None
    below_zero: str = ""
    counts_people: bool = True

    @property
    def domain(self) -> str:
        """The part of the key before the dot."""
        return self.key.partition(".")[0]

    @cached_property
    def families(self) -> tuple[Family, ...]:
        """The families it reads, the first one first."""
        if isinstance(self.value, Quantile):
            return (self.value.family,)
        return tuple(dict.fromkeys(term.family for part in self.value.sums for term in part.terms))

    @property
    def basis(self) -> str:
        """The date by which its records are counted, in words."""
        return self.families[0].basis

    @property
    def counted(self) -> Sum | None:
        """The records behind the figure: the denominator of a rate, else what is summed."""
        if isinstance(self.value, Quantile):
            return None
        return self.value.bottom if isinstance(self.value, Ratio) else self.value.of

    @cached_property
    def has_history(self) -> bool:
        """Can the figure of an earlier period still be known?"""
        return all(term.has_history for part in self.value.sums for term in part.terms)

    @property
    def is_extensive(self) -> bool:
        """Does it grow with the length of the period? Its target is that of one day."""
        return isinstance(self.value, Total) and self.unit in (Unit.COUNT, Unit.MONEY, Unit.MINUTES)

    @cached_property
    def adds_minutes(self) -> bool:
        """Is it a share of minutes in minutes, not of records or money?"""
        terms = [term for part in self.value.sums for term in part.terms] if isinstance(self.value, Ratio) else []
        return bool(terms) and all(isinstance(term.part, Measure) and term.part.minutes for term in terms)

    @property
    def accrues(self) -> bool:
        """Does it add up while the period runs? Not what stands at its end, such as what is owed."""
        return self.is_extensive and all(term.window is None for part in self.value.sums for term in part.terms)

    @property
    def numerator_words(self) -> str:
        """What stands above the line."""
        if isinstance(self.value, Quantile):
            return self.numerator or self.value.spread.label
        return self.numerator or self.value.sums[0].words

    @property
    def denominator_words(self) -> str | None:
        """What stands below the line; None where nothing does."""
        return (self.denominator or self.value.bottom.words) if isinstance(self.value, Ratio) else None


@dataclass(frozen=True)
class Query:
    """A question: which metrics, over which dates, by which dimensions, of which part of the organization.

    `filters` maps a dimension to the keys allowed (ids or words). `step` adds a series of days, weeks or months with
    its XmR signal. `compare` adds the like part of the period before. `until` counts the last day only up to that local
    time, here and in the comparison; use it for a day that is still running. Without `exclusions` figures do not say
    what they leave out, which spares counting it.
    """

    metrics: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    filters: Mapping[str, tuple[Any, ...]] = field(default_factory=lambda: MappingProxyType({}))
    step: Span | None = None
    compare: bool = True
    until: time | None = None
    exclusions: bool = True


class Point(NamedTuple):
    """One step of a series; `partial` while its days are not over."""

    period: Period
    value: Number | None
    numerator: Number | None
    denominator: Number | None
    n: int | None
    partial: bool
    reason: str | None = None


@dataclass(frozen=True)
class Excluded:
    """How many records a figure leaves out for one reason."""

    label: str
    why: str
    count: Number
    doubtful: bool = False


@dataclass(frozen=True)
class Figure:
    """A value with everything that is needed to show it and to doubt it; without a value it has a reason in words.

    `n`: records behind it. `change` = value − previous, in the metric's unit (fractions for PERCENT). `reason_code`:
    not_recorded, empty, too_few, no_history, not_by (the dimension is not recorded).
    """

    metric: Metric
    value: Number | None
    numerator: Number | None = None
    denominator: Number | None = None
    reason: str | None = None
    reason_code: str | None = None
    n: int | None = None
    excluded: tuple[Excluded, ...] = ()
    as_of: datetime | None = None
    late: bool = False
    target: Decimal | None = None
    previous: Number | None = None
    change: Number | None = None
    series: tuple[Point, ...] = ()
    signal: Chart | None = None

    @property
    def target_met(self) -> bool | None:
        """Is the target met? None without a value, a target or a direction."""
        if self.value is None or self.target is None or self.metric.better is Better.NONE:
            return None
        return self.value >= self.target if self.metric.better is Better.UP else self.value <= self.target

    @property
    def left_out(self) -> Number:
        """How many records it leaves out altogether."""
        return sum(part.count for part in self.excluded)


@dataclass(frozen=True)
class Row:
    """The figures of one member of the dimensions; `key`, `label` and its parts are empty for the whole.

    A member that the actor may not know has a key that begins with UNNAMED and says nothing.
    """

    key: tuple[str, ...]
    label: str
    figures: Mapping[str, Figure]
    own: bool = False
    labels: tuple[str, ...] = ()  # one a dimension


@dataclass(frozen=True)
class Result:
    """The answer to a query. `total` puts all rows together; without `by` it is the only row."""

    query: Query
    period: Period
    previous: Period | None
    partial: bool
    rows: tuple[Row, ...]
    total: Row
    as_of: datetime | None
    version: int | None
    definitions: Mapping[str, int]

    def figure(self, metric: str) -> Figure:
        """The figure of the whole."""
        return self.total.figures[metric]
