"""The clinic dashboard: what it asks, and what it shows of the day besides metrics."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from app.core.actor import Actor
from app.core.period import Period, Span, period_of
from app.metrics.flow import Flow, Occupancy, flows, occupancy, same_time
from app.models import Clinic, Organization
from app.services.dashboards import readings
from app.services.dashboards.readings import WEEKS, Ask, Reading, local_today

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


@dataclass(frozen=True)
class ClinicDashboard(Reading):
    """One clinic's answers."""

    clinic: Clinic

    @cached_property
    def flows(self) -> tuple[Flow, Flow]:
        """The day as a sum, and the same weekday a week before as it stood at the same time of day."""
        before = self.today - timedelta(days=7)
        then = same_time(before, self.moment, self.zone)
        first, second = flows(self.clinic.id, [(self.today, self.moment), (before, then)], self.actor)
        return first, second

    @cached_property
    def occupancy(self) -> Occupancy:
        """Rooms and devices in use at the moment."""
        return occupancy(self.clinic, self.actor, self.moment)


def opening_words(clinic: Clinic, day: date) -> str:
    """The opening hours of a day: "open 08:00 to 17:00"."""
    spans = (clinic.opening_hours or {}).get(str(day.weekday()))
    if clinic.opening_hours is None:
        return "opening hours not recorded"
    return "open " + " and ".join(f"{start} to {end}" for start, end in spans) if spans else "closed"


def read(
    actor: Actor, organization: Organization, clinic: Clinic, period: Period, names: set[str] | None = None
) -> ClinicDashboard:
    """Asks everything, or only what is named."""
    today = local_today(organization, clinic)
    asked = [ask for ask in questions(period, today, organization.week_start) if names is None or ask.name in names]
    return readings.read(ClinicDashboard, actor, organization, clinic, period, asked)


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
