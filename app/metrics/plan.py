"""What a question needs to be read: its spans of time, and for each figure the numbers of its wants.

A plan depends on the question and the date alone. So plans are made once for each question of a day and kept by the
process, whichever clinic, organization or minute is asked about.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from app.core.period import Period, steps
from app.core.period import Span as Length
from app.metrics.catalogue import METRICS
from app.metrics.evaluate import exclusions, population
from app.metrics.frame import Frame
from app.metrics.read import Reader
from app.metrics.scope import Scope
from app.metrics.types import Metric, Query
from app.metrics.values import Interval, Quantile, Sum, Value
from app.metrics.wants import Cut, Slot, Slots, Want, Wants
from app.rollups.family import Distinct, Family, Measure, Spread

ONE_DAY = timedelta(days=1)
Lookup = tuple[tuple[int, int], ...]  # factor and number of a want


class Span(NamedTuple):
    """Dates over which a value is wanted; `until`: their last day counts only up to the question's time of day."""

    interval: Interval
    until: bool = False


@dataclass(frozen=True)
class Question:
    """What of a query decides how it is read: all but the organization, and the keys and the time that it names.

    `own`: the doctor to whose rows the metrics of `own_work` are limited.
    """

    metrics: tuple[str, ...]
    period: Period
    by: tuple[str, ...]
    filters: tuple[tuple[str, Slot], ...]
    own: Slot | None
    own_work: frozenset[str]
    step: Length | None
    compare: bool
    until: Slot | None
    today: date
    week_start: int
    records: bool
    exclusions: bool = True

    @classmethod
    def of(cls, query: Query, scope: Scope, frame: Frame, slots: Slots, records: bool = False) -> "Question":
        """The question that a query asks within a scope."""
        return cls(
            query.metrics,
            query.period,
            query.by,
            tuple((name, slots.keys(name, keys)) for name, keys in scope.filters),
            slots.keys("practitioner", (scope.own,)) if scope.own_work else None,
            scope.own_work,
            query.step,
            query.compare,
            None if query.until is None else slots.until(query.until),
            frame.today(dict(scope.filters).get("clinic")),
            frame.week_start,
            records,
            query.exclusions,
        )

    @property
    def span(self) -> Span:
        """The part of its period that has begun."""
        until = self.until is not None and self.period.is_partial(self.today)
        return Span(_interval(self.period.until(self.today)), until)

    def filters_of(self, metric: Metric) -> tuple[tuple[str, Slot], ...]:
        """The filters under which one metric is read."""
        if self.own is None or metric.key not in self.own_work:
            return self.filters
        return tuple(sorted((dict(self.filters) | {"practitioner": self.own}).items()))

    def cannot(self, metric: Metric) -> str | None:
        """The first dimension by which the metric's records are not kept."""
        asked = (*self.by, *(name for name, _ in self.filters_of(metric)))
        return next((name for name in asked for family in metric.families if not family.answers(name)), None)

    def cuts(self, metric: Metric) -> tuple[Cut, ...]:
        """How a metric's families are cut: as a whole, and by the question's dimensions where it names any."""
        whole = Cut((), self.filters_of(metric), None, self.records)
        return (whole, replace(whole, by=self.by)) if self.by else (whole,)


class Step(NamedTuple):
    """One point of the series."""

    period: Period
    span: Span
    partial: bool


class Reads(NamedTuple):
    """The wants of one value over one span: of each of its sums, of its n, of its distribution."""

    sums: tuple[Lookup, ...]
    n: Lookup | None
    spread: tuple[int, ...]

    @property
    def wants(self) -> Iterator[int]:
        """The wants of the value itself."""
        yield from self.spread
        yield from (number for one in self.sums for _, number in one)


class FigureReads(NamedTuple):
    """The wants of a whole figure. `excluded` in the order of the metric's exclusions; none if not asked."""

    current: Reads
    previous: Reads | None
    series: tuple[Reads, ...]
    population: Lookup
    excluded: tuple[Lookup, ...]


