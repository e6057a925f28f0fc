"""Puts an answer together from its readings: figures with comparison, target, series, signal and what was left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from app.core import format
from app.core.ids import UNKNOWN
from app.core.period import Period
from app.metrics.evaluate import evaluate, exclusions
from app.metrics.frame import WEEKDAYS, Frame
from app.metrics.plan import FigureReads, Lookup, Plan, Reads, Span, Step
from app.metrics.read import Key, Readings
from app.metrics.scope import Scope
from app.metrics.spc import Chart, chart
from app.metrics.suppression import Guard, Numbers, hide_peers
from app.metrics.types import UNNAMED, Better, Excluded, Figure, Metric, Number, Point, Query, Result, Row, Unit, minus
from app.metrics.values import Value

Names = Mapping[str, Mapping[str, str]]
_FRACTION = (0.0, 1.0)
_IN_ORDER = frozenset({"weekday", "hour", "lead", "age_band"})


class Member(NamedTuple):
    """Reads one member of a cut."""

    readings: Readings
    key: Key = ()

    def total(self, lookup: Lookup) -> Number:
        """A sum."""
        total, key = self.readings.total, self.key
        found: Number = sum([factor * total(number, key) for factor, number in lookup])
        return found

    def numbers(self, metric: Metric, value: Value, reads: Reads) -> Numbers:
        """The numbers of a value of a metric."""
        sums = [self.total(one) for one in reads.sums]
        counted = None if reads.n is None else self.total(reads.n)
        return evaluate(metric, value, sums, counted, self._spread(reads.spread))

    def _spread(self, numbers: Sequence[int]) -> Counter[int]:
        found = [self.readings.spread(number, self.key) for number in numbers]
        return found[0] if len(found) == 1 else sum(found, Counter())


@dataclass(frozen=True)
class Answer:
    """Makes the result of one planned question of data of a version, as its `guard` lets the viewer see it."""

    query: Query
    scope: Scope
    plan: Plan
    frame: Frame
    readings: Readings
    names: Names
    guard: Guard
    version: int | None

    @cached_property
    def total(self) -> Row:
        """The whole."""
        return Row((), "", {metric.key: self._figure(metric, 0, ()) for metric in self.plan.metrics.values()})

    @cached_property
    def members(self) -> tuple[tuple[Key, Row], ...]:
        """The rows of the dimensions with the keys of what they count, which unnamed rows do not show."""
        return self._members() if self.query.by else ()

    def result(self, total: Row | None = None, rows: tuple[Row, ...] | None = None) -> Result:
        """All rows and the whole, or others in their place."""
        plan, query = self.plan, self.query
        metrics = plan.metrics.values()
        total = total or self.total
        if not query.by:
            rows = (total,)
        elif rows is None:
            rows = tuple(row for _, row in self.members)
        families = [family for metric in metrics for family in metric.families]
        return Result(
            query=query,
            period=query.period,
            previous=plan.before,
            partial=query.period.is_partial(plan.today),
            rows=rows,
            total=total,
            as_of=self.frame.as_of(families),
            version=self.version,
            definitions={metric.key: metric.version for metric in metrics},
        )

    def _members(self) -> tuple[tuple[Key, Row], ...]:
        found = [(key, row) for key in self.keys if _says_something(row := self._row(key))]
        named = [pair for pair in found if not _is_unnamed(pair[1])]
        named.sort(key=lambda pair: self._order(pair[1]))
        return (*named, *(pair for pair in found if _is_unnamed(pair[1])))

    @cached_property
    def keys(self) -> list[Key]:
        """The members that any metric has in the period, in a lasting order."""
        found: set[Key] = set()
        for metric in self.plan.metrics.values():
            if metric.key in self.plan.figures:
                for want in self.plan.figures[metric.key][-1].current.wants:
                    found.update(self.readings.keys(want))
        return sorted(found, key=lambda key: tuple(part or "" for part in key))

    def _row(self, key: Key) -> Row:
        figures = {metric.key: self._figure(metric, -1, key) for metric in self.plan.metrics.values()}
        own = self.scope.own is not None and str(self.scope.own) in key
        is_named = own or self.scope.names_practitioners or str(UNKNOWN) in key
        if "practitioner" not in self.query.by or is_named:
            names = self._names(key)
            return Row(key, ", ".join(names), figures, own, names)
        hidden = figures if self.guard.k is None else hide_peers(figures, self.guard.k)
        named = zip(self.query.by, self._names(key), strict=True)
        names = tuple("Another doctor" if dimension == "practitioner" else name for dimension, name in named)
        return Row(self._unnamed(key), "Another doctor", hidden, labels=names)

    def _unnamed(self, key: Key) -> Key:
        """The key without the doctor: a number by which rows can be told apart in this answer only."""
        number = self.keys.index(key) + 1
        by = self.query.by
        return tuple(
            f"{UNNAMED}-{number}" if name == "practitioner" else part for name, part in zip(by, key, strict=True)
        )

    def _names(self, key: Key) -> tuple[str, ...]:
        return tuple(self._member(name, part) for name, part in zip(self.query.by, key, strict=True))

    def _member(self, dimension: str, part: str | None) -> str:
        if part is None or part == str(UNKNOWN):
            return f"No {dimension.replace('_', ' ')} named"
        if dimension == "weekday":
            return WEEKDAYS[int(part)]
        if dimension == "hour":
            return f"{int(part):02}:00"
        return self.names.get(dimension, {}).get(part, part.replace("_", " "))

    def _order(self, row: Row) -> tuple[tuple[int, str], ...]:
        """One dimension after another: what begins with a number in the order of numbers, all else by its name."""
        named = zip(self.query.by, row.key, row.labels, strict=True)
        return tuple((_number(part), "") if name in _IN_ORDER else (0, label) for name, part, label in named)

    def _figure(self, metric: Metric, cut: int, key: Key) -> Figure:
        plan = self.plan
        if metric.key not in plan.figures:
            words = (plan.question.cannot(metric) or "").replace("_", " ")
            return Figure(metric, None, reason=f"{metric.label} is not recorded by {words}.", reason_code="not_by")
        reads, member = plan.figures[metric.key][cut], Member(self.readings, key)
        numbers = self._guarded(metric, member.numbers(metric, metric.value, reads.current))
        numbers = self._explained(metric, numbers, member, reads)
        # What no source has ever brought was not 0 before either; nor was it before the first record.
        is_heard_of = bool(numbers.n) or self.frame.begin(metric) is not None
        series = self._series(metric, member, reads) if is_heard_of else ()
        previous = None
        if reads.previous is not None and is_heard_of and not self._is_before(metric, plan.previous):
            previous = self._guarded(metric, member.numbers(metric, metric.value, reads.previous)).value
        as_of, late = self.frame.freshness(metric.families)
        return Figure(
            metric=metric,
            value=numbers.value,
            numerator=numbers.numerator,
            denominator=numbers.denominator,
            reason=numbers.reason,
            reason_code=numbers.reason_code,
            n=numbers.n,
            excluded=self._excluded(metric, member, reads),
            as_of=as_of,
            late=late,
            target=self._target(metric, key),
            previous=previous,
            change=None if numbers.value is None or previous is None else minus(numbers.value, previous),
            series=series,
            # While records still arrive, the last weeks differ from the others by what has been loaded.
            signal=signal_of(metric, series) if series and self.frame.loading is None else None,
        )

    def _guarded(self, metric: Metric, numbers: Numbers) -> Numbers:
        """Nothing from too few records, nor from small cells where the actor may not see them."""
        shown = self.guard.hide(metric, numbers)
        if numbers.value is not None and numbers.n is not None and 0 < numbers.n < metric.min_n:
            reason = f"Too few to show: {numbers.n}, shown from {metric.min_n} up."
            return Numbers(None, n=numbers.n if self.guard.k is None else None, reason=reason, reason_code="too_few")
        return shown

    def _explained(self, metric: Metric, numbers: Numbers, member: Member, reads: FigureReads) -> Numbers:
        """Unknown is not zero: where no source records it, or none did yet, there is no value, and a reason."""
        begin = self.frame.begin(metric)
        # The records below the line alone, as visits without any invoice, say nothing of what stands above it.
        if begin is None and (metric.noted or len(metric.families) > 1 or not numbers.n):
            return Numbers(None, reason=metric.not_recorded, reason_code="not_recorded")
        if self._is_before(metric, self.plan.current):
            reason = f"Nothing of it is recorded before {format.date(begin, 'year')}."
            return Numbers(None, reason=reason, reason_code="not_recorded")
        if metric.below_zero and numbers.value is not None and numbers.value < 0:
            return numbers._replace(value=None, reason=metric.below_zero, reason_code="empty")
        if numbers.value is not None or numbers.reason is not None:
            return numbers
        there = metric.population is not None and member.total(reads.population)
        if there and metric.awaited:
            return Numbers(None, n=0, reason=metric.awaited, reason_code="empty")
        if there:
            return Numbers(None, n=0, reason=metric.not_recorded, reason_code="not_recorded")
        words = metric.families[-1].label
        return Numbers(None, n=0, reason=f"No {words} in this period.", reason_code="empty")

    def _excluded(self, metric: Metric, member: Member, reads: FigureReads) -> tuple[Excluded, ...]:
        if not reads.excluded:
            return ()
        counts = map(int, map(member.total, reads.excluded))
        found = [
            Excluded(part.label, part.why, count, part.doubtful)
            for part, count in zip(exclusions(metric), counts, strict=True)
            if count
        ]
        return self.guard.exclusions(found)

    def _is_before(self, metric: Metric, span: Span | None) -> bool:
        """Is a span over before the first record of the metric?"""
        begin = self.frame.begin(metric)
        return begin is not None and span is not None and span.interval.end <= begin

    def _series(self, metric: Metric, member: Member, reads: FigureReads) -> tuple[Point, ...]:
        def numbers(step: Step, one: Reads) -> Numbers:
            if self._is_before(metric, step.span):
                return Numbers(None, reason="not recorded yet", reason_code="not_recorded")
            return self._guarded(metric, member.numbers(metric, metric.value, one))

        return tuple(
            point(step.period, numbers(step, one), step.partial)
            for step, one in zip(self.plan.steps, reads.series)  # noqa: B905 - a state without history has no series
        )

    def _target(self, metric: Metric, key: Key) -> Decimal | None:
        """The target of what is asked about. One of money or counts is that of one day of all the work of a clinic or
        of a doctor, and of nothing else."""
        if metric.is_extensive and (self.plan.current.interval.days != 1 or self._is_part_of_a_whole(metric, key)):
            return None
        by = self.query.by
        clinic_id = self.scope.clinic_id
        if key and "clinic" in by:
            clinic_id = next((one for one in self.frame.clinics if str(one) == key[by.index("clinic")]), None)
        doctor_id = self.scope.practitioner_id(metric)
        line = self.frame.target(metric.key, clinic_id, self.plan.current.interval.end, doctor_id)
        if line is None or (metric.is_extensive and line.practitioner_id != doctor_id):
            return None
        return line.value

    def _is_part_of_a_whole(self, metric: Metric, key: Key) -> bool:
        narrowed = {name for name, _ in self.scope.filters_of(metric)}
        whole = {"clinic"} | ({"practitioner"} if self.scope.practitioner_id(metric) else set())
        return bool((narrowed - whole) | (set(self.query.by) - {"clinic"} if key else set()))


def point(period: Period, numbers: Numbers, partial: bool) -> Point:
    """One step of a series from its numbers."""
    return Point(period, numbers.value, numbers.numerator, numbers.denominator, numbers.n, partial, numbers.reason)


def signal_of(metric: Metric, series: tuple[Point, ...], rebase: int | None = None) -> Chart | None:
    """The XmR chart of a series; a running step takes no part in it."""
    better_up = None if metric.better is Better.NONE else metric.better is Better.UP
    bounds = _FRACTION if metric.unit is Unit.PERCENT else (None, None) if _may_be_negative(metric) else (0.0, None)
    values = [None if one.value is None else float(one.value) for one in series if not one.partial]
    return chart(values, better_up, rebase, bounds)


def _may_be_negative(metric: Metric) -> bool:
    return any(term.factor < 0 for of in metric.value.sums for term in of.terms)


def _number(part: str | None) -> int:
    digits = (part or "0").partition(" ")[0]
    return int(digits) if digits.isdigit() else 0


def _says_something(row: Row) -> bool:
    """A member without a name is only shown for what it counts."""
    return None not in row.key or any(figure.value for figure in row.figures.values())


def _is_unnamed(row: Row) -> bool:
    return any(part is not None and part.startswith(UNNAMED) for part in row.key)
