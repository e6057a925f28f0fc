"""The analytics dashboard: what it asks of the catalogue, of the population's counts and of the forecasts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.charts.funnel_limits import limit_of, within
from app.charts.types import FunnelLimit
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.period import Period, Span, period_of
from app.core.permissions import Role
from app.extensions import db
from app.metrics.types import Better, Figure, Number, Row
from app.models import Clinic, Department, Organization
from app.services.dashboards import forecasts, population, readings
from app.services.dashboards.forecasts import Outlook
from app.services.dashboards.population import Population
from app.services.dashboards.readings import WEEKS, Ask, Filters, Reading, local_today
from app.services.reports.report_shelf import Shelved, shelf

TILES = (
    "attendance.booked",
    "patients.seen",
    "patients.retention_rate",
    "satisfaction.score",
    "capacity.utilisation",
    "attendance.no_show_rate",
    "revenue.collected",
    "revenue.margin",
)
FIGURES = (
    "attendance.completed",
    "attendance.completion_rate",
    "attendance.lost_slot_rate",
    "attendance.outcome_missing_rate",
    "waiting.timed_rate",
    "waiting.wait_median",
    "waiting.wait_p90",
    "waiting.visit_median",
    "waiting.visit_mean",
    "waiting.cycle_median",
    "waiting.on_time_rate",
    "satisfaction.nps",
    "satisfaction.response_rate",
    "satisfaction.replies",
    "satisfaction.complaints",
    "satisfaction.incidents",
    "satisfaction.harm_incidents",
    "patients.new",
    "patients.visits_per_patient",
    "capacity.attended_utilisation",
    "capacity.available_minutes",
    "capacity.room_utilisation",
    "capacity.equipment_utilisation",
    "clinical.bp_control_rate",
    "clinical.review_rate",
    "tasks.documentation_rate",
    "revenue.charged",
    "revenue.per_visit",
    "revenue.collected_per_patient",
    "revenue.charged_per_hour",
    "revenue.costs",
    "revenue.costs_per_patient",
)
DOCTORS = ("attendance.booked", "waiting.on_time_rate", "satisfaction.top_box")
ROSTER = ("attendance.completed", "staff.doctor_on_duty")
FUNNELS = ("waiting.on_time_rate", "satisfaction.top_box")
DEPARTMENTS = ("attendance.booked", "capacity.utilisation", "waiting.wait_median", "waiting.wait_p90")
CONFIDENCE = 0.95  # of the intervals of shares
NOT_BY_DOCTOR = "The population is counted by home clinic, not by doctor."
NOT_BY_DEPARTMENT = "The population is counted by home clinic, not by department."


@dataclass(frozen=True)
class Delay:
    """A department whose 90th percentile of waits is above the organization's limit, in minutes."""

    label: str
    minutes: float
    limit: int
    n: int


@dataclass(frozen=True)
class AnalyticsDashboard(Reading):
    """What is known of the viewer's clinics, of one of them or of one department, or of a doctor's own work."""

    department: str = ""
    departments: tuple[str, ...] = ()

    @property
    def is_own_work(self) -> bool:
        """Is it a doctor's page about their own work?"""
        return "practitioner" in self.filters

    @cached_property
    def population(self) -> Population:
        """The patients whose home the clinics are; empty with its reason for a part of a clinic."""
        if self.is_own_work:
            return Population(reason=NOT_BY_DOCTOR)
        if "department" in self.filters:
            return Population(reason=NOT_BY_DEPARTMENT)
        return population.read(self.actor, self.clinic.id if self.clinic else None, self.rules.small_cell)

    @cached_property
    def outlooks(self) -> Mapping[str, Outlook]:
        """The forecasts by metric."""
        is_part = bool(self.filters.keys() & {"practitioner", "department"})
        return forecasts.outlooks(self.actor, self.clinic.id if self.clinic else None, is_part)

    @cached_property
    def reports(self) -> tuple[Shelved, ...]:
        """The reports that the viewer may read."""
        return shelf(self.actor)

    @cached_property
    def doctors(self) -> tuple[Row, ...]:
        """Each doctor, in no order of merit; peers are unnamed for those who may not know them."""
        answer = self.answers.get("doctors")
        return tuple(row for row in answer.rows if row.key[0]) if answer else ()

    @cached_property
    def outside(self) -> frozenset[tuple[str, ...]]:
        """The keys of doctors who lie outside the 99.8% limits of a funnel on the side that is not wanted."""
        return frozenset(
            row.key for key in FUNNELS for row in self.doctors if self._is_outside(key, row.figures.get(key))
        )

    def _is_outside(self, key: str, figure: Figure | None) -> bool:
        whole = self.get("doctors", key)
        limit = limit_for(figure, whole)
        if limit is None or figure is None or figure.value is None or whole is None or whole.value is None:
            return False
        is_worse = (figure.value < whole.value) == (figure.metric.better is Better.UP)
        return is_worse and not within(limit, float(figure.value))

    @property
    def completeness(self) -> float | None:
        """The share of visits that are over and have a recorded outcome."""
        missing = self.value("attendance.outcome_missing_rate")
        return None if missing is None else 1 - float(missing)

    @property
    def delays(self) -> tuple[Delay, ...]:
        """Departments above the limit of waits, the longest first."""
        answer, limit = self.answers.get("departments"), self.rules.wait_limit_minutes
        found = [
            Delay(row.label, float(figure.value), limit, figure.n or 0)
            for row in (answer.rows if answer else ())
            if (figure := row.figures["waiting.wait_p90"]).value is not None and figure.value > limit
        ]
        return tuple(sorted(found, key=lambda delay: -delay.minutes))

    @property
    def full(self) -> tuple[tuple[str, float], ...]:
        """Departments booked above the organization's limit: label and utilisation."""
        answer, limit = self.answers.get("departments"), self.rules.capacity_limit
        found = [
            (row.label, float(figure.value))
            for row in (answer.rows if answer else ())
            if (figure := row.figures["capacity.utilisation"]).value is not None and figure.value > limit
        ]
        return tuple(sorted(found, key=lambda pair: -pair[1]))

    def value(self, metric: str) -> Number | None:
        """The period's value; None where it is unknown or the viewer may not see it."""
        figure = self.get("now", metric) or self.get("figures", metric)
        return None if figure is None else figure.value

    @property
    def visits_per_doctor_day(self) -> float | None:
        """Completed visits for each doctor's day on duty, of the weeks for which a roster is recorded."""
        visits, duty = (self.get("roster", key) for key in ROSTER)
        if visits is None or duty is None or not (visits.series and duty.series):  # what no source brings has no series
            return None
        pairs = [(done.value, days.value) for done, days in zip(visits.series, duty.series, strict=True) if days.value]
        days_on_duty = sum(float(days or 0) for _, days in pairs)
        return sum(float(done or 0) for done, _ in pairs) / days_on_duty if days_on_duty else None

    @property
    def growth(self) -> float | None:
        """Money collected against the like part of the period before, as a fraction."""
        figure = self.get("now", "revenue.collected")
        if figure is None or figure.value is None or not figure.previous:
            return None
        return float(figure.value) / float(figure.previous) - 1


