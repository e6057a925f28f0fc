"""People and their way in: checking a password, choosing a new one, being disabled, changing roles."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import NotFound, Unauthorized
from app.core.passwords import check_new_password, hash_password, needs_new_hash, verify_password
from app.core.permissions import Role
from app.core.tenancy import scope_of, tenant_scope
from app.extensions import db
from app.models.organizations import Membership, Organization, User
from app.services import audit
from app.services.identity import attempts, logins, second_factor


@dataclass(frozen=True)
class Place:
    """An organization that a person belongs to, and as what."""

    organization_id: UUID
    slug: str
    name: str
    roles: tuple[Role, ...]
    clinic_ids: tuple[UUID, ...] | None


class SecondFactorNeeded(Unauthorized):
    """The password was right; a code is still to come."""

    code = "otp_required"

    def __init__(self, user_id: UUID) -> None:
        super().__init__("Send the code that your authenticator app shows.")
        self.user_id = user_id


def authenticate(email: str, password: str, address: str | None = None, code: str | None = None) -> User:
    """The person of an address and a password, and of a code where they have a second factor; commits.

    Raises Unauthorized, SecondFactorNeeded where the code is missing, or TooMany after ten failures in a row.
    """
    attempt = attempts.begin(email, address)
    user = find_user(email)
    stored = None if user is None else user.password_hash
    is_right = verify_password(stored, password)
    if user is None or stored is None or not is_right or user.disabled_at is not None:
        if user is not None:
            note_everywhere(user, "login.fail", outcome="refused", address=address)
        raise Unauthorized("The address or the password is wrong.", code="login_failed")
    if needs_new_hash(stored):
        user.password_hash = hash_password(password)
    if second_factor.is_on(user.id):
        if not code:
            attempt.outcome = "half"
            db.session.commit()
            raise SecondFactorNeeded(user.id)
        second_factor.check(user, code)
    attempt.outcome = "successful"
    db.session.commit()
    return user


def places_of(user_id: UUID) -> list[Place]:
    """Where a person belongs, by name."""
    rows = db.session.execute(
        select(Organization.id, Organization.slug, Organization.name, Membership.roles, Membership.clinic_ids)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id)
        .order_by(Organization.name)
    )
    return [
        Place(row.id, row.slug, row.name, tuple(Role(r) for r in row.roles), row.clinic_ids and tuple(row.clinic_ids))
        for row in rows
    ]


def set_password(user: User, password: str, by: str) -> None:
    """Gives a person a new password, ends whatever they are logged in with, and notes it; commits."""
    check_new_password(password, _surroundings(user))
    user.password_hash = hash_password(password)
    ended = logins.end_everything(user.id)
    db.session.commit()
    ended.announce()
    note_everywhere(user, "account.password", by=by)


def change_password(actor: Actor, current: str, new: str) -> None:
    """The person's own change: the current password is asked again; commits.

    Raises Unauthorized for a wrong current password, Invalid for a new one that is too weak, TooMany as at login.
    """
    set_password(attempts.prove_again(actor, current), new, by="self")


def disable(user: User) -> None:
    """Takes a person's access away at once, everywhere; commits."""
    user.disabled_at = now()
    ended = logins.end_everything(user.id)
    db.session.commit()
    ended.announce()
    note_everywhere(user, "account.disable")


def change_roles(membership: Membership, roles: Iterable[Role], clinic_ids: Iterable[UUID] | None) -> None:
    """Other roles or clinics in one organization; whatever the person is logged in with ends; commits."""
    membership.roles = [role.value for role in roles]
    membership.clinic_ids = None if clinic_ids is None else list(clinic_ids)
    ended = logins.end_everything(membership.user_id)
    db.session.commit()
    ended.announce()
    note_everywhere(db.session.get_one(User, membership.user_id), "account.roles", roles=membership.roles)


def find_user(email: str) -> User | None:
    """The person of an address."""
    return db.session.scalars(select(User).where(User.email == attempts.normal_email(email))).one_or_none()


def all_users() -> Sequence[User]:
    """Everybody, by address."""
    return db.session.scalars(select(User).order_by(User.email)).all()


def user_by_email(email: str) -> User:
    """The person of an address; raises NotFound."""
    user = find_user(email)
    if user is None:
        raise NotFound("There is no such person.")
    return user


def note_everywhere(user: User, action: str, outcome: str = "ok", address: str | None = None, **details: Any) -> None:
    """One audit line in each of the person's organizations (inside an open scope: in that one); commits."""
    open_scope = scope_of(db.session())
    for place in places_of(user.id):
        if open_scope not in (None, place.organization_id):
            continue
        with tenant_scope(place.organization_id):
            actor = Actor(place.organization_id, user.id, user.name, frozenset(place.roles), address=address)
            audit.record(actor, action, "user", user.id, outcome=outcome, **details)
            db.session.commit()


def _surroundings(user: User) -> list[str]:
    return [user.email, user.name, *(place.name for place in places_of(user.id))]
