"""Tries to log in: one counter an account over every way in, and a pause after ten failures in a row."""

import unicodedata
from datetime import datetime, timedelta

from sqlalchemy import Row, func, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import TooMany, Unauthorized
from app.core.ids import new_id
from app.core.passwords import verify_password
from app.core.secrets import keyed_digest
from app.extensions import db
from app.models.access import LoginAttempt
from app.models.organizations import User

LIMIT = 10
PAUSE = timedelta(minutes=15)


def normal_email(email: str) -> str:
    """The form of an address under which accounts are kept and tries are counted."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def begin(email: str, address: str | None) -> LoginAttempt:
    """Counts a try as failed until it is known better, so that tries at the same time count too; commits.

    Raises TooMany, with `retry_after` in seconds, after ten failures in a row; a refused try does not count.
    """
    attempt = note(email, address, "failed")
    db.session.commit()
    failures, last = _failures_before(attempt)
    if failures >= LIMIT:
        attempt.outcome = "blocked"
        db.session.commit()
        wait = max(1, int((last + PAUSE - attempt.at).total_seconds()))
        raise TooMany("Too many failed attempts. Try again later.", code="login_paused", retry_after=wait)
    return attempt


def note(email: str, address: str | None, outcome: str) -> LoginAttempt:
    """Notes a try that no counting is about, in the caller's transaction."""
    whose = select(User.id).where(User.email == normal_email(email)).scalar_subquery()
    digest = keyed_digest("login", normal_email(email))
    attempt = LoginAttempt(id=new_id(), email_digest=digest, user_id=whose, at=now(), outcome=outcome, address=address)
    db.session.add(attempt)
    return attempt


def prove_again(actor: Actor, password: str) -> User:
    """Asks a person who is logged in for the password once more, counted like a login; commits the count alone.

    Raises Unauthorized for a wrong one, TooMany as at login.
    """
    user = db.session.get_one(User, actor.user_id)
    attempt = begin(user.email, actor.address)
    if not verify_password(user.password_hash, password):
        raise Unauthorized("The current password is wrong.", code="login_failed")
    attempt.outcome = "successful"
    return user


def _failures_before(attempt: LoginAttempt) -> Row[int, datetime]:
    same = LoginAttempt.email_digest == attempt.email_digest
    since = select(func.max(LoginAttempt.at)).where(same, LoginAttempt.outcome == "successful").scalar_subquery()
    return db.session.execute(
        select(func.count(), func.max(LoginAttempt.at)).where(
            same,
            LoginAttempt.outcome == "failed",
            LoginAttempt.at > attempt.at - PAUSE,
            LoginAttempt.at > func.coalesce(since, attempt.at - PAUSE),
            LoginAttempt.id != attempt.id,
        )
    ).one()
