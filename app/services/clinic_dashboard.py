"""The clinic dashboard's figures: asked together, once, for the page, its fragments, the wall and the API alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from app.core import format
from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.period import Period, Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.findings import Insight, missed_targets, signals
from app.metrics.catalogue import METRICS
from app.metrics.flow import Flow, Occupancy, flows, occupancy, same_time
from app.metrics.frame import Frame, load
from app.metrics.run import run_all
from app.metrics.types import Figure, Query, Result
from app.models import Alert, CalendarEvent, Clinic, Organization
from app.models.settings import Rules
from app.services.alerts import open_alerts

TILES = (
    "waiting.wait_median",
    "attendance.no_show_rate",
    "waiting.on_time_rate",
    "capacity.room_utilisation",
    "capacity.third_next_median",
    "revenue.collected",
    "satisfaction.nps",
    "capacity.equipment_utilisation",
)
BESIDE = ("waiting.wait_p90",)
DAY = (
    "attendance.booked",
    "attendance.completed",
    "attendance.in_progress",
    "attendance.cancellations",
    "attendance.no_shows",
    "attendance.completion_rate",
    "patients.seen",
    "patients.new",
    "patients.returning",
    "waiting.wait_mean",
    "satisfaction.score",
    "capacity.room_utilisation",
    "staff.doctor_on_duty",
    "staff.nurse_on_duty",
    "staff.support_on_duty",
    "revenue.collected",
)
WEEK = (
    "attendance.booked",
    "attendance.completion_rate",
    "revenue.collected",
    "patients.seen",
    "patients.new",
    "patients.retention_rate",
    "satisfaction.score",
)
TARGETED = ("waiting.wait_median", "attendance.no_show_rate", "waiting.on_time_rate", "capacity.third_next_median")
METHODS = tuple(f"revenue.{method}_share" for method in ("insurance", "card", "cash", "transfer", "other"))
MONEY = ("revenue.collected", *METHODS)
STANDING = (
    "receivables.open_invoices",
    "receivables.outstanding",
    "receivables.days_in_ar",
    "revenue.net_collection_rate",
    "payments.collection_days",
)
DEPARTMENTS = (
    "attendance.booked",
    "attendance.seen",
    "waiting.wait_median",
    "waiting.wait_p90",
    "waiting.wait_mean",
    "capacity.utilisation",
)
DOCTORS = (
    "attendance.booked",
    "attendance.completion_rate",
    "satisfaction.score",
    "patients.retention_rate",
    "revenue.collected",
    "revenue.per_visit",
    "waiting.on_time_rate",
    "tasks.documentation_rate",
)
WEEKS = 26


@dataclass(frozen=True)
class Ask:
    """One question of the dashboard by name."""

    name: str
    metrics: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    step: Span | None = None
    compare: bool = False


@dataclass(frozen=True)
class ClinicDashboard:
    """The answers by name, for one clinic, one period and one viewer; `moment` is when they were read."""

    actor: Actor
    organization: Organization
    clinic: Clinic
    period: Period
    moment: datetime
    frame: Frame
    answers: Mapping[str, Result]

    @property
    def currency(self) -> str:
        """The organization's currency, ISO 4217."""
        return self.organization.currency

    @property
    def local(self) -> datetime:
        """The moment on the clinic's own clocks."""
        return self.moment.astimezone(ZoneInfo(self.clinic.zone))

    @property
    def today(self) -> date:
        """The clinic's local date."""
        return self.local.date()

    @property
    def is_today(self) -> bool:
        """Is the period the day that is running now?"""
        return self.period.span is Span.DAY and self.period.start == self.today

    @cached_property
    def flows(self) -> tuple[Flow, Flow]:
        """The day as a sum, and the same weekday a week before as it stood at the same time of day."""
        before = self.today - timedelta(days=7)
        then = same_time(before, self.moment, self.clinic.zone)
        first, second = flows(self.clinic.id, [(self.today, self.moment), (before, then)], self.actor)
        return first, second

    @cached_property
    def occupancy(self) -> Occupancy:
        """Rooms and devices in use at the moment."""
        return occupancy(self.clinic, self.actor, self.moment)

    @property
    def rules(self) -> Rules:
        """The organization's thresholds."""
        return self.frame.rules

    @cached_property
    def events(self) -> tuple[CalendarEvent, ...]:
        """What the event log holds about the clinic, from the start of the trend to 30 days ahead, in order."""
        first, last = self.moment - timedelta(weeks=WEEKS), self.moment + timedelta(days=30)
        query = (
            select(CalendarEvent)
            .where(
                CalendarEvent.organization_id == self.actor.organization_id,
                or_(CalendarEvent.clinic_id.is_(None), CalendarEvent.clinic_id == self.clinic.id),
                CalendarEvent.starts_at.between(first, last),
            )
            .order_by(CalendarEvent.starts_at)
        )
        return tuple(db.session.scalars(query))

    @property
    def past_events(self) -> tuple[CalendarEvent, ...]:
        """Events that have begun."""
        return tuple(event for event in self.events if event.starts_at <= self.moment)

    @property
    def coming_events(self) -> tuple[CalendarEvent, ...]:
        """Events still to come."""
        return tuple(event for event in self.events if event.starts_at > self.moment)

    @cached_property
    def alerts(self) -> list[Alert]:
        """The open episodes of the clinic, gravest first."""
        return open_alerts(self.actor, self.clinic.id)

    @cached_property
    def late_words(self) -> tuple[str, ...]:
        """One sentence for each source whose data is late: "Billing 13:00, 3 h 12 min late"."""
        late = ((source, source.overdue(self.moment)) for source in self.frame.sources)
        return tuple(
            f"{source.name} {format.time(source.fresh_at, self.clinic.zone)}, "
            f"{format.minutes(beyond.total_seconds() / 60)} late"
            for source, beyond in late
            if beyond is not None
        )

    @cached_property
    def insights(self) -> list[Insight]:
        """What the rules of the control charts and the targets say, signals first."""
        found = signals(self.answers["trend"], self.currency) if "trend" in self.answers else []
        spoken = {insight.metric for insight in found}
        missed = missed_targets(self.answers["week"], self.currency) if "week" in self.answers else []
        return found + [insight for insight in missed if insight.metric not in spoken]

    def get(self, name: str, metric: str) -> Figure | None:
        """The whole clinic's figure in one of the answers; None where the viewer may not see the metric."""
        answer = self.answers.get(name)
        return answer.total.figures.get(metric) if answer else None


