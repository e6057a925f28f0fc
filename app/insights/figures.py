"""Alert rules about figures: long waits, full diaries, a rate out of control, a source that is late."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from app.core import format
from app.core.clock import now
from app.core.period import Period, Span, period_of
from app.core.permissions import Permission
from app.extensions import db
from app.insights.episodes import AlertRule, Finding, Situation
from app.metrics.run import run
from app.metrics.spc import Verdict
from app.metrics.types import Query, Row
from app.models import Source

TAIL, BOOKED = "waiting.wait_p90", "capacity.utilisation"
_FEWEST_WAITS = 5  # a percentile of fewer says nothing
_AHEAD_DAYS = 7
_WEEKS = 26


def long_waits(situation: Situation) -> Iterator[Finding]:
    """Departments whose 90th percentile of waits today lies above the limit, for several checks in a row."""
    limit = situation.rules.wait_limit_minutes
    for row in _by_department(situation, TAIL, period_of(Span.DAY, situation.day)):
        figure = row.figures[TAIL]
        if figure.value is None or (figure.n or 0) < _FEWEST_WAITS or figure.value <= limit:
            continue
        yield Finding(
            rule="waiting.long_waits",
            subject=row.key[0],
            severity="high" if figure.value > 2 * limit else "medium",
            title=f"{row.label}: long waits",
            words=f"90th percentile {format.number(figure.value)} min, limit {limit}.",
            evidence={"value": figure.value, "limit": limit, "counted": figure.n},
            patience=situation.rules.wait_limit_checks,
            recommendation="Tell waiting patients, and see who can take a patient over.",
        )


def full_diaries(situation: Situation) -> Iterator[Finding]:
    """Departments whose bookable minutes of the coming week are nearly all booked."""
    ahead = Period(situation.day + timedelta(days=1), situation.day + timedelta(days=1 + _AHEAD_DAYS))
    limit = situation.rules.capacity_limit
    for row in _by_department(situation, BOOKED, ahead):
        share = row.figures[BOOKED].value
        if share is None or share < limit:
            continue
        yield Finding(
            rule="capacity.full",
            subject=row.key[0],
            severity="medium" if share >= 1 else "low",
            title=f"{row.label} is {format.percent(share, 0)} booked",
            words=f"The next {_AHEAD_DAYS} days; the limit is {format.percent(limit, 0)}.",
            evidence={"value": float(share), "limit": limit},
            recommendation="Open more slots, or offer other days.",
        )


def turned_worse(
    rule: str,
    kind: str,
    metric: str,
    title: str,
    recommendation: str,
    permission: Permission = Permission.METRICS_OPERATIONS,
) -> AlertRule:
    """The rule that a weekly rate shows a change for the worse which chance alone would rarely make."""

    def check(situation: Situation) -> Iterator[Finding]:
        week = period_of(Span.WEEK, situation.day)
        weeks = Period(week.start - timedelta(weeks=_WEEKS), week.end)
        figure = run(Query((metric,), weeks, (), _here(situation), Span.WEEK, compare=False), situation.actor).figure(
            metric
        )
        chart = figure.signal
        if chart is None or chart.latest is None or chart.verdict is not Verdict.CONCERN:
            return
        yield Finding(
            rule=rule,
            subject="clinic",
            severity="medium",
            title=title,
            words=f"{figure.metric.label}, weekly: {chart.latest.words}; the mean is {format.percent(chart.mean)}.",
            evidence={"rule": chart.latest.rule.value, "mean": chart.mean},
            recommendation=recommendation,
        )

    return AlertRule(rule, kind, title, check, permission, metric)


def late_source(situation: Situation) -> Iterator[Finding]:
    """Sources whose newest data is older than they promise."""
    query = select(Source).where(
        Source.organization_id == situation.actor.organization_id, Source.due_minutes.is_not(None)
    )
    for source in db.session.scalars(query):
        if source.fresh_at is None or source.due_minutes is None:
            continue
        age = (now() - source.fresh_at).total_seconds() / 60
        if age > source.due_minutes:
            yield Finding(
                rule="data.late",
                subject=str(source.id),
                severity="medium",
                title=f"{source.name} is late",
                words=f"Last data {format.moment(source.fresh_at, situation.clinic.zone)}, "
                f"due every {format.minutes(source.due_minutes)}.",
                evidence={"value": round(age), "limit": source.due_minutes},
                recommendation="Figures from it are shown as of then.",
            )


def _here(situation: Situation) -> dict[str, tuple[object, ...]]:
    return {"clinic": (situation.clinic.id,)}


def _by_department(situation: Situation, metric: str, period: Period) -> tuple[Row, ...]:
    query = Query((metric,), period, ("department",), _here(situation), compare=False)
    return run(query, situation.actor).rows


RULES = (
    AlertRule("waiting.long_waits", "waiting", "A department's waits are long", long_waits, metric=TAIL),
    AlertRule("capacity.full", "capacity", "A department is nearly booked out", full_diaries, metric=BOOKED),
    turned_worse(
        "attendance.no_show_signal",
        "signal",
        "attendance.no_show_rate",
        "More patients do not come",
        "Check that reminders go out.",
    ),
    AlertRule("data.late", "data", "A source is late", late_source),
)
