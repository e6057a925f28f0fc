"""The doctor dashboard: what it asks of one doctor's own work, and the patients it lists."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from app.core.actor import Actor
from app.core.ids import UNKNOWN
from app.core.period import Period, Span, period_of, steps
from app.metrics.types import Figure
from app.models import Alert, Clinic, Organization
from app.services.dashboards import readings
from app.services.dashboards.doctor_day import DoctorDay, day_of
from app.services.dashboards.readings import WEEKS, Ask, Filters, Reading, local_today
from app.services.doctors import Doctor

TILES = (
    "attendance.booked",
    "patients.seen",
    "revenue.collected",
    "waiting.visit_mean",
    "waiting.on_time_rate",
    "waiting.wait_median",
    "attendance.no_show_rate",
    "satisfaction.score",
)
BESIDE = ("waiting.wait_p90", "patients.new", "patients.returning", "attendance.completed")
DAY = (
    "attendance.booked",
    "attendance.completed",
    "attendance.in_progress",
    "attendance.to_come",
    "attendance.cancelled",
    "attendance.no_shows",
    "patients.new",
    "patients.returning",
    "patients.seen",
    "revenue.collected",
    "waiting.visit_mean",
    "waiting.on_time_rate",
    "waiting.wait_median",
    "waiting.wait_p90",
)
WEEK = (
    "attendance.booked",
    "attendance.completion_rate",
    "attendance.cancellation_rate",
    "attendance.no_show_rate",
    "patients.seen",
    "patients.new",
    "patients.retention_rate",
    "satisfaction.score",
    "waiting.on_time_rate",
    "waiting.wait_median",
    "revenue.collected",
    "revenue.per_visit",
    "revenue.insurance_share",
)
INDICATORS = ("waiting.on_time_rate", "tasks.documentation_rate", "tasks.follow_up_rate", "patients.continuity_rate")
MONTH = ("patients.new", "attendance.booked", "attendance.completed", "revenue.collected", *INDICATORS)
MONTH_WEEK = (
    "attendance.booked",
    "attendance.completed",
    "attendance.no_shows",
    "attendance.cancelled",
    "revenue.collected",
)
TREND = (*TILES, "patients.new", "tasks.documentation_rate")
COMPARED = ("waiting.on_time_rate", "tasks.documentation_rate")
ANALYTICS = tuple(
    dict.fromkeys(
        (
            *TILES,
            *BESIDE,
            *INDICATORS,
            "attendance.completion_rate",
            "attendance.cancellation_rate",
            "patients.retention_rate",
            "revenue.per_visit",
            "tasks.follow_ups_overdue",
            "clinical.review_rate",
            "clinical.answer_rate",
            "clinical.bp_control_rate",
        )
    )
)
PARTS = ("type", "weekday", "hour")
PARTED = ("attendance.booked", "attendance.no_show_rate", "waiting.on_time_rate", "waiting.visit_mean")
STEPS = ((Span.DAY, 31), (Span.WEEK, 190))  # the longest period in days that a step divides; longer ones: months
PEER_WEEKS = 12
FEWEST_PEERS = 4  # with fewer, a dot without a name is still somebody


@dataclass(frozen=True)
class Peers:
    """A share of all doctors of the place together, the doctor's own, and those of others, unnamed and by value."""

    whole: Figure
    own: Figure | None
    others: tuple[Figure, ...]

    @property
    def may_be_shown(self) -> bool:
        """Are there enough others that none can be told by elimination?"""
        return len(self.others) >= FEWEST_PEERS and self.whole.value is not None


