"""Where an actor is at home: the organization and the clinics they see, read in one statement."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.actor import INSTALLATION, Actor
from app.core.clock import now
from app.core.errors import NotFound
from app.extensions import db
from app.models import Clinic, Organization


@dataclass(frozen=True)
class Places:
    """An organization with those of its clinics that the actor sees, by name."""

    organization: Organization
    clinics: tuple[Clinic, ...]

    def clinic(self, clinic_id: UUID | None) -> Clinic:
        """One of the clinics; raises NotFound for any other id."""
        for clinic in self.clinics:
            if clinic.id == clinic_id:
                return clinic
        raise NotFound("There is no such clinic.", code="DASH_005")


def places_of(actor: Actor) -> Places:
    """The actor's places; an organization may have no clinic yet."""
    if actor.is_of_installation:
        return Places(_installation(), ())
    query = (
        select(Organization, Clinic)
        .outerjoin(Clinic, Clinic.organization_id == Organization.id)
        .where(Organization.id == actor.organization_id)
        .order_by(Clinic.name, Clinic.id)
    )
    found = db.session.execute(query).all()
    clinics = tuple(clinic for _, clinic in found if clinic is not None and actor.sees_clinic(clinic.id))
    return Places(found[0][0], clinics)


def _installation() -> Organization:
    """What stands where an organization would, for who acts for none of them; never stored."""
    return Organization(
        id=INSTALLATION,
        slug="",
        name="Whole installation",
        zone="UTC",
        currency="",
        locale="en_US",
        week_start=0,
        created_at=now(),
    )
