"""Links by mail with which a person chooses a password, once: invitations, and resets of a forgotten one.

A link's token is made from its id with a key of the installation, so that a mail which is tried again holds the same
one, while the database keeps its digest alone.
"""

import base64
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from app.core.actor import INSTALLATION, Actor
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.secrets import digest, keyed_digest
from app.extensions import db
from app.models.access import AccountLink, LoginAttempt
from app.models.organizations import User
from app.models.settings import rules_of
from app.services.background import outbox
from app.services.identity import accounts, attempts

RESET_LIFE = timedelta(minutes=30)
RESETS_AN_HOUR = 3  # of one address
GONE = "This link was used, or its time is over."


def invite(actor: Actor, user: User) -> AccountLink:
    """Asks a person by mail to choose their password, in the caller's transaction."""
    life = timedelta(days=rules_of(actor.organization_id).invitation_days)
    link = _link(new_id(), "invitation", user.id, life, actor.organization_id)
    outbox.put("letter", f"link:{link.id}", actor.organization_id, {"link": str(link.id)})
    return link


def ask_for_reset(email: str, address: str | None) -> None:
    """Asks for a reset by mail; commits. What is done here is the same whether or not anybody has the address: who it
    is for is looked up when the mail is written."""
    attempt = attempts.note(email, address, "reset")
    db.session.flush()
    lately = select(func.count()).where(
        LoginAttempt.email_digest == attempt.email_digest,
        LoginAttempt.outcome == "reset",
        LoginAttempt.at > attempt.at - timedelta(hours=1),
    )
    if (db.session.scalar(lately) or 0) <= RESETS_AN_HOUR:
        outbox.put("letter", f"reset:{attempt.id}", INSTALLATION, {"attempt": str(attempt.id)})
    db.session.commit()


def for_reset(attempt_id: UUID) -> AccountLink | None:
    """The link that answers somebody's asking, made once; None where the address is nobody's; commits."""
    if (link := db.session.get(AccountLink, attempt_id)) is not None:
        return link
    attempt = db.session.get(LoginAttempt, attempt_id)
    user = None if attempt is None or attempt.user_id is None else db.session.get(User, attempt.user_id)
    if user is None or user.disabled_at is not None:
        return None
    link = _link(attempt_id, "reset", user.id, RESET_LIFE)
    db.session.commit()
    return link


def token_of(link_id: UUID) -> str:
    """The token of a link."""
    return base64.urlsafe_b64encode(keyed_digest("account-link", str(link_id))).decode().rstrip("=")


def person_of(token: str) -> User:
    """Whose link it is; raises NotFound for one that is wrong, used or over."""
    link = db.session.scalars(select(AccountLink).where(*_open(token))).one_or_none()
    user = None if link is None else db.session.get_one(User, link.user_id)
    if user is None or user.disabled_at is not None:
        raise NotFound(GONE)
    return user


def choose(token: str, password: str) -> None:
    """Gives the person of a link the password they chose; every link and login of theirs ends; audited; commits.

    Raises NotFound, and Invalid for a password that is too weak: the link stays good.
    """
    user = person_of(token)
    taken = update(AccountLink).where(*_open(token)).values(used_at=now()).returning(AccountLink.kind)
    kind = db.session.scalar(taken)
    if kind is None:
        raise NotFound(GONE)
    try:
        own = update(AccountLink).where(AccountLink.user_id == user.id, AccountLink.used_at.is_(None))
        db.session.execute(own.values(used_at=now()))
        accounts.set_password(user, password, by=kind)
    except Exception:
        db.session.rollback()
        raise


def _open(token: str) -> tuple[ColumnElement[bool], ...]:
    return AccountLink.token_digest == digest(token), AccountLink.used_at.is_(None), AccountLink.expires_at > now()


def _link(link_id: UUID, kind: str, user_id: UUID, life: timedelta, organization_id: UUID | None = None) -> AccountLink:
    at, token = now(), token_of(link_id)
    times = {"created_at": at, "expires_at": at + life}
    link = AccountLink(id=link_id, kind=kind, token_digest=digest(token), user_id=user_id, **times)
    link.organization_id = organization_id
    db.session.add(link)
    return link
