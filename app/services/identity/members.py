"""The people of an organization, as its administrator keeps them: added, given roles, disabled, let in anew.

A person may belong to several organizations. Whatever is the person's own (password, second factor, being disabled)
an administrator changes only for those who belong nowhere else; from others they take the membership.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.passwords import hash_password
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models.access import UserSession
from app.models.organizations import Membership, User
from app.models.practitioners import Practitioner
from app.services import audit, organizations
from app.services.access import clinics_for, practitioner_for
from app.services.identity import account_links, accounts, logins, second_factor
from app.services.identity.attempts import normal_email

PAGE = 50
# A patient's account is made from the patient's record, and nobody is made platform admin by an organization.
GIVEN = (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True)
class Member:
    """A person of the organization; `elsewhere`: belongs to other organizations, or to the installation, too."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    roles: tuple[Role, ...]
    clinic_ids: tuple[UUID, ...] | None
    practitioner_id: UUID | None
    disabled_at: datetime | None
    second_factor: bool
    password: bool
    seen_at: datetime | None
    elsewhere: bool


@dataclass(frozen=True)
class Rights:
    """What a person may do in the organization: roles, clinics (None: every clinic), and which doctor they are."""

    roles: tuple[Role, ...]
    clinic_ids: tuple[UUID, ...] | None
    practitioner_id: UUID | None = None


def people(actor: Actor, words: str = "", patients: bool = False, after: str = "") -> Sequence[Member]:
    """Staff or patients of the organization, by address, at most PAGE; `words` are looked for in name and address."""
    actor.require(Permission.USERS_WRITE)
    patient = Membership.roles.contains([Role.PATIENT.value])
    query = _query(actor).where(patient if patients else ~patient, User.email > after).order_by(User.email)
    if words:
        query = query.where(
            or_(User.name.icontains(words, autoescape=True), User.email.icontains(words, autoescape=True))
        )
    return [_member(row) for row in db.session.execute(query.limit(PAGE))]


