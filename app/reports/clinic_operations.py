"""The clinic's month: every figure of the report, asked of the metrics once, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.period import Period, Span, period_of, steps
from app.core.permissions import Permission
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.run import run_all
from app.metrics.types import Figure, Point, Query, Result, Row
from app.models import Clinic, Organization
from app.models.settings import rules_of
from app.reports.types import ReportRequest

BOOKED, NO_SHOWS, NO_SHOW_RATE = "attendance.booked", "attendance.no_shows", "attendance.no_show_rate"
SEEN, WAIT, WAIT_P90 = "attendance.seen", "waiting.wait_median", "waiting.wait_p90"
KEY = (
    SEEN,
    NO_SHOW_RATE,
    WAIT,
    WAIT_P90,
    "waiting.on_time_rate",
    "capacity.third_next_median",
    "revenue.collected",
    "claims.denial_rate",
    "satisfaction.nps",
)
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Waits": (WAIT, WAIT_P90, "waiting.over_30_rate", "waiting.on_time_rate", "waiting.cycle_median"),
    "Revenue": (
        "revenue.invoiced",
        "revenue.collected",
        "revenue.refunds",
        "revenue.per_visit",
        "revenue.gross_collection_rate",
        "revenue.net_collection_rate",
    ),
    "Claims": (
        "claims.submitted",
        "claims.decided",
        "claims.clean_rate",
        "claims.denial_rate",
        "claims.denied_amount_rate",
        "claims.decision_days_median",
    ),
    "Satisfaction": (
        "satisfaction.score",
        "satisfaction.top_box",
        "satisfaction.nps",
        "satisfaction.response_rate",
        "satisfaction.complaints_per_1000",
    ),
}
DAILY = (BOOKED, NO_SHOWS, NO_SHOW_RATE, WAIT, WAIT_P90)
BY_DEPARTMENT = (NO_SHOW_RATE, WAIT, WAIT_P90)
TREND_WEEKS = 26


@dataclass(frozen=True)
class Week:
    """A week as far as it lies in the month. `days` are the ones with bookings; `is_cut`: the month's edge takes days
    away on which the clinic works."""

    whole: Period
    is_cut: bool
    days: tuple[tuple[date, Mapping[str, Point]], ...]
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class ClinicOperations:
    """The report's figures. `figures` compares the month with the one before; `trends` holds 26 weeks with signals.

    Metrics that the actor may not see are in none of the mappings.
    """

    organization: str
    clinic: str
    zone: str
    currency: str
    period: Period
    previous: Period
    clinic_days: int
    previous_clinic_days: int
    figures: Mapping[str, Figure]
    trends: Mapping[str, Figure]
    month: Mapping[str, Figure]
    weeks: tuple[Week, ...]
    departments: tuple[Row, ...]
    is_partial: bool
    small_cell: int
    definitions: Mapping[str, int]
    as_of: datetime | None
    data_version: str | None


def build(request: ReportRequest, actor: Actor) -> ClinicOperations:
    """Asks everything in one go. NotFound for a clinic that is not the actor's; Forbidden without its figures."""
    actor.require(Permission.METRICS_OPERATIONS)
    clinic, organization = _places(request.organization_id, request.clinic_id)
    month, filters = request.period, {"clinic": (clinic.id,)}
    weeks = [(week, _inside(week, month)) for week in steps(month, Span.WEEK, organization.week_start)]
    shown = tuple(key for key in _wanted() if actor.can(METRICS[key].permission))
    trend = _trend_period(month, organization.week_start)
    previous = period_of(Span.MONTH, month.start - timedelta(days=1))
    results = run_all(
        [
            Query(shown, month, filters=filters),
            Query(tuple(key for key in KEY if key in shown), trend, filters=filters, step=Span.WEEK, compare=False),
            Query(BY_DEPARTMENT, month, by=("department",), filters=filters, compare=False),
            Query(DAILY, month, filters=filters, step=Span.DAY, compare=False),
            Query((BOOKED,), previous, filters=filters, step=Span.DAY, compare=False),
            *(Query(DAILY, inside, filters=filters, compare=False) for _, inside in weeks),
        ],
        actor,
    )
    whole, trends, departments, days, days_before, *by_week = results
    worked = {day.weekday() for day, _ in _days(days, month)}
    return ClinicOperations(
        organization=organization.name,
        clinic=clinic.name,
        zone=clinic.zone,
        currency=organization.currency,
        period=month,
        previous=whole.previous or previous,
        clinic_days=len(_days(days, month)),
        previous_clinic_days=len(_days(days_before, whole.previous or previous)),
        figures=whole.total.figures,
        trends=trends.total.figures,
        month=days.total.figures,
        weeks=tuple(
            Week(week, _is_cut(week, inside, worked), _days(days, inside), result.total.figures)
            for (week, inside), result in zip(weeks, by_week, strict=True)
        ),
        departments=departments.rows,
        is_partial=whole.partial,
        small_cell=rules_of(organization.id).small_cell,
        definitions=_definitions(results),
        as_of=whole.as_of,
        data_version=None if whole.version is None else str(whole.version),
    )


def _wanted() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*KEY, *DAILY, *(key for keys in SECTIONS.values() for key in keys))))


def _places(organization_id: UUID, clinic_id: UUID | None) -> tuple[Clinic, Organization]:
    query = (
        select(Clinic, Organization)
        .join(Organization, Organization.id == Clinic.organization_id)
        .where(Clinic.organization_id == organization_id, Clinic.id == clinic_id)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such clinic.")
    return found[0], found[1]


def _trend_period(month: Period, week_start: int) -> Period:
    """Whole weeks up to the one in which the month ends."""
    last = period_of(Span.WEEK, month.last, week_start)
    return Period(last.end - timedelta(weeks=TREND_WEEKS), last.end)


def _inside(week: Period, month: Period) -> Period:
    return Period(max(week.start, month.start), min(week.end, month.end))


def _is_cut(week: Period, inside: Period, worked: set[int]) -> bool:
    dates = (week.start + timedelta(days=offset) for offset in range(week.days))
    return any(day not in inside and day.weekday() in worked for day in dates)


def _days(result: Result, within: Period) -> tuple[tuple[date, Mapping[str, Point]], ...]:
    """Each date of a daily series that lies within, if anything was booked on it."""
    lines: dict[date, dict[str, Point]] = {}
    for key, figure in result.total.figures.items():
        for point in figure.series:
            if point.period.start in within:
                lines.setdefault(point.period.start, {})[key] = point
    return tuple((day, points) for day, points in sorted(lines.items()) if points[BOOKED].value)


def _definitions(results: Sequence[Result]) -> dict[str, int]:
    return {key: version for result in results for key, version in result.definitions.items()}
