"""Who works in a clinic: how many people, doctors and departments, and what each doctor is."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import distinct, func, or_, select

from app.core.actor import Actor
from app.extensions import db
from app.models import Affiliation, Department, Practitioner, Shift

_ROSTER_DAYS = 28


@dataclass(frozen=True)
class Staff:
    """`people`: different persons on the roster of four weeks, None without one; `specialties` by doctor id."""

    people: int | None
    doctors: int
    departments: int
    specialties: dict[str, str | None]


def staff_of(actor: Actor, clinic_id: UUID, day: date) -> Staff:
    """The staff of a clinic on a day."""
    organization_id = actor.organization_id
    people = select(func.count(distinct(Shift.person))).where(
        Shift.organization_id == organization_id,
        Shift.clinic_id == clinic_id,
        Shift.local_day.between(day - timedelta(days=_ROSTER_DAYS), day),
    )
    departments = select(func.count()).where(
        Department.organization_id == organization_id, Department.clinic_id == clinic_id
    )
    doctors = (
        select(Practitioner.id, Practitioner.specialty)
        .join(
            Affiliation,
            (Affiliation.organization_id == Practitioner.organization_id)
            & (Affiliation.practitioner_id == Practitioner.id),
        )
        .where(
            Practitioner.organization_id == organization_id,
            Practitioner.active,
            Affiliation.clinic_id == clinic_id,
            or_(Affiliation.ends_on.is_(None), Affiliation.ends_on >= day),
        )
        .distinct()
    )
    counted = db.session.execute(select(people.scalar_subquery(), departments.scalar_subquery())).one()
    found = db.session.execute(doctors).all()
    return Staff(counted[0] or None, len(found), counted[1], {str(row.id): row.specialty for row in found})
