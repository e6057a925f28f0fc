"""One patient's chart: conditions, readings, allergies, medication, goals, tests, messages, recalls.

Everything is opened from sealed columns: never cache it. Each read is of one patient, over an index that begins with
the patient, so that its cost follows the patient's own records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import today
from app.extensions import db
from app.insights.readings import Reading
from app.models import Clinic, Organization, Patient
from app.services import access
from app.services.chart.chart_contacts import (
    MESSAGES,
    RECALLS,
    RESULTS,
    MessageLine,
    Recall,
    ResultLine,
    ScheduledTest,
    Visit,
    VisitKind,
    kinds_of,
    messages_in,
    past_visits,
    recalls_in,
    results_in,
    tests_in,
    tests_to_come,
    visits_in,
)
from app.services.chart.chart_health import (
    ALLERGIES,
    GOALS,
    PLANS,
    PROBLEMS,
    AllergyLine,
    GoalLine,
    Plan,
    Problem,
    allergies_in,
    goals_in,
    plans_in,
    problems_in,
    readings_of,
)
from app.services.chart.chart_medication import MEDICINES, Medicine, medicines_in
from app.services.chart.chart_reading import Part, Records, records_of

VITALS = (
    "blood_pressure",
    "heart_rate",
    "respiratory_rate",
    "temperature",
    "oxygen_saturation",
    "weight",
    "height",
    "bmi",
)


@dataclass(frozen=True)
class Chart:
    """Everything that a patient's page tells of health; each part is read when it is first asked for, and once."""

    patient: Patient
    zone: str
    besides: Mapping[str, Part] = field(default_factory=dict)  # read in the same statement

    @property
    def day(self) -> date:
        """Today at the patient's clinic."""
        return today(self.zone)

    @cached_property
    def records(self) -> Records:
        """Every small list of the chart, read in one statement."""
        parts = {
            "problems": PROBLEMS,
            "allergies": ALLERGIES,
            "medicines": MEDICINES,
            "goals": GOALS,
            "tests": tests_to_come(),
            "results": RESULTS,
            "messages": MESSAGES,
            "recalls": RECALLS,
            "plans": PLANS,
            "visits": past_visits(),
        }
        return records_of(self.patient, parts | dict(self.besides))

    @cached_property
    def readings(self) -> Mapping[str, tuple[Reading, ...]]:
        """Findings by kind, newest first."""
        return readings_of(self.patient)

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Current conditions."""
        return problems_in(self.records.found["problems"], self.readings, self.day)

    @cached_property
    def allergies(self) -> tuple[AllergyLine, ...]:
        """Allergies that are not resolved."""
        return allergies_in(self.records.found["allergies"])

    @cached_property
    def medicines(self) -> tuple[Medicine, ...]:
        """Current medication."""
        return medicines_in(self.records.found["medicines"], self.patient, self.zone)

    @cached_property
    def goals(self) -> tuple[GoalLine, ...]:
        """Goals that are pursued."""
        return goals_in(self.records.found["goals"], self.readings)

    @cached_property
    def tests(self) -> tuple[ScheduledTest, ...]:
        """Tests to come."""
        return tests_in(self.records.found["tests"])

    @cached_property
    def results(self) -> tuple[ResultLine, ...]:
        """The newest reports."""
        return results_in(self.records.found["results"])

    @property
    def new_results(self) -> int:
        """Reports that the patient has not opened."""
        return self.records.marked["results"]

    @cached_property
    def messages(self) -> tuple[MessageLine, ...]:
        """The newest messages."""
        return messages_in(self.records.found["messages"])

    @property
    def unread(self) -> int:
        """Messages of the practice that the patient has not read."""
        return self.records.marked["messages"]

    @cached_property
    def recalls(self) -> tuple[Recall, ...]:
        """Follow-ups that are not done."""
        return recalls_in(self.records.found["recalls"], self.day)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Care plans that run."""
        return plans_in(self.records.found["plans"])

    @cached_property
    def kinds(self) -> Mapping[UUID, VisitKind]:
        """The organization's kinds of visit."""
        return kinds_of(self.patient.organization_id)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Visits that took place."""
        return visits_in(self.records.found["visits"], self.kinds)

    @property
    def vitals_at(self) -> datetime | None:
        """When a vital sign was last measured."""
        newest = (found[0].at for kind, found in self.readings.items() if kind in VITALS)
        return max(newest, default=None)


def chart_of(actor: Actor, patient_id: UUID) -> Chart:
    """The chart of a patient of the actor's own, with its audit line; commits. Raises Forbidden and NotFound as
    `app.services.access.chart_for` does."""
    patient = access.chart_for(actor, patient_id)
    zone = _zone(patient)
    db.session.commit()
    return Chart(patient, zone)


def _zone(patient: Patient) -> str:
    query = (
        select(func.coalesce(Clinic.zone, Organization.zone))
        .select_from(Organization)
        .outerjoin(Clinic, (Clinic.organization_id == Organization.id) & (Clinic.id == patient.home_clinic_id))
        .where(Organization.id == patient.organization_id)
    )
    return db.session.scalars(query).one()
