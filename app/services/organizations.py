"""Organizations and the people in them: made, found, given roles."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.keyring import first_key
from app.models.organizations import (
    Membership,
    Organization,
    OrganizationSettings,
    User,
)
from app.services import audit


def create_organization(slug: str, name: str, zone: str, currency: str = "USD", locale: str = "en_US") -> Organization:
    """A new organization with its key, its settings and the start of its audit log; commits."""
    organization = Organization(
        id=new_id(), slug=slug, name=name, zone=zone, currency=currency, locale=locale, created_at=now()
    )
    db.session.add(organization)
    db.session.commit()
    organization_id = organization.id
    with tenant_scope(organization_id):
        key = first_key(organization_id)
        key.created_at = now()
        settings = OrganizationSettings(organization_id=organization_id, id=new_id(), values={}, updated_at=now())
        db.session.add_all([key, settings, audit.first_head(organization_id)])
        db.session.commit()
    return db.session.get_one(Organization, organization_id)


def create_user(email: str, name: str, password_hash: str | None, platform_admin: bool = False) -> User:
    """A new person without any role; commits."""
    user = User(
        id=new_id(),
        email=email.strip().casefold(),
        name=name,
        password_hash=password_hash,
        platform_admin=platform_admin,
        created_at=now(),
    )
    db.session.add(user)
    db.session.commit()
    return user


def add_member(
    organization_id: UUID,
    user_id: UUID,
    roles: Iterable[Role],
    clinic_ids: Iterable[UUID] | None = None,
    practitioner_id: UUID | None = None,
    patient_id: UUID | None = None,
) -> Membership:
    """Gives a person roles in an organization, in all clinics or in the ones named; commits."""
    membership = Membership(
        id=new_id(),
        organization_id=organization_id,
        user_id=user_id,
        roles=[role.value for role in roles],
        clinic_ids=None if clinic_ids is None else list(clinic_ids),
        practitioner_id=practitioner_id,
        patient_id=patient_id,
        created_at=now(),
    )
    db.session.add(membership)
    db.session.commit()
    return membership


def all_organizations() -> list[tuple[UUID, str]]:
    """Id and slug of every organization, by slug."""
    rows = db.session.execute(select(Organization.id, Organization.slug).order_by(Organization.slug))
    return [(row.id, row.slug) for row in rows]


def organization_by_slug(slug: str) -> Organization | None:
    """The organization of that slug."""
    return db.session.scalars(select(Organization).where(Organization.slug == slug)).one_or_none()
