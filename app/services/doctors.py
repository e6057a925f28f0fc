"""Which doctor a dashboard is about, and where that doctor works."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, or_, select

from app.core.actor import Actor
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models import Affiliation, Clinic, Practitioner

LISTED = 500


@dataclass(frozen=True)
class Workplace:
    """A clinic where a doctor works."""

    clinic_id: UUID
    clinic: str
    role: str | None
    is_primary: bool


@dataclass(frozen=True)
class Doctor:
    """A doctor with their clinics, the first one first; `name` as people say it, with the title."""

    id: UUID
    name: str
    specialty: str | None
    license_number: str | None
    workplaces: tuple[Workplace, ...]


def doctor_for(actor: Actor, doctor_id: UUID | None, day: date) -> Doctor:
    """The doctor asked for, without one the actor: for that doctor and the administration.

    Raises Forbidden (DASH_006) for a colleague or a login without a doctor, NotFound for whom the actor does not see,
    Invalid where an administrator names nobody.
    """
    actor.require(Permission.DASHBOARD_DOCTOR)
    rules = Role.ADMIN in actor.roles
    wanted = doctor_id or actor.practitioner_id
    if wanted is None:
        if rules:
            raise Invalid("Name the doctor.", field="doctor_id")
        raise Forbidden("This login is not linked to a doctor.", code="DASH_006")
    found = _read(actor, wanted, day)
    if found is None or (actor.clinic_ids is not None and not _meets(actor, found)):
        raise NotFound("There is no such doctor.")
    if not rules and wanted != actor.practitioner_id:
        raise Forbidden("You may see your own dashboard only.", code="DASH_006")
    return found


def doctors_for(actor: Actor) -> list[tuple[UUID, str]]:
    """The doctors that an administrator may choose from, by name: id and name, at most 500."""
    query = select(Practitioner).where(Practitioner.organization_id == actor.organization_id, Practitioner.active)
    if actor.clinic_ids is not None:
        works_here = exists().where(
            Affiliation.organization_id == Practitioner.organization_id,
            Affiliation.practitioner_id == Practitioner.id,
            Affiliation.clinic_id.in_(actor.clinic_ids),
        )
        query = query.where(works_here)
    found = db.session.scalars(query.order_by(Practitioner.spoken, Practitioner.id).limit(LISTED))
    return [(one.id, one.spoken) for one in found]


def _meets(actor: Actor, doctor: Doctor) -> bool:
    own = doctor.id == actor.practitioner_id
    return own or any(actor.sees_clinic(place.clinic_id) for place in doctor.workplaces)


def _read(actor: Actor, doctor_id: UUID, day: date) -> Doctor | None:
    still = or_(Affiliation.ends_on.is_(None), Affiliation.ends_on >= day)
    query = (
        select(Practitioner, Affiliation, Clinic)
        .outerjoin(
            Affiliation,
            (Affiliation.organization_id == Practitioner.organization_id)
            & (Affiliation.practitioner_id == Practitioner.id)
            & still,
        )
        .outerjoin(
            Clinic, (Clinic.organization_id == Affiliation.organization_id) & (Clinic.id == Affiliation.clinic_id)
        )
        .where(Practitioner.organization_id == actor.organization_id, Practitioner.id == doctor_id)
        .order_by(Affiliation.is_primary.desc().nulls_last(), Clinic.name, Affiliation.id)
    )
    rows = db.session.execute(query).all()
    if not rows:
        return None
    places: dict[UUID, Workplace] = {}
    for _, work, clinic in rows:
        if clinic is not None:
            places.setdefault(clinic.id, Workplace(clinic.id, clinic.name, work.role, work.is_primary))
    one = rows[0][0]
    return Doctor(one.id, one.spoken, one.specialty, one.license_number, tuple(places.values()))
