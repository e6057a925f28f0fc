"""Between the two steps of a login: a signed word about the first one, good for five minutes."""

from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.core.ids import new_id, parse_id

SECONDS = 300


@dataclass(frozen=True)
class Half:
    """Whose the first step was, and which provider vouched for it (None: the password was right)."""

    user_id: UUID
    provider_id: UUID | None = None


def give(half: Half) -> str:
    """The word for a person who has taken the first step; no two are alike."""
    return _signer().dumps([str(half.user_id), str(half.provider_id or ""), new_id().hex])


def taken(word: str) -> Half | None:
    """The first step, or None for a word that is not ours or too old."""
    try:
        user_id, provider_id, _ = _signer().loads(word, max_age=SECONDS)
    except (BadSignature, ValueError):
        return None
    return Half(UUID(user_id), parse_id(provider_id))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="half-login")