def local_today(clinic: Clinic) -> date:
    """The date on the clinic's wall."""
    return local_day(now(), clinic.zone)


def opening_words(clinic: Clinic, day: date) -> str:
    """The opening hours of a day: "open 08:00 to 17:00"."""
    spans = (clinic.opening_hours or {}).get(str(day.weekday()))
    if clinic.opening_hours is None:
        return "opening hours not recorded"
    return "open " + " and ".join(f"{start} to {end}" for start, end in spans) if spans else "closed"


def read(
    actor: Actor, organization: Organization, clinic: Clinic, period: Period, names: set[str] | None = None
) -> ClinicDashboard:
    """Asks everything (or only what is named) in one go. Metrics that the actor may not see are left out."""
    moment = now()
    today = moment.astimezone(ZoneInfo(clinic.zone)).date()
    asked = [ask for ask in questions(period, today, organization.week_start) if names is None or ask.name in names]
    allowed = [(ask, _allowed(actor, ask.metrics)) for ask in asked]
    filters = {"clinic": (clinic.id,)}
    queries = [
        Query(metrics, ask.period, ask.by, filters, ask.step, ask.compare, _until(ask, today, moment, clinic))
        for ask, metrics in allowed
        if metrics
    ]
    with tenant_scope(actor.organization_id):
        frame = load(db.session(), actor.organization_id)
    results = run_all(queries, actor, frame=frame)
    answers = dict(zip([ask.name for ask, metrics in allowed if metrics], results, strict=True))
    return ClinicDashboard(actor, organization, clinic, period, moment, frame, answers)


def questions(period: Period, today: date, week_start: int) -> list[Ask]:
    """Everything that the clinic dashboard asks."""
    day = period_of(Span.DAY, today)
    this_week = period_of(Span.WEEK, today, week_start)
    last_week = period_of(Span.WEEK, this_week.start - timedelta(days=1), week_start)
    month, year = period_of(Span.MONTH, today), period_of(Span.YEAR, today)
    trend = Period(this_week.start - timedelta(weeks=WEEKS), this_week.end)
    return [
        Ask("now", (*TILES, *BESIDE), period, compare=True),
        Ask("trend", TILES, trend, step=Span.WEEK),
        Ask("day", DAY, day),
        Ask("week", (*WEEK, *TARGETED), last_week, compare=True),
        Ask("week days", ("attendance.booked",), last_week, by=("weekday",)),
        Ask("week hours", ("attendance.booked",), last_week, by=("hour",)),
        Ask("replies", ("satisfaction.nps", "satisfaction.response_rate"), Period(today - timedelta(days=29), day.end)),
        Ask("this week", ("revenue.collected",), this_week),
        Ask("month", MONEY, month, compare=True),
        Ask("year", MONEY, year),
        Ask("standing", STANDING, month),
        Ask("departments", DEPARTMENTS, period, by=("department",)),
        Ask("departments day", ("attendance.booked",), day, by=("department",)),
        Ask("departments week", ("attendance.booked", "revenue.collected"), last_week, by=("department",)),
        Ask("departments month", ("attendance.booked",), month, by=("department",)),
        Ask("doctors day", ("attendance.booked",), day, by=("practitioner",)),
        Ask("doctors week", DOCTORS, last_week, by=("practitioner",)),
        Ask("devices", ("capacity.equipment_utilisation",), day, by=("equipment_kind",)),
    ]


def _allowed(actor: Actor, metrics: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in metrics if actor.can(METRICS[key].permission))


def _until(ask: Ask, today: date, moment: datetime, clinic: Clinic) -> time | None:
    """A running day is compared with the same part of the day it is compared with."""
    running = ask.compare and ask.period.span is Span.DAY and ask.period.start == today
    return moment.astimezone(ZoneInfo(clinic.zone)).time().replace(second=0, microsecond=0) if running else None
