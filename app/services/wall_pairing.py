"""Pairing: a screen shows a code, somebody signed in types it, and the screen has a wall of its own.

The screen keeps its secret; Redis knows the digest under the code, and later which wall it became. Both lapse.
"""

import secrets
from uuid import UUID

from redis.exceptions import RedisError

from app.core import limits
from app.core.actor import Actor
from app.core.errors import AppError, NotFound, Unavailable
from app.core.secrets import digest
from app.extensions import store
from app.models import Wall
from app.services.walls import WallToken, make_wall

SECONDS = 600
LENGTH = 6
TRIES_A_MINUTE, SCREENS_A_MINUTE = 10, 30
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"  # none that look or sound alike, and no vowels: no words


def new_secret() -> str:
    """What a screen is known by; it alone has it."""
    return secrets.token_urlsafe(32)


def code_for(secret: str, address: str | None) -> str:
    """The code that a screen shows now, the same for ten minutes. Raises TooMany, and Unavailable without Redis."""
    name = _screen(digest(secret))
    try:
        if found := store.client.get(name):
            return str(found, "ascii") if isinstance(found, bytes) else found
        limits.check(address or "unknown", SCREENS_A_MINUTE, "screen")
        while not store.client.set(_code(code := _drawn()), digest(secret).hex(), ex=SECONDS, nx=True):
            pass
        store.client.set(name, code, ex=SECONDS)
    except RedisError:
        raise Unavailable("Pairing is away for a moment.") from None
    return code


def pair(actor: Actor, code: str, clinic_id: UUID, name: str, theme: str = "dark", size: str = "normal") -> Wall:
    """Gives the screen that shows a code a wall; the code is spent. Raises NotFound, TooMany, Invalid; commits."""
    limits.check(str(actor.user_id), TRIES_A_MINUTE, "pairing")
    wanted = "".join(letter for letter in code.upper() if letter.isalnum())
    try:
        raw = store.client.getdel(_code(wanted)) if len(wanted) == LENGTH else None
        if raw is None:
            raise NotFound("No screen shows this code. It may have changed: look again.", field="code")
        wall = _made(actor, wanted, raw, (clinic_id, name, theme, size))
        store.client.set(_paired(wall.token_digest), f"{wall.organization_id.hex}.{wall.id.hex}", ex=SECONDS)
    except RedisError:
        raise Unavailable("Pairing is away for a moment.") from None
    return wall


def _made(actor: Actor, code: str, raw: bytes | str, choices: tuple[UUID, str, str, str]) -> Wall:
    try:
        screen = raw.decode() if isinstance(raw, bytes) else raw
        return make_wall(actor, *choices, bytes.fromhex(screen))[0]
    except AppError:
        store.client.set(_code(code), raw, ex=SECONDS)  # a name that cannot be spends no code
        raise


def token_of(secret: str) -> WallToken | None:
    """The token of the wall that a screen was given, within ten minutes of its pairing."""
    (found,) = store.recall(_paired(digest(secret)))
    if found is None:
        return None
    organization_id, wall_id = found.decode().split(".")
    return WallToken(UUID(organization_id), UUID(wall_id), secret)


def _drawn() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def _code(code: str) -> str:
    return f"mc:pair:{digest(code).hex()[:32]}"


def _screen(of: bytes) -> str:
    return f"mc:screen:{of.hex()[:32]}"


def _paired(of: bytes) -> str:
    return f"mc:paired:{bytes(of).hex()}"
