"""What an organization asks of its people's logins: a second factor of those who hold certain roles."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models.organizations import Membership, Organization
from app.services import audit
from app.services.identity import logins, second_factor

ASKABLE = tuple(role for role in Role if role is not Role.PLATFORM_ADMIN)


def roles_asked(actor: Actor) -> frozenset[Role]:
    """The roles of which the organization asks a second factor."""
    organization = db.session.get_one(Organization, actor.organization_id)
    return frozenset(Role(role) for role in organization.second_factor_roles)


def ask_second_factor(actor: Actor, roles: Iterable[Role]) -> None:
    """Asks those who hold these roles for a second factor; whoever has none is logged out, also their programs, and
    comes no further than setting one up; audited; commits.

    Raises Invalid for roles that cannot be asked, Conflict while the actor would lock themselves out.
    """
    actor.require(Permission.USERS_WRITE)
    wanted = frozenset(roles)
    if wanted - set(ASKABLE):
        raise Invalid("Some fields cannot be used.", fields={"roles": "Choose among the roles of the organization."})
    if wanted & actor.roles and actor.user_id is not None and not second_factor.is_on(actor.user_id):
        raise Conflict("Turn on a second factor of your own first.")
    organization = db.session.get_one(Organization, actor.organization_id)
    organization.second_factor_roles = sorted(role.value for role in wanted)
    db.session.flush()
    ended = [logins.end_everything(user_id) for user_id in _without(actor, wanted)]
    audit.record(actor, "account.policy", "organization", actor.organization_id, roles=organization.second_factor_roles)
    db.session.commit()
    for each in ended:
        each.announce()


def _without(actor: Actor, roles: frozenset[Role]) -> list[UUID]:
    held = Membership.roles.overlap([role.value for role in roles])
    query = select(Membership.user_id).where(
        Membership.organization_id == actor.organization_id, held, ~second_factor.held_by(Membership.user_id)
    )
    return list(db.session.scalars(query)) if roles else []
