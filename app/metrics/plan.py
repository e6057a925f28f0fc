"""What a question needs to be read: its spans of time, and for each metric the cut and the wants."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from app.core.period import Period, steps
from app.metrics.evaluate import exclusions, population
from app.metrics.frame import Frame
from app.metrics.read import Cut, Want
from app.metrics.scope import Scope
from app.metrics.types import Metric, Query
from app.metrics.values import Interval, Quantile, Sum, Term, Value
from app.rollups.family import Distinct, Family, Measure, Spread

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Dates over which a value is wanted; `until`: their last day counts only up to the question's time of day."""

    interval: Interval
    until: bool = False


@dataclass(frozen=True)
class Step:
    """One point of the series."""

    period: Period
    span: Span
    partial: bool


@dataclass(frozen=True)
class Plan:
    """A question made exact: who may read what, up to which day."""

    query: Query
    scope: Scope
    metrics: Mapping[str, Metric]
    today: date
    current: Span
    before: Period | None
    previous: Span | None
    steps: tuple[Step, ...]
    records: bool = False
    _cuts: dict[str, tuple[Cut, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, query: Query, scope: Scope, metrics: Mapping[str, Metric], frame: Frame, records: bool = False
    ) -> "Plan":
        """Lays the spans out; what has not begun by today is not read."""
        clinics = dict(scope.filters).get("clinic")
        today = frame.today(clinics)
        running = query.period.is_partial(today)
        until = query.until is not None and running
        before = query.period.comparison(today) if query.compare else None
        series: tuple[Step, ...] = ()
        if query.step is not None:
            begun = (one for one in steps(query.period, query.step, frame.week_start) if one.start <= today)
            series = tuple(Step(one, Span(_interval(one.until(today))), one.is_partial(today)) for one in begun)
        return cls(
            query,
            scope,
            metrics,
            today,
            Span(_interval(query.period.until(today)), until),
            before,
            None if before is None else Span(_interval(before), until),
            series,
            records,
        )

    def cuts(self, metric: Metric) -> tuple[Cut, ...]:
        """How a metric's families are cut: as a whole, and by the question's dimensions where it names any."""
        if metric.key not in self._cuts:
            self._cuts[metric.key] = self._cut(metric)
        return self._cuts[metric.key]

    def _cut(self, metric: Metric) -> tuple[Cut, ...]:
        filters = self.scope.filters_of(metric)
        whole = Cut(self.scope.organization_id, (), filters, None, self.records)
        return (whole, replace(whole, by=self.query.by)) if self.query.by else (whole,)

    def cannot(self, metric: Metric) -> str | None:
        """The first dimension by which the metric's records are not kept."""
        asked = (*self.query.by, *(name for name, _ in self.scope.filters_of(metric)))
        return next((name for name in asked for family in metric.families if not family.answers(name)), None)

    def has_previous(self, metric: Metric) -> bool:
        """Can the like part of the period before be told? Not of a state, nor of a part of a day without times."""
        if self.previous is None or not metric.has_history:
            return False
        return not self.previous.until or all(family.at is not None for family in metric.families)

    def wants(self) -> Iterator[Want]:
        """Everything that must be read for the answer."""
        for metric in self.metrics.values():
            if self.cannot(metric) is None:
                for cut in self.cuts(metric):
                    yield from self._wants_of(metric, cut)

    def _wants_of(self, metric: Metric, cut: Cut) -> Iterator[Want]:
        spans = [step.span for step in self.steps] if metric.has_history else []
        if self.previous is not None and self.has_previous(metric):
            spans.append(self.previous)
        for span in (self.current, *spans):
            yield from value_wants(cut, metric.value, span, self.query)
            yield from sum_wants(cut, metric.n_of, span, self.query)
        for extra in (population(metric), *(part.of for part in exclusions(metric))):
            yield from sum_wants(cut, extra, self.current, self.query)


def value_wants(cut: Cut, value: Value, span: Span, query: Query) -> Iterator[Want]:
    """What one value reads over one span."""
    if isinstance(value, Quantile):
        yield from spread_wants(cut, value, span, query)
    for one in value.sums:
        yield from sum_wants(cut, one, span, query)


def sum_wants(cut: Cut, of: Sum | None, span: Span, query: Query) -> Iterator[Want]:
    """What a sum reads over one span."""
    for term in of.terms if of is not None else ():
        yield from term_wants(cut, term, span, query)


def term_wants(cut: Cut, term: Term, span: Span, query: Query) -> list[Want]:
    """What one term reads: whole days, and from the records a last day that is cut short."""
    return _split(cut, term.family, term.part, term.interval(span.interval), span, query)


def spread_wants(cut: Cut, value: Quantile, span: Span, query: Query) -> list[Want]:
    """What a percentile reads, divided in the same way."""
    return _split(cut, value.family, value.spread, span.interval, span, query)


def _split(
    cut: Cut, family: Family, part: Measure | Spread | Distinct, interval: Interval, span: Span, query: Query
) -> list[Want]:
    short = span.until and family.at is not None and not isinstance(part, Distinct)
    if not short or interval.end != span.interval.end:
        return [Want(cut, family.key, part.name, interval)]
    last = interval.end - ONE_DAY
    found = [Want(replace(cut, until=query.until), family.key, part.name, Interval(last, interval.end))]
    if interval.start is None or interval.start < last:
        found.append(Want(cut, family.key, part.name, Interval(interval.start, last)))
    return found


def _interval(period: Period) -> Interval:
    return Interval(period.start, period.end)
