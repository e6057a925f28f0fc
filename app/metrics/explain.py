"""Explains one figure: the division, its words, other bodies' definitions, what was left out, its trend, its way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.core.actor import Actor
from app.core.period import Period, Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.answer import signal_of
from app.metrics.catalogue import METRICS
from app.metrics.evaluate import population
from app.metrics.explain_parts import Parts, parts_of
from app.metrics.explanation import Explanation, Funnel, Happening, OtherDefinition, Reason, SourceStep, Trend, Way
from app.metrics.frame import Frame, load
from app.metrics.run import run_all
from app.metrics.scope import scope_of, suppresses
from app.metrics.types import Better, Excluded, Figure, Metric, Number, Query, Result
from app.metrics.values import Ratio, Sum
from app.models.events import CalendarEvent
from app.rollups.family import Measure
from app.rollups.tables import CLINIC, TABLES

TREND_WEEKS = 26


def explain(metric_key: str, query: Query, actor: Actor, rebase: date | None = None) -> Explanation:
    """Explains the figure that a question has as a whole. `rebase`: the day of an event that starts new limits."""
    whole = replace(query, metrics=(metric_key,), by=(), step=None)
    with tenant_scope(actor.organization_id):
        metric, frame = METRICS[metric_key], load(db.session(), actor.organization_id)
        span = _trend_period(query.period, frame.today(query.filters.get("clinic")), frame.week_start)
        weeks = replace(whole, period=span, step=Span.WEEK, compare=False, until=None)
        result, trend = run_all([whole, weeks], actor)
        small = frame.rules.small_cell if suppresses(actor) else None
        figure = result.figure(metric_key)
        parts = parts_of(figure, whole, scope_of(whole, {metric_key: metric}, actor), frame, small)
        return Explanation(
            metric=metric,
            period=query.period,
            clinics=_clinics(parts, frame),
            zone=_zone(parts, frame),
            figure=figure,
            numerator_words=metric.numerator_words,
            denominator_words=metric.denominator_words,
            words=_words(metric, figure, frame, parts),
            definitions=_definitions(metric, figure, parts),
            funnel=_funnel(metric, figure, parts, small),
            trend=_trend(metric, trend, figure, frame, parts, rebase),
            way=_way(metric, result, parts, frame, small),
        )


def _trend_period(period: Period, today: date, week_start: int) -> Period:
    last = period_of(Span.WEEK, min(period.last, max(today, period.start)), week_start)
    return Period(last.start - timedelta(weeks=TREND_WEEKS), last.end)


def _clinics(parts: Parts, frame: Frame) -> tuple[str, ...]:
    chosen = dict(parts.scope.filters).get("clinic")
    return () if chosen is None else tuple(frame.clinics[one][0] for one in chosen if one in frame.clinics)


def _zone(parts: Parts, frame: Frame) -> str:
    clinic_id = parts.scope.clinic_id
    return frame.zone if clinic_id is None or clinic_id not in frame.clinics else frame.clinics[clinic_id][1]


_BETTER = {Better.UP: "Higher is better", Better.DOWN: "Lower is better", Better.NONE: "Neither high nor low is better"}


def _words(metric: Metric, figure: Figure, frame: Frame, parts: Parts) -> tuple[tuple[str, str], ...]:
    found = [("In words", metric.description), ("Numerator", _sentence(metric.numerator_words))]
    if metric.denominator_words is not None:
        found.append(("Denominator", _sentence(metric.denominator_words)))
    found += [("Counted on", metric.basis), ("Which way", f"{_BETTER[metric.better]}.")]
    since = f"{metric.since:%-d %b %Y}"
    found += [
        ("Version", f"{metric.version}, in force since {since}. {metric.change_note}"),
        ("As defined by", metric.source),
    ]
    target = frame.target(metric.key, parts.scope.clinic_id, parts.interval.end, parts.scope.practitioner_id(metric))
    if target is not None:
        found.append(("Target", f"Set by {target.set_by} from {target.valid_from:%-d %b %Y}."))
    found.append(("Owner", metric.owner))
    return tuple(found)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _definitions(metric: Metric, figure: Figure, parts: Parts) -> tuple[OtherDefinition, ...]:
    if not metric.variants:
        return ()
    label = _sentence(metric.denominator_words or metric.label).rstrip(".")
    own = OtherDefinition(label, metric.source, figure.numerator, figure.denominator, figure.value, True, figure.reason)
    others = (
        OtherDefinition(
            variant.label, variant.source, numbers.numerator, numbers.denominator, numbers.value, False, numbers.reason
        )
        for variant, numbers in zip(metric.variants, parts.variants, strict=True)
    )
    return (own, *others)


def _funnel(metric: Metric, figure: Figure, parts: Parts, small: int | None) -> Funnel | None:
    if population(metric) is None or figure.value is None or parts.there is None:
        return None
    total = int(parts.there)
    shown = [part for part in figure.excluded if part.label in parts.reasons]
    reasons = [Reason(part.label, part.count, part.why, _what_if(metric, figure, part)) for part in shown]
    left_out: Number = sum(part.count for part in shown)
    if small is not None:
        counted = figure.n if metric.counted is None else int(parts.counted)
        together, left_out = total - (counted or 0) - left_out, total - (counted or 0)
        if together:
            why = f"put together, as some of them are fewer than {small}"
            reasons.append(Reason("Other reasons", together, why, None))
    return Funnel(total, total - left_out, left_out, figure.numerator, tuple(reasons))


def _what_if(metric: Metric, figure: Figure, part: Excluded) -> Number | None:
    """The figure if the doubtful records all counted above and below the line."""
    if not part.doubtful or not isinstance(metric.value, Ratio):
        return None
    if figure.numerator is None or figure.denominator is None:
        return None
    bottom = float(figure.denominator) + float(part.count)
    return (float(figure.numerator) + float(part.count)) / bottom * metric.value.scale if bottom else None


def _trend(metric: Metric, result: Result, figure: Figure, frame: Frame, parts: Parts, rebase: date | None) -> Trend:
    points = result.figure(metric.key).series
    start = None
    if rebase is not None:
        start = next((index for index, point in enumerate(points) if point.period.end > rebase), None)
    chart = signal_of(metric, points, start) if frame.loading is None else None
    assurance, met = None, None
    # The target of what adds up is that of one day: no week is held against it.
    if figure.target is not None and metric.better is not Better.NONE and not metric.is_extensive:
        goal, up = float(figure.target), metric.better is Better.UP
        values = [float(point.value) for point in points if point.value is not None and not point.partial]
        met = sum((value >= goal) if up else (value <= goal) for value in values)
        assurance = None if chart is None else chart.assurance(goal, up)
    return Trend(points, chart, assurance, met, _events(result.period, frame, parts))


def _events(period: Period, frame: Frame, parts: Parts) -> tuple[Happening, ...]:
    here: ColumnElement[bool] = CalendarEvent.clinic_id.is_(None)
    if parts.scope.clinic_id is not None:
        here = here | (CalendarEvent.clinic_id == parts.scope.clinic_id)
    day = func.date(func.timezone(frame.zone, CalendarEvent.starts_at))
    rows = db.session.execute(
        select(day, CalendarEvent.title, CalendarEvent.kind)
        .where(CalendarEvent.organization_id == frame.organization_id, day >= period.start, day < period.end, here)
        .order_by(day)
    )
    return tuple(Happening(*row) for row in rows)


def _way(metric: Metric, result: Result, parts: Parts, frame: Frame, small: int | None) -> Way:
    feeds = (SourceStep(feed.name, feed.fresh_at, feed.late) for feed in frame.feeds_of(metric.families))
    there = population(metric) or metric.counted
    records = None
    if there is not None and counts_records(there):
        records = parts.there
    return Way(
        sources=tuple(dict.fromkeys(feeds)),
        records=records,
        rollup_rows=_rollup_rows(metric, parts),
        rollup_at="one for each day and clinic",
        definition=f"{metric.label}, version {metric.version}",
        since=metric.since,
        suppressed_below=small,
        data_version=result.version,
    )


def counts_records(of: Sum) -> bool:
    """Is a sum a number of records, and not minutes, money or scores of them?"""
    return all(isinstance(term.part, Measure) and term.part.of is None for term in of.terms)


def _rollup_rows(metric: Metric, parts: Parts) -> int:
    """How many rows of daily facts the period has in the metric's families."""
    filters: Mapping[str, tuple[Any, ...]] = dict(parts.scope.filters)
    total = 0
    for family in metric.families:
        table = TABLES[family.key].c
        query = select(func.count()).where(
            table.organization_id == parts.scope.organization_id,
            table.grain == CLINIC,
            table.day >= parts.interval.start,
            table.day < parts.interval.end,
        )
        clinics: tuple[UUID, ...] | None = filters.get("clinic")
        if clinics is not None:
            query = query.where(table.clinic_id.in_(clinics))
        total += db.session.scalar(query) or 0
    return total
