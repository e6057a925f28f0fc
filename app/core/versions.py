"""Data versions: how a page learns that figures moved, and how the refresher learns that records did.

Redis only mirrors what PostgreSQL knows: any answer may be missing and a bell may be lost; callers then ask the truth.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from app.core import news
from app.core.news import Subject
from app.extensions import store

BELL = "mc:dirty"
_LIFETIME = 7 * 24 * 3600
_WHOLE = "*"
_TURN = 0.3  # seconds of one blocking call: shorter than the client's own patience


def _key(organization_id: UUID) -> str:
    return f"mc:version:{organization_id}"


def publish(organization_id: UUID, versions: Mapping[UUID | None, int]) -> None:
    """Mirrors committed versions by clinic (None: the organization's own), and tells who listens."""
    if not versions:
        return
    key = _key(organization_id)
    values: dict[Any, Any] = {_WHOLE if one is None else str(one): version for one, version in versions.items()}
    with suppress(RedisError), store.client.pipeline() as pipe:
        pipe.hset(key, mapping=values)
        pipe.expire(key, _LIFETIME)
        news.tell_in(pipe, Subject.VERSIONS, organization_id, versions=values)
        pipe.execute()


def current(organization_id: UUID, clinic_id: UUID | None = None) -> int | None:
    """The version last published; None when Redis does not know it or is away."""
    with suppress(RedisError):
        value = store.client.hget(_key(organization_id), _WHOLE if clinic_id is None else str(clinic_id))
        return None if value is None else int(value)
    return None


def ask_in(pipe: Any, organization_id: UUID, clinic_id: UUID | None) -> None:
    """Asks for the version last published among the other questions of a pipeline."""
    pipe.hget(_key(organization_id), _WHOLE if clinic_id is None else str(clinic_id))


def ring(organization_id: UUID) -> None:
    """Tells the refresher that an organization has committed changes to sum up. A lost bell is rung again by time."""
    with suppress(RedisError), store.client.pipeline(transaction=False) as pipe:
        pipe.rpush(BELL, str(organization_id))
        pipe.incr(_stirred(organization_id))
        pipe.execute()


def stir(organization_id: UUID) -> None:
    """Notes a committed change that moves no data version, such as of an alert, a target or a name."""
    with suppress(RedisError):
        store.client.incr(_stirred(organization_id))


def edition(organization_id: UUID, clinic_id: UUID | None = None) -> str | None:
    """What a kept answer is of: data version and changes counted, in one round trip; None where Redis cannot say."""
    with suppress(RedisError), store.client.pipeline(transaction=False) as pipe:
        pipe.hget(_key(organization_id), _WHOLE if clinic_id is None else str(clinic_id))
        pipe.get(_stirred(organization_id))
        version, stirred = (int(value or 0) for value in pipe.execute())
        return f"{version}.{stirred}"
    return None


def _stirred(organization_id: UUID) -> str:
    return f"mc:stirred:{organization_id}"


def wait(timeout: float) -> set[UUID]:
    """Blocks until a bell rings, at most `timeout` seconds; whose bells rang, each once. Raises RedisError."""
    remaining = timeout
    while remaining > 0:
        turn = min(remaining, _TURN)
        if first := store.client.blpop([BELL], timeout=turn):
            names: tuple[Any, ...] = (first[1], *_rest())
            return {UUID(name.decode()) for name in names}
        remaining -= turn
    return set()


def _rest() -> list[bytes]:
    with store.client.pipeline() as pipe:
        pipe.lrange(BELL, 0, -1)
        pipe.delete(BELL)
        found: list[bytes] = pipe.execute()[0]
        return found