@dataclass(frozen=True)
class Plan:
    """A question made exact. `figures`: by metric that can be told, as a whole and by the question's dimensions."""

    question: Question
    metrics: Mapping[str, Metric]
    current: Span
    before: Period | None
    previous: Span | None
    steps: tuple[Step, ...]
    figures: Mapping[str, tuple[FigureReads, ...]]

    @property
    def today(self) -> date:
        """The local date of the question."""
        return self.question.today

    @classmethod
    def of(cls, question: Question, wants: Wants) -> "Plan":
        """Lays the spans out and enters what must be read; what has not begun by today is not read."""
        current = question.span
        before = question.period.comparison(question.today) if question.compare else None
        previous = None if before is None else Span(_interval(before), current.until)
        series = _steps(question)
        metrics = {key: METRICS[key] for key in question.metrics}
        figures = {
            key: tuple(
                _figure_reads(metric, Planner(question, cut, wants), current, previous, series)
                for cut in question.cuts(metric)
            )
            for key, metric in metrics.items()
            if question.cannot(metric) is None
        }
        return cls(question, metrics, current, before, previous, series, figures)


def _steps(question: Question) -> tuple[Step, ...]:
    if question.step is None:
        return ()
    today = question.today
    begun = (one for one in steps(question.period, question.step, question.week_start) if one.start <= today)
    return tuple(Step(one, Span(_interval(one.until(today))), one.is_partial(today)) for one in begun)


@dataclass(frozen=True)
class Programme:
    """The plans of questions that are asked together, and their one reader."""

    plans: tuple[Plan, ...]
    reader: Reader
    wants: tuple[Want, ...]


@lru_cache(maxsize=64)
def programme(questions: tuple[Question, ...]) -> Programme:
    """Plans questions; kept, since nothing in it depends on data."""
    wants = Wants()
    plans = tuple(Plan.of(question, wants) for question in questions)
    return Programme(plans, Reader(wants), tuple(wants))


@dataclass(frozen=True)
class Planner:
    """Enters what the parts of metrics want of one cut."""

    question: Question
    cut: Cut
    wants: Wants

    def value(self, metric: Metric, value: Value, span: Span) -> Reads:
        """What a value of a metric reads over a span."""
        spread: tuple[int, ...] = ()
        if isinstance(value, Quantile):
            spread = tuple(self._numbers(value.family, value.spread, span.interval, span))
        n = None if metric.n_of is None else self.sum(metric.n_of, span)
        return Reads(tuple(self.sum(one, span) for one in value.sums), n, spread)

    def sum(self, of: Sum | None, span: Span) -> Lookup:
        """What a sum reads over a span."""
        return tuple(
            (term.factor, number)
            for term in (of.terms if of is not None else ())
            for number in self._numbers(term.family, term.part, term.interval(span.interval), span)
        )

    def _numbers(
        self, family: Family, part: Measure | Spread | Distinct, interval: Interval, span: Span
    ) -> Iterator[int]:
        return map(self.wants.number, wants_of(self.question, self.cut, family, part, interval, span))


def wants_of(
    question: Question,
    cut: Cut,
    family: Family,
    part: Measure | Spread | Distinct,
    interval: Interval,
    span: Span,
) -> Iterable[Want]:
    """What one part reads: whole days, and from the records a last day that is cut short."""
    short = span.until and family.at is not None and not isinstance(part, Distinct)
    if not short or interval.end != span.interval.end:
        return [Want(cut, family.key, part.name, interval)]
    last = interval.end - ONE_DAY
    found = [Want(replace(cut, until=question.until), family.key, part.name, Interval(last, interval.end))]
    if interval.start is None or interval.start < last:
        found.append(Want(cut, family.key, part.name, Interval(interval.start, last)))
    return found


def has_previous(metric: Metric, previous: Span | None) -> bool:
    """Can the like part of the period before be told? Not of a state, nor of a part of a day without times."""
    if previous is None or not metric.has_history:
        return False
    return not previous.until or all(family.at is not None for family in metric.families)


def _figure_reads(
    metric: Metric, planner: Planner, current: Span, previous: Span | None, series: tuple[Step, ...]
) -> FigureReads:
    like = previous if has_previous(metric, previous) else None
    return FigureReads(
        planner.value(metric, metric.value, current),
        None if like is None else planner.value(metric, metric.value, like),
        tuple(planner.value(metric, metric.value, step.span) for step in series) if metric.has_history else (),
        planner.sum(population(metric), current),
        tuple(planner.sum(part.of, current) for part in exclusions(metric)) if planner.question.exclusions else (),
    )


def _interval(period: Period) -> Interval:
    return Interval(period.start, period.end)
