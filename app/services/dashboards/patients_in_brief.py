"""What a list says of each patient: name, age, last visit, condition. Opened from sealed columns: never cache it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.extensions import db
from app.models import Appointment, Condition, Patient

_CURRENT = ("active", "recurrence", "relapse")


@dataclass(frozen=True)
class Brief:
    """A patient in a line; `age` in whole years on the day asked about."""

    id: UUID
    name: str | None
    record_number: str | None
    age: int | None
    last_visit: date | None
    condition: str | None


def briefs_of(actor: Actor, patient_ids: Collection[UUID], day: date) -> dict[UUID, Brief]:
    """The patients by id, as they are on `day`; one statement whose cost follows these patients' own records.

    The condition is the current one that our rules know (the latest diagnosed), else the latest current one. Rights and
    audit lines are the caller's.
    """
    if not patient_ids:
        return {}
    known_first = (Condition.kind.is_(None), func.coalesce(Condition.onset_day, Condition.recorded_day).desc())
    place = func.row_number().over(partition_by=Condition.patient_id, order_by=(*known_first, Condition.id))
    current = (
        select(Condition.id, Condition.patient_id, place.label("place"))
        .where(
            Condition.organization_id == actor.organization_id,
            Condition.patient_id.in_(patient_ids),
            Condition.status.in_(_CURRENT),
            Condition.confirmed.is_not(False),
        )
        .subquery()
    )
    last_visit = (
        select(func.max(Appointment.local_day))
        .where(
            Appointment.organization_id == Patient.organization_id,
            Appointment.patient_id == Patient.id,
            Appointment.status == "completed",
            Appointment.local_day <= day,
        )
        .correlate(Patient)
        .scalar_subquery()
    )
    query = (
        select(Patient, last_visit, Condition)
        .outerjoin(current, (current.c.patient_id == Patient.id) & (current.c.place == 1))
        .outerjoin(Condition, (Condition.organization_id == Patient.organization_id) & (Condition.id == current.c.id))
        .where(Patient.organization_id == actor.organization_id, Patient.id.in_(patient_ids))
    )
    return {
        patient.id: Brief(
            patient.id,
            patient.name,
            patient.record_number,
            _age(patient.birth_date, day),
            seen,
            condition.name if condition else None,
        )
        for patient, seen, condition in db.session.execute(query)
    }


def _age(born: date | None, day: date) -> int | None:
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
