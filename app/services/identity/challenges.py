"""Challenges: words of ours that an answer must be about. Good for some minutes, for one purpose, and taken once.

Nothing is stored when one is given, so that strangers cannot fill a table; what is kept is that one was answered.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.errors import Unauthorized
from app.core.secrets import purpose_key
from app.extensions import db
from app.models.access import SpentChallenge

SECONDS = 300
LAPSED = "That took too long, or was sent twice. Try again."


def give(purpose: str, **bound: str) -> str:
    """A ticket for one purpose; what it is bound to can be read by whoever holds it, and not be changed."""
    return _signer(purpose).dumps({**bound, "chance": secrets.token_urlsafe(32)})


def value_of(ticket: str) -> bytes:
    """The 32 bytes to be answered about."""
    return sha256(ticket.encode("utf-8", "replace")).digest()


def take(ticket: str, purpose: str, **bound: str) -> dict[str, Any]:
    """What a ticket is bound to; it is spent from here on, whatever comes of it; commits.

    Raises Unauthorized for one that is not ours, is too old, was taken before, or is bound to something else.
    """
    try:
        held: dict[str, Any] = _signer(purpose).loads(ticket, max_age=SECONDS)
    except BadSignature:
        raise Unauthorized(LAPSED, code="challenge") from None
    if not all(hmac.compare_digest(str(held.get(name)).encode(), value.encode()) for name, value in bound.items()):
        raise Unauthorized(LAPSED, code="challenge")
    at = now()
    db.session.execute(delete(SpentChallenge).where(SpentChallenge.until < at))
    mark = insert(SpentChallenge).values(digest=value_of(ticket), until=at + timedelta(seconds=2 * SECONDS))
    taken = db.session.scalar(mark.on_conflict_do_nothing().returning(SpentChallenge.digest))
    db.session.commit()
    if taken is None:
        raise Unauthorized(LAPSED, code="challenge")
    return held


def _signer(purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(purpose_key("challenge"), salt=purpose)