@dataclass(frozen=True)
class DoctorDashboard(Reading):
    """One doctor's work. `asks_again`: the page asks by itself, nobody has opened it just now."""

    doctor: Doctor
    asks_again: bool = False

    @cached_property
    def day(self) -> DoctorDay:
        """The next visits and what waits; audited."""
        clinic_id = None if self.clinic is None else self.clinic.id
        return day_of(self.actor, self.doctor.id, clinic_id, self.today, self.asks_again, self.rules)

    @cached_property
    def alerts(self) -> list[Alert]:
        """The open episodes about the doctor's patients that the page lists."""
        return [alert.episode for alert in self.day.attention.alerts if alert.episode is not None]

    @property
    def weeks(self) -> tuple[tuple[int, Period], ...]:
        """The weeks of the running month that have begun, cut at its edges: number from 1, and dates."""
        return weeks_of(self.today, self.organization.week_start)

    def peers(self, metric: str) -> Peers | None:
        """How others' shares compare; None where the viewer may not see the metric."""
        answer = self.answers.get("peers")
        if answer is None or metric not in answer.total.figures:
            return None
        known = [row for row in answer.rows if row.figures[metric].denominator and row.key != (str(UNKNOWN),)]
        is_own = {id(row): row.own or row.key == (str(self.doctor.id),) for row in known}
        others = sorted((row.figures[metric] for row in known if not is_own[id(row)]), key=lambda one: one.value or 0)
        own = next((row.figures[metric] for row in known if is_own[id(row)]), None)
        return Peers(answer.total.figures[metric], own, tuple(others))


def weeks_of(today: date, week_start: int) -> tuple[tuple[int, Period], ...]:
    """The weeks of the month of `today` up to the running one, cut at the month's edges, so that they add up to it."""
    month = period_of(Span.MONTH, today)
    found = [
        Period(max(week.start, month.start), min(week.end, month.end))
        for week in steps(month, Span.WEEK, week_start)
        if week.start <= today
    ]
    return tuple(enumerate(found, start=1))


def read(
    actor: Actor,
    organization: Organization,
    clinic: Clinic | None,
    period: Period,
    doctor: Doctor,
    asks_again: bool = False,
) -> DoctorDashboard:
    """Asks everything about a doctor that `app.services.doctors.doctor_for` has found."""
    asked = questions(period, local_today(organization, clinic), organization.week_start)
    own: Filters = {"practitioner": (doctor.id,)}
    return readings.read(
        DoctorDashboard, actor, organization, clinic, period, asked, own, doctor=doctor, asks_again=asks_again
    )


def questions(period: Period, today: date, week_start: int) -> list[Ask]:
    """Everything that the doctor dashboard asks."""
    day, this_week = period_of(Span.DAY, today), period_of(Span.WEEK, today, week_start)
    last_week = period_of(Span.WEEK, this_week.start - timedelta(days=1), week_start)
    everybody: Filters = {"practitioner": ()}
    return [
        Ask("now", (*TILES, *BESIDE), period, compare=True),
        Ask("trend", TREND, _weeks(today, week_start), step=Span.WEEK),
        Ask("day", DAY, day),
        Ask("week", WEEK, last_week, compare=True),
        Ask("month", MONTH, period_of(Span.MONTH, today), compare=True),
        *(Ask(week_name(number), MONTH_WEEK, week) for number, week in weeks_of(today, week_start)),
        Ask(
            "peers",
            COMPARED,
            Period(this_week.start - timedelta(weeks=PEER_WEEKS), this_week.start),
            by=("practitioner",),
            filters=everybody,
        ),
    ]


def analytics(
    actor: Actor,
    organization: Organization,
    clinic: Clinic | None,
    period: Period,
    doctor: Doctor,
    compare: bool,
) -> DoctorDashboard:
    """The work of one period as a whole, step by step, by kind of visit, weekday and hour, and beside colleagues."""
    step = next((span for span, days in STEPS if period.days <= days), Span.MONTH)
    asked = [
        Ask("whole", ANALYTICS, period, step=step, compare=compare, exclusions=True),
        *(Ask(f"by {dimension}", PARTED, period, by=(dimension,)) for dimension in PARTS),
        Ask("peers", COMPARED, period, by=("practitioner",), filters={"practitioner": ()}),
        Ask("trend", TREND, _weeks(local_today(organization, clinic), organization.week_start), step=Span.WEEK),
    ]
    own: Filters = {"practitioner": (doctor.id,)}
    return readings.read(DoctorDashboard, actor, organization, clinic, period, asked, own, doctor=doctor)


def _weeks(today: date, week_start: int) -> Period:
    this_week = period_of(Span.WEEK, today, week_start)
    return Period(this_week.start - timedelta(weeks=WEEKS), this_week.end)


def week_name(number: int) -> str:
    """The name of the question about a week of the month."""
    return f"week {number} of the month"
