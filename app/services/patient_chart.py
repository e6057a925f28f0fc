"""One patient's chart: conditions, readings, allergies, medication, goals, tests, messages, recalls.

Everything is opened from sealed columns: never cache it. Each read is of one patient, over an index that begins with
the patient, so that its cost follows the patient's own records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import today
from app.extensions import db
from app.insights.readings import Reading
from app.models import Clinic, Organization, Patient, Preparation
from app.services import access
from app.services.chart_contacts import (
    MessageLine,
    Recall,
    ResultLine,
    ScheduledTest,
    Visit,
    messages_of,
    recalls_of,
    results_of,
    tests_of,
    visits_of,
)
from app.services.chart_health import (
    AllergyLine,
    GoalLine,
    Plan,
    Problem,
    allergies_of,
    goals_of,
    plans_of,
    problems_of,
    readings_of,
)
from app.services.chart_medication import Medicine, medicines_of

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
    """Everything that the patient's page tells of health. `readings`: newest first, by kind."""

    patient: Patient
    problems: tuple[Problem, ...]
    readings: Mapping[str, tuple[Reading, ...]]
    allergies: tuple[AllergyLine, ...]
    medicines: tuple[Medicine, ...]
    goals: tuple[GoalLine, ...]
    tests: tuple[ScheduledTest, ...]
    results: tuple[ResultLine, ...]
    messages: tuple[MessageLine, ...]
    unread: int
    recalls: tuple[Recall, ...]
    plans: tuple[Plan, ...]
    visits: tuple[Visit, ...]

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
    day = today(zone)
    found = readings_of(patient)
    messages, unread = messages_of(patient)
    chart = Chart(
        patient=patient,
        problems=problems_of(patient, found, day),
        readings=found,
        allergies=allergies_of(patient),
        medicines=medicines_of(patient, zone),
        goals=goals_of(patient, found),
        tests=tests_of(patient),
        results=results_of(patient),
        messages=messages,
        unread=unread,
        recalls=recalls_of(patient, day),
        plans=plans_of(patient),
        visits=visits_of(patient),
    )
    db.session.commit()
    return chart


def _zone(patient: Patient) -> str:
    query = (
        select(func.coalesce(Clinic.zone, Organization.zone))
        .select_from(Organization)
        .outerjoin(Clinic, (Clinic.organization_id == Organization.id) & (Clinic.id == patient.home_clinic_id))
        .where(Organization.id == patient.organization_id)
    )
    return db.session.scalars(query).one()


def preparations_of(organization_id: UUID, type_ids: Sequence[UUID], audience: str) -> dict[UUID, tuple[str, ...]]:
    """What is to be prepared for visits of these types by `audience` (patient or doctor), in order; one statement."""
    query = (
        select(Preparation.appointment_type_id, Preparation.text)
        .where(
            Preparation.organization_id == organization_id,
            Preparation.appointment_type_id.in_(type_ids),
            Preparation.audience == audience,
        )
        .order_by(Preparation.position, Preparation.id)
    )
    found: dict[UUID, tuple[str, ...]] = {}
    for type_id, text in db.session.execute(query):
        if type_id is not None:
            found[type_id] = (*found.get(type_id, ()), text)
    return found
