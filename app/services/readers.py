"""Whose eyes a report is made for: the rights people have at that moment, and who may read what was made for whom."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import Select, select

from app.core.actor import Actor, system_actor
from app.core.errors import Forbidden, NotFound
from app.core.permissions import Role
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.models import Membership, ReportFile, ReportRun, User

OWN_ONLY = frozenset({Role.DOCTOR})  # what they see is their own work and nobody else's


def actor_of(organization_id: UUID, user_id: UUID | None, name: str) -> Actor:
    """A person with the rights they have now; the product itself for None. Forbidden when they have none left."""
    if user_id is None:
        return system_actor(organization_id, name)
    found = actors_of(organization_id, [user_id])
    if user_id not in found:
        raise Forbidden(f"{name} has no access any more.")
    return found[user_id]


def actors_of(organization_id: UUID, user_ids: Iterable[UUID]) -> Mapping[UUID, Actor]:
    """Those of the people who can still log in to the organization, with the rights they have now."""
    query = _members(organization_id).where(Membership.user_id.in_(list(user_ids)))
    return {user.id: _actor(membership, user) for membership, user in db.session.execute(query).all()}


def member_by_address(organization_id: UUID, address: str) -> UUID:
    """The person of a mail address in the organization; raises NotFound."""
    query = _members(organization_id).where(User.email == address.strip().casefold())
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound(f"Nobody in your organization has the address {address}.", field="people")
    return found[1].id


def holders_of(organization_id: UUID, roles: Iterable[str]) -> Mapping[UUID, Actor]:
    """Everybody who holds one of the roles now."""
    query = _members(organization_id).where(Membership.roles.overlap(list(roles)))
    return {user.id: _actor(membership, user) for membership, user in db.session.execute(query).all()}


def may_read(actor: Actor, run: ReportRun, file: ReportFile) -> bool:
    """May the actor read a file made for somebody with certain rights? With the same rights, or with all of them and
    more; never without the permission for one of its metrics."""
    known = (METRICS[key].permission for key in run.definitions or {} if key in METRICS)
    if not all(map(actor.can, known)):
        return False
    if file.rights == actor.scope_key:
        return True
    if actor.roles == OWN_ONLY:
        return False
    return _covers_clinics(actor, run, file) and (
        Role.ADMIN in actor.roles or actor.roles >= set(file.roles or (Role.ADMIN.value,))
    )


def _covers_clinics(actor: Actor, run: ReportRun, file: ReportFile) -> bool:
    if actor.clinic_ids is None:
        return True
    if run.clinic_id is not None:
        return actor.sees_clinic(run.clinic_id)
    return file.clinic_ids is not None and actor.clinic_ids >= set(file.clinic_ids)


def _members(organization_id: UUID) -> Select[Membership, User]:
    query = select(Membership, User).join(User, User.id == Membership.user_id)
    return query.where(Membership.organization_id == organization_id, User.disabled_at.is_(None))


def _actor(membership: Membership, user: User) -> Actor:
    return Actor(
        organization_id=membership.organization_id,
        user_id=user.id,
        name=user.name,
        roles=frozenset(map(Role, membership.roles)),
        clinic_ids=None if membership.clinic_ids is None else frozenset(membership.clinic_ids),
        practitioner_id=membership.practitioner_id,
        patient_id=membership.patient_id,
    )
