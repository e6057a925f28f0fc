"""The second factor at login, whatever it is: an authenticator app, a passkey, or a code for when both are lost."""

from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, delete, exists, or_, select

from app.core.actor import Actor
from app.core.errors import Conflict, Unauthorized
from app.extensions import db
from app.models.access import Passkey, SecondFactor
from app.models.organizations import Membership, Organization, User
from app.services import audit
from app.services.identity import attempts, authenticator_app, logins, recovery_codes

ASKED_FOR = "Your organization asks for a second factor. Add another one first."


def is_on(user_id: UUID) -> bool:
    """Does the person log in with a second factor?"""
    return bool(db.session.scalar(select(held_by(User.id)).where(User.id == user_id)))


def held_by(user_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    """Has a person a second factor of any kind? For statements about many."""
    app = exists().where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None))
    return or_(app, exists().where(Passkey.user_id == user_id))


def turn_on(actor: Actor, code: str) -> list[str]:
    """Turns the app on with a first code; gives recovery codes, shown this once, with the first factor of all;
    audited; commits. Raises Invalid for a wrong code."""
    assert actor.user_id is not None
    had_one = is_on(actor.user_id)
    authenticator_app.confirm(actor.user_id, code)
    codes = [] if had_one else recovery_codes.make(actor.user_id)
    audit.record(actor, "account.second_factor", "user", actor.user_id, on=True)
    db.session.commit()
    return codes


def new_codes(actor: Actor, password: str) -> list[str]:
    """New recovery codes in the place of the old; the password is asked again; audited; commits."""
    user = attempts.prove_again(actor, password)
    if not is_on(user.id):
        raise Conflict("There is no second factor to recover.")
    codes = recovery_codes.make(user.id)
    audit.record(actor, "account.recovery_codes", "user", user.id)
    db.session.commit()
    return codes


def remove_app(actor: Actor, password: str) -> None:
    """Turns the app off; the password is asked again; audited; commits.

    Raises Unauthorized, TooMany, and Conflict where an organization asks for a factor and this is the last.
    """
    user = attempts.prove_again(actor, password)
    authenticator_app.drop(user.id)
    settle_removal(user.id)
    audit.record(actor, "account.second_factor", "user", user.id, on=False)
    db.session.commit()


def settle_removal(user_id: UUID) -> None:
    """What follows, in the caller's transaction, from a factor that was taken away: codes go with the last one.

    Raises Conflict, after undoing the removal, where an organization of the person asks for one.
    """
    db.session.flush()
    if is_on(user_id):
        return
    if _is_asked_for(user_id):
        db.session.rollback()
        raise Conflict(ASKED_FOR)
    recovery_codes.drop(user_id)


def reset(user: User) -> None:
    """Takes every factor of a person away from outside, and ends whatever was opened with them; commits."""
    authenticator_app.drop(user.id)
    recovery_codes.drop(user.id)
    db.session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    ended = logins.end_everything(user.id)
    db.session.commit()
    ended.announce()


def check(user: User, code: str) -> None:
    """Takes a code of the app or a recovery code, each good once; the caller commits. Raises Unauthorized."""
    if not (authenticator_app.take(user.id, code) or recovery_codes.take(user.id, code)):
        raise Unauthorized("The code is wrong, or was used already.", code="otp_failed")


def check_after_password(user_id: UUID, code: str, address: str | None) -> User:
    """The second step of a login, counted like a first one; commits. Raises Unauthorized, or TooMany."""
    user = db.session.get_one(User, user_id)
    attempt = attempts.begin(user.email, address)
    if user.disabled_at is not None:
        raise Unauthorized("The address or the password is wrong.", code="login_failed")
    check(user, code)
    attempt.outcome = "successful"
    db.session.commit()
    return user


def is_owed(user_id: UUID, organization_id: UUID) -> bool:
    """Does the organization ask the person for a second factor that they do not have?"""
    return _is_asked_for(user_id, organization_id) and not is_on(user_id)


def _is_asked_for(user_id: UUID, organization_id: UUID | None = None) -> bool:
    member = select(Membership.id).join(Organization, Organization.id == Membership.organization_id)
    asking = member.where(Membership.user_id == user_id, Organization.second_factor_roles.overlap(Membership.roles))
    if organization_id is not None:
        asking = asking.where(Membership.organization_id == organization_id)
    return db.session.scalar(asking.limit(1)) is not None
