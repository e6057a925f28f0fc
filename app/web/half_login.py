"""Between the two steps of a login: a signed word that the password was right, good for five minutes."""

from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

SECONDS = 300


def give(user_id: UUID) -> str:
    """The word for a person whose password was right."""
    return _signer().dumps(str(user_id))


def taken(ticket: str) -> UUID | None:
    """The person, or None for a word that is not ours or too old."""
    try:
        return UUID(_signer().loads(ticket, max_age=SECONDS))
    except BadSignature:
        return None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="half-login")
