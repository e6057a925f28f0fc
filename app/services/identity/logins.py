"""Logins in browsers: begun, listed, moved to another organization, ended at once everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.secrets import digest, new_token
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models.access import ApiToken, RefreshToken, UserSession
from app.models.organizations import Membership, User
from app.services import audit
from app.services.identity.principals import Kind, forget

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=60)
IDLE_WITH_PATIENTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Ended:
    """Credentials that were ended in this transaction; `announce` after the commit tells every process."""

    keys: Sequence[tuple[Kind, bytes]]

    def announce(self) -> None:
        """Marks them in Redis."""
        for kind in Kind:
            if keys := [key for of, key in self.keys if of is kind]:
                forget(kind, keys)


NOTHING = Ended(())


@dataclass(frozen=True)
class Proof:
    """How a person has proved who they are: by two factors or one, and whether to a provider (its id)."""

    two_factors: bool = False
    provider_id: UUID | None = None


ONE_FACTOR = Proof()


def begin(
    user: User,
    organization_id: UUID | None,
    agent: str | None = None,
    address: str | None = None,
    proof: Proof = ONE_FACTOR,
) -> str:
    """A new login of a person who has proved who they are: the token for the cookie; audited; commits."""
    token, at = new_token(), now()
    db.session.add(
        UserSession(
            id=new_id(),
            token_digest=digest(token),
            user_id=user.id,
            organization_id=organization_id,
            created_at=at,
            seen_at=at,
            expires_at=at + LONGEST,
            agent=(agent or "")[:200] or None,
            two_factors=proof.two_factors,
            provider_id=proof.provider_id,
        )
    )
    if organization_id is None:
        db.session.commit()
    else:
        _note(user.id, user.name, organization_id, "login", address)
    return token


def move(
    session_id: UUID, user_id: UUID, organization_id: UUID, agent: str | None = None, address: str | None = None
) -> str:
    """The login goes on in another organization under a new token; the old one ends; audited; commits.

    Raises Forbidden when the person does not belong there, or came in through the provider of one organization.
    """
    member = select(Membership.id).where(Membership.user_id == user_id, Membership.organization_id == organization_id)
    before = db.session.get_one(UserSession, session_id)
    if db.session.scalar(member) is None:
        raise Forbidden("You do not belong to this organization.")
    if before.provider_id is not None:
        raise Forbidden("Log in with your password or a passkey to go on in another organization.")
    ended = end_sessions(UserSession.id == session_id)
    proof = Proof(before.two_factors)
    token = begin(db.session.get_one(User, user_id), organization_id, agent, address, proof)
    ended.announce()
    return token


def strengthen(session_id: UUID) -> str | None:
    """The login has now proved two factors: it goes on under a new token; None where it had before; commits."""
    row = db.session.get_one(UserSession, session_id, with_for_update=True)
    if row.two_factors or row.ended_at is not None:
        return None
    ended, token = Ended([(Kind.SESSION, bytes(row.token_digest))]), new_token()
    row.token_digest, row.two_factors = digest(token), True
    db.session.commit()
    ended.announce()
    return token


def end(session_id: UUID) -> None:
    """Logs a browser out; audited where an organization was picked; commits."""
    row = db.session.get(UserSession, session_id)
    ended = end_sessions(UserSession.id == session_id)
    if row is None or row.organization_id is None:
        db.session.commit()
    else:
        user = db.session.get_one(User, row.user_id)
        _note(user.id, user.name, row.organization_id, "logout", None)
    ended.announce()


def open_sessions(user_id: UUID) -> Sequence[UserSession]:
    """A person's open logins, the one used last first."""
    return db.session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now())
        .order_by(UserSession.seen_at.desc())
    ).all()


def end_own(actor: Actor, session_id: UUID) -> None:
    """Ends one of the person's own logins; audited; commits. Raises NotFound for anybody else's."""
    ended = end_sessions((UserSession.id == session_id) & (UserSession.user_id == actor.user_id))
    if not ended.keys:
        raise NotFound("There is no such login.")
    audit.record(actor, "session.end", "session", session_id)
    db.session.commit()
    ended.announce()


def end_others(actor: Actor, keep: UUID) -> int:
    """Ends all of the person's logins but one: how many; audited; commits."""
    ended = end_sessions((UserSession.user_id == actor.user_id) & (UserSession.id != keep))
    audit.record(actor, "session.end_others", "user", actor.user_id, count=len(ended.keys))
    db.session.commit()
    ended.announce()
    return len(ended.keys)


def end_everything(user_id: UUID) -> Ended:
    """Ends every login, personal token and JWT of a person in the caller's transaction."""
    at = now()
    tokens = db.session.scalars(
        update(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(ApiToken.token_digest)
    ).all()
    families = db.session.scalars(
        update(RefreshToken)
        .where(RefreshToken.user_id == user_id, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(RefreshToken.family)
    ).all()
    sessions = end_sessions(UserSession.user_id == user_id).keys
    grants = [(Kind.GRANT, family.bytes) for family in set(families)]
    return Ended([*sessions, *((Kind.TOKEN, bytes(key)) for key in tokens), *grants])


def end_sessions(which: ColumnElement[bool], at: datetime | None = None) -> Ended:
    """Ends some logins in the caller's transaction."""
    digests = db.session.scalars(
        update(UserSession)
        .where(which, UserSession.ended_at.is_(None))
        .values(ended_at=at or now())
        .returning(UserSession.token_digest)
    ).all()
    return Ended([(Kind.SESSION, bytes(key)) for key in digests])


def _note(user_id: UUID, name: str, organization_id: UUID, action: str, address: str | None) -> None:
    """Writes the audit line and commits it together with what the transaction holds already."""
    db.session.flush()
    with tenant_scope(organization_id):
        audit.record(Actor(organization_id, user_id, name, frozenset(), address=address), action, "user", user_id)
        db.session.commit()