def limit_for(figure: Figure | None, whole: Figure | None) -> FunnelLimit | None:
    """The limits of chance for as many records as a share was counted from; None where either is not shown."""
    if figure is None or whole is None or figure.value is None or whole.value is None or not figure.denominator:
        return None
    return limit_of(int(figure.denominator), float(whole.value))


def own_work(actor: Actor) -> Filters:
    """A doctor without a wider role sees the figures of their own work."""
    if Role.DOCTOR in actor.roles and not actor.roles & {Role.ADMIN, Role.ANALYST, Role.CLINIC_STAFF}:
        return {"practitioner": (actor.practitioner_id,)}
    return {}


def departments_of(actor: Actor, clinic: Clinic | None) -> dict[str, tuple[UUID, ...]]:
    """The departments of a clinic, or of all that the actor sees, by name: clinics may have one of the same name."""
    query = (
        select(Department.name, func.array_agg(Department.id))
        .where(Department.organization_id == actor.organization_id)
        .group_by(Department.name)
        .order_by(Department.name)
    )
    if clinic is not None:
        query = query.where(Department.clinic_id == clinic.id)
    elif actor.clinic_ids is not None:
        query = query.where(Department.clinic_id.in_(actor.clinic_ids))
    return {name: tuple(ids) for name, ids in db.session.execute(query)}


def read(
    actor: Actor,
    organization: Organization,
    clinic: Clinic | None,
    period: Period,
    department: str = "",
    metrics: tuple[str, ...] = (),
) -> AnalyticsDashboard:
    """Asks everything; `metrics` are further keys of the catalogue. NotFound for a department that is not there."""
    filters: dict[str, tuple[Any, ...]] = dict(own_work(actor))
    known = departments_of(actor, clinic)
    if department:
        name = next((one for one in known if one.casefold() == department.casefold()), None)
        if name is None:
            raise NotFound("There is no such department.", code="DASH_005", field="department")
        department, filters["department"] = name, known[name]
    today = local_today(organization, clinic)
    asked = questions(period, today, organization.week_start, metrics, of_one_clinic=clinic is not None)
    found = readings.read(AnalyticsDashboard, actor, organization, clinic, period, asked, filters)
    return replace(found, department=department, departments=tuple(known))


def questions(
    period: Period, today: date, week_start: int, metrics: tuple[str, ...] = (), of_one_clinic: bool = False
) -> list[Ask]:
    """Everything that the analytics dashboard asks. Departments of several clinics are told apart by their clinic."""
    this_week = period_of(Span.WEEK, today, week_start)
    trend = Period(this_week.start - timedelta(weeks=WEEKS), this_week.end)
    quarter = Period(this_week.start - timedelta(weeks=13), this_week.start)
    year = Period(today - timedelta(days=364), today + timedelta(days=1))
    asked = [
        Ask("now", TILES, period, compare=True),
        Ask("trend", TILES, trend, step=Span.WEEK),
        Ask("week", TILES, Period(this_week.start - timedelta(weeks=1), this_week.start)),
        Ask("figures", FIGURES, period),
        Ask("roster", ROSTER, period, step=Span.WEEK),
        Ask("complaints", ("satisfaction.complaints",), year, by=("category",)),
        Ask("incidents", ("satisfaction.incidents",), period, by=("severity",)),
        Ask("costs", ("revenue.costs",), period, by=("category",)),
        Ask("devices", ("capacity.equipment_utilisation",), period, by=("equipment_kind",)),
        Ask("departments", DEPARTMENTS, period, by=("department",) if of_one_clinic else ("department", "clinic")),
        Ask("hours", ("attendance.booked",), quarter, by=("weekday", "hour")),
        Ask("doctors", DOCTORS, quarter, by=("practitioner",), filters={"practitioner": ()}),
    ]
    return [*asked, Ask("asked", metrics, period, compare=True)] if metrics else asked
