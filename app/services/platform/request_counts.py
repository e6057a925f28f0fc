"""How often each area is asked, how long it takes, and who uses it: counted in memory, gathered in Redis, kept as rows.

A web process adds up its own requests and hands the sums to Redis every few seconds; the scheduler takes them from
there each minute. What lies in Redis when it fails, or in a process when it is killed, is lost and not counted twice.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from time import monotonic
from uuid import UUID

from redis.exceptions import RedisError, ResponseError
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.extensions import db, store
from app.models.platform import ServiceMinute, UserDay

BOUNDS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000)  # milliseconds; the last bucket has no bound
_KEY, _TAKEN, _TOTALS = "mc:use", "mc:use:taken", "mc:use:totals"
_HAND_OVER = 5.0  # seconds
_LIFETIME = 24 * 3600

_waiting: Counter[str] = Counter()
_lock = threading.Lock()
_handed = [0.0]


def count(area: str, status: int, seconds: float, organization_id: UUID | None, user_id: UUID | None) -> None:
    """Notes one answered request; hands the sums over when it is time."""
    at = now()
    bucket = bisect_left(BOUNDS, seconds * 1000)
    minute, ever = f"m|{int(at.timestamp()) // 60}|{area}", f"t|{area}"
    with _lock:
        _waiting[f"{minute}|b{bucket}"] += 1
        _waiting[f"{ever}|b{bucket}"] += 1
        _waiting[f"{ever}|us"] += int(seconds * 1_000_000)
        if status >= 500:
            _waiting[f"{minute}|e"] += 1
            _waiting[f"{ever}|e"] += 1
        if organization_id is not None and user_id is not None and status < 400:
            _waiting[f"u|{at.date()}|{organization_id}|{user_id}|{area}"] += 1
        due = monotonic() - _handed[0] >= _HAND_OVER
    if due:
        hand_over()


def hand_over() -> None:
    """Adds this process's sums to those in Redis; while it is away they are let go."""
    with _lock:
        sums = dict(_waiting)
        _waiting.clear()
        _handed[0] = monotonic()
    if not sums:
        return
    with suppress(RedisError), store.client.pipeline() as pipe:
        for name, number in sums.items():
            kind, _, rest = name.partition("|")
            pipe.hincrby(*((_TOTALS, rest) if kind == "t" else (_KEY, name)), number)
        pipe.expire(_KEY, _LIFETIME)
        pipe.execute()


@dataclass(frozen=True)
class Total:
    """All requests of an area since Redis was set up: by bucket, how many failed (5xx), and how long they took."""

    buckets: tuple[int, ...]
    errors: int
    seconds: float


def totals() -> dict[str, Total]:
    """The requests of every web process by area, as far as they handed them over; empty while Redis is away."""
    hand_over()
    sums: dict[str, dict[str, int]] = {}
    with suppress(RedisError):
        for name, number in _totals().items():
            area, _, part = name.decode().partition("|")
            sums.setdefault(area, {})[part] = int(number)
    return {
        area: Total(
            tuple(parts.get(f"b{place}", 0) for place in range(len(BOUNDS) + 1)),
            parts.get("e", 0),
            parts.get("us", 0) / 1_000_000,
        )
        for area, parts in sorted(sums.items())
    }


def _totals() -> dict[bytes, bytes]:
    held: dict[bytes, bytes] = store.client.hgetall(_TOTALS)  # type: ignore[assignment]
    return held


def collect() -> int:
    """Moves what Redis holds into rows, how many sums; commits."""
    sums = _take()
    minutes: dict[tuple[datetime, str], list[int]] = {}
    users: dict[tuple[date, UUID, UUID, str], int] = {}
    for name, number in sums.items():
        kind, first, *rest = name.split("|")
        if kind == "m":
            area, part = rest
            found = minutes.setdefault((datetime.fromtimestamp(int(first) * 60, UTC), area), [0] * (len(BOUNDS) + 2))
            found[-1 if part == "e" else int(part[1:])] += number
        else:
            organization, user, area = rest
            users[date.fromisoformat(first), UUID(organization), UUID(user), area] = number
    _keep_minutes(minutes)
    _keep_users(users)
    db.session.commit()
    return len(sums)


def _take() -> Mapping[str, int]:
    try:
        store.client.rename(_KEY, _TAKEN)
    except ResponseError:  # nothing was counted
        return {}
    with store.client.pipeline() as pipe:
        pipe.hgetall(_TAKEN)
        pipe.delete(_TAKEN)
        held: dict[bytes, bytes] = pipe.execute()[0]
    return {name.decode(): int(number) for name, number in held.items()}


def _keep_minutes(minutes: Mapping[tuple[datetime, str], list[int]]) -> None:
    for (minute, area), numbers in sorted(minutes.items()):
        *buckets, errors = numbers
        row = db.session.get(ServiceMinute, (minute, area), with_for_update=True)
        if row is None:
            row = ServiceMinute(minute=minute, area=area, requests=0, errors=0, buckets=[0] * len(buckets))
            db.session.add(row)
        row.requests += sum(buckets)
        row.errors += errors
        row.buckets = [one + other for one, other in zip(row.buckets, buckets, strict=True)]


def _keep_users(users: Mapping[tuple[date, UUID, UUID, str], int]) -> None:
    at = now()
    rows = [
        {"day": day, "organization_id": organization, "user_id": user, "area": area, "requests": n, "seen_at": at}
        for (day, organization, user, area), n in sorted(users.items())
    ]
    if not rows:
        return
    new = insert(UserDay).values(rows)
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=[UserDay.day, UserDay.organization_id, UserDay.user_id, UserDay.area],
            set_={"requests": UserDay.requests + new.excluded.requests, "seen_at": new.excluded.seen_at},
        )
    )


def quantile(buckets: Iterable[int], q: float) -> float | None:
    """The time in ms below which the share `q` of requests lies, linear within its bucket; None without requests.

    Of the last bucket, which has no bound, its lower bound is told.
    """
    counts = list(buckets)
    wanted, seen, low = q * sum(counts), 0, 0
    if not sum(counts):
        return None
    for number, high in zip(counts, BOUNDS, strict=False):
        if number and seen + number >= wanted:
            return low + (high - low) * (wanted - seen) / number
        seen, low = seen + number, high
    return float(BOUNDS[-1])