def member_for(actor: Actor, member_id: UUID) -> Member:
    """One of the organization's people; raises NotFound for anybody else."""
    actor.require(Permission.USERS_WRITE)
    row = db.session.execute(_query(actor).where(Membership.id == member_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such person.")
    return _member(row)


def _query(actor: Actor) -> Select[*tuple[Any, ...]]:
    other = aliased(Membership)
    elsewhere = exists().where(other.user_id == User.id, other.organization_id != actor.organization_id)
    factor = second_factor.held_by(User.id)
    seen = select(func.max(UserSession.seen_at)).where(
        UserSession.user_id == User.id, UserSession.organization_id == actor.organization_id
    )
    return (
        select(
            Membership,
            User,
            factor.label("factor"),
            seen.scalar_subquery().label("seen"),
            or_(elsewhere, User.platform_admin).label("elsewhere"),
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == actor.organization_id)
    )


def _member(row: Row[*tuple[Any, ...]]) -> Member:
    membership, user, factor, seen, elsewhere = row
    return Member(
        membership.id,
        user.id,
        user.name,
        user.email,
        tuple(Role(role) for role in membership.roles),
        None if membership.clinic_ids is None else tuple(membership.clinic_ids),
        membership.practitioner_id,
        user.disabled_at,
        factor,
        user.password_hash is not None,
        seen,
        elsewhere,
    )


def add(actor: Actor, email: str, name: str, rights: Rights, invited: bool = False) -> tuple[Member, str | None]:
    """A new person, or a known one who gets rights here too; audited; commits.

    Gives the password of a new person, to be shown this once; None where the person keeps the one they have, or is
    `invited` by mail to choose one.
    Raises Invalid with a message for each field.
    """
    actor.require(Permission.USERS_WRITE)
    email, name = normal_email(email), name.strip()
    faults = _faults(actor, rights)
    if not _EMAIL.fullmatch(email) or len(email) > 320:
        faults["email"] = "Write an address such as ada@clinic.example."
    if not 1 <= len(name) <= 120:
        faults["name"] = "A name has 1 to 120 characters."
    user = None if "email" in faults else accounts.find_user(email)
    if user is not None and any(
        place.organization_id == actor.organization_id for place in accounts.places_of(user.id)
    ):
        faults["email"] = "This person belongs to the organization already."
    _refuse(faults)
    password = None
    if user is None:
        password = None if invited else secrets.token_urlsafe(15)
        user = organizations.create_user(email, name, hash_password(password) if password else None)
        if invited:
            account_links.invite(actor, user)
    kept = rights.clinic_ids
    made = organizations.add_member(actor.organization_id, user.id, rights.roles, kept, rights.practitioner_id)
    audit.record(actor, "account.add", "user", user.id, roles=list(rights.roles), clinics=kept)
    db.session.commit()
    return member_for(actor, made.id), password


def change(actor: Actor, member_id: UUID, rights: Rights) -> Member:
    """Other roles or clinics; the person's logins end; audited; commits. Raises Invalid, Conflict, NotFound."""
    member = member_for(actor, member_id)
    if Role.PATIENT in member.roles:
        raise Conflict("A patient's account has no other role.")
    faults = _faults(actor, rights)
    if Role.ADMIN in member.roles and Role.ADMIN not in rights.roles and _is_last_admin(actor, member):
        faults["roles"] = "The organization needs one administrator. Give the role to somebody else first."
    _refuse(faults)
    membership = db.session.get_one(Membership, member.id)
    membership.practitioner_id = rights.practitioner_id
    accounts.change_roles(membership, rights.roles, rights.clinic_ids)
    audit.record(actor, "account.change", "user", member.user_id, roles=list(rights.roles), clinics=rights.clinic_ids)
    db.session.commit()
    return member_for(actor, member_id)


def disable(actor: Actor, member_id: UUID) -> bool:
    """Takes a person's access at once: the account of who belongs here alone, else the membership; audited; commits.

    True where the account was disabled, False where only the membership went. Raises Conflict for oneself and for the
    last administrator.
    """
    member = member_for(actor, member_id)
    if member.user_id == actor.user_id:
        raise Conflict("Nobody disables themselves.")
    if Role.ADMIN in member.roles and _is_last_admin(actor, member):
        raise Conflict("The organization needs one administrator.")
    audit.record(actor, "account.disable", "user", member.user_id, membership_only=member.elsewhere)
    if not member.elsewhere:
        accounts.disable(db.session.get_one(User, member.user_id))
        return True
    ended = logins.end_everything(member.user_id)
    db.session.delete(db.session.get_one(Membership, member.id))
    db.session.commit()
    ended.announce()
    return False


def enable(actor: Actor, member_id: UUID) -> None:
    """Lets a disabled person of this organization alone in again; audited; commits."""
    member = _own(actor, member_id)
    db.session.get_one(User, member.user_id).disabled_at = None
    audit.record(actor, "account.enable", "user", member.user_id)
    db.session.commit()


def invite(actor: Actor, member_id: UUID) -> Member:
    """Invites a person once more who has chosen no password yet; audited; commits. Raises Conflict for others."""
    member = _own(actor, member_id)
    if member.password:
        raise Conflict("This person has a password already.")
    account_links.invite(actor, db.session.get_one(User, member.user_id))
    audit.record(actor, "account.invite", "user", member.user_id)
    db.session.commit()
    return member


def new_password(actor: Actor, member_id: UUID) -> str:
    """A new password for a person of this organization alone, to be shown this once; audited; commits."""
    member = _own(actor, member_id)
    password = secrets.token_urlsafe(15)
    accounts.set_password(db.session.get_one(User, member.user_id), password, by=actor.name)
    audit.record(actor, "account.password_given", "user", member.user_id)
    db.session.commit()
    return password


def reset_second_factor(actor: Actor, member_id: UUID) -> None:
    """Turns the second factor off of a person of this organization alone; audited; commits."""
    member = _own(actor, member_id)
    second_factor.reset(db.session.get_one(User, member.user_id))
    audit.record(actor, "account.second_factor", "user", member.user_id, on=False)
    db.session.commit()


def _own(actor: Actor, member_id: UUID) -> Member:
    member = member_for(actor, member_id)
    if member.elsewhere:
        raise Conflict("This person belongs to other organizations too. Ask who runs the installation.")
    return member


def _is_last_admin(actor: Actor, member: Member) -> bool:
    others = (
        select(func.count())
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == actor.organization_id,
            Membership.id != member.id,
            Membership.roles.contains([Role.ADMIN.value]),
            User.disabled_at.is_(None),
        )
    )
    return not db.session.scalar(others)


def _faults(actor: Actor, rights: Rights) -> dict[str, str]:
    faults = {}
    if not rights.roles or set(rights.roles) - set(GIVEN):
        faults["roles"] = "Choose at least one of the roles."
    known = {clinic.id for clinic in clinics_for(actor)}
    if rights.clinic_ids is not None and (not rights.clinic_ids or set(rights.clinic_ids) - known):
        faults["clinics"] = "Choose among the clinics of the organization."
    if rights.practitioner_id is not None:
        try:
            practitioner_for(actor, rights.practitioner_id)
        except NotFound:
            faults["practitioner"] = "There is no such doctor."
    if Role.DOCTOR in rights.roles and rights.practitioner_id is None:
        faults["practitioner"] = "Say which doctor this person is."
    return faults


def _refuse(faults: dict[str, str]) -> None:
    if faults:
        raise Invalid("Some fields cannot be used.", fields=faults)


def doctors(actor: Actor) -> list[tuple[UUID, str]]:
    """Id and name of the organization's doctors, by name: whom an account can stand for."""
    query = select(Practitioner).where(
        Practitioner.organization_id == actor.organization_id, Practitioner.active.is_(True)
    )
    return sorted(((row.id, row.spoken) for row in db.session.scalars(query)), key=lambda pair: pair[1])
