"""Boards as they were last drawn, kept in Redis by scope and address: a change is drawn once, however many watch.

Where changes come faster than boards can be drawn, a drawing stands for some times as long as all boards drawn lately
took together, whatever changes meanwhile. So drawing takes at most a share of one processor, however many boards are
open, and who polls gets the drawing in force with the version that it shows.

Nothing of a patient is kept here: widgets that show rows about people are drawn for each request.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from random import uniform
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError

from app.core import versions
from app.core.clock import epoch
from app.core.turns import once
from app.extensions import store

ADDRESS = "\u0000address\u0000"
PLACEHOLDER = "\u0000tag\u0000"
GOOD_SECONDS = 300  # waits grow and appointments fall due without any change of data
_HEAD = "head"
_COSTS = "mc:boards:costs"  # by board: until when it counts as being drawn, and the seconds its drawing took
_LATELY = 2.0  # seconds after a drawing has stood in which a board counts as being drawn
_STANDS_TIMES = 4
_STANDS_LONGEST = 10.0  # seconds
_PATIENCE = 0.1  # seconds that who polls waits for a new drawing where there is one of a moment ago

Parts = Mapping[str, str]


@dataclass(frozen=True)
class Drawing:
    """A drawing and one part of it, None where the board has no such part; times in Unix seconds.

    `stands_until`: it is shown so long whatever changes.
    """

    version: int
    drawn_at: float
    stands_until: float
    html: str | None

    @property
    def good_until(self) -> int:
        """When it has to be drawn anew even where no data changed."""
        return int(self.drawn_at) + GOOD_SECONDS

    def in_force(self, current: int) -> bool:
        """May it be shown now, when this is the data version in force?"""
        return self.good_until > epoch() and (self.version >= current or self.stands_until > epoch())

    @property
    def bridges(self) -> bool:
        """May it be shown while the next one is being drawn? As long again as it stood, and never where it did not."""
        stood = self.stands_until - self.drawn_at
        return self.good_until > epoch() and self.stands_until + stood > epoch()

    def page_part(self, tag: str, address: str = "") -> str:
        """The part as one viewer gets it."""
        return (self.html or "").replace(PLACEHOLDER, tag).replace(ADDRESS, address)


class _Pencil:
    """One drawing at a time in a process, for more would only slow each other down; then a rest as long as it took,
    unless somebody has nothing to look at meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rests_until = 0.0

    @property
    def is_free(self) -> bool:
        """Could a drawing begin now that nobody waits for?"""
        return not self._lock.locked() and monotonic() > self._rests_until

    def take(self, waits: bool) -> bool:
        """Begins a drawing; without waiting only where it is free."""
        return self._lock.acquire() if waits else self.is_free and self._lock.acquire(blocking=False)

    def put_down(self, seconds: float) -> None:
        """Ends a drawing that took so long."""
        self._rests_until = monotonic() + seconds
        self._lock.release()


_pencil = _Pencil()


def name_of(*scope_and_address: object) -> str:
    """The name of the board that everybody of a scope sees at an address."""
    return sha256("|".join(map(str, scope_and_address)).encode()).hexdigest()[:32]


def look(
    credential: str, organization_id: UUID, clinic_id: UUID | None, board: str, part: str
) -> tuple[bytes | None, int | None, Drawing | None]:
    """A credential's value, the data version and the last drawing, in one round trip; None for what Redis lacks."""
    with suppress(RedisError), store.client.pipeline(transaction=False) as pipe:
        pipe.get(credential)
        versions.ask_in(pipe, organization_id, clinic_id)
        pipe.hmget(_key(board), _HEAD, part)
        held, version, found = pipe.execute()
        return held, None if version is None else int(version), _drawing(*found)
    return None, None, None


def is_first_to_draw(board: str) -> bool:
    """Is the caller the first to find that a board has to be drawn anew, and can this process do it now?"""
    return _pencil.is_free and store.claim(_next(board), 1)


def shown(board: str, part: str, current: int, draw: Callable[[], Parts]) -> Drawing:
    """The drawing in force at a data version; where there is none, one caller draws all parts and keeps them.

    The others wait for it, or show the last one where that is of a moment ago.
    """
    last = _find(board, part)

    def find() -> Drawing | None:
        found = _find(board, part)
        return found if found is not None and found.in_force(current) else None

    instead = last if last is not None and last.bridges else None

    def make() -> Drawing:
        if not _pencil.take(waits=instead is None):
            assert instead is not None
            return instead
        begun, at = monotonic(), epoch()
        try:
            return _keep(board, current, at, begun, draw(), part)
        finally:
            _pencil.put_down(monotonic() - begun)

    return once(f"{_key(board)}:turn", find, make, instead, _PATIENCE)


def _find(board: str, part: str) -> Drawing | None:
    with suppress(RedisError):
        found: Any = store.client.hmget(_key(board), [_HEAD, part])
        return _drawing(*found)
    return None


def _drawing(head: bytes | None, html: bytes | None) -> Drawing | None:
    if head is None:
        return None
    version, drawn_at, stands_until = head.split()
    return Drawing(int(version), float(drawn_at), float(stands_until), None if html is None else html.decode())


def _keep(board: str, version: int, at: float, begun: float, parts: Parts, part: str) -> Drawing:
    """Keeps a drawing in place of the last one; `begun` is by the monotonic clock, `at` in Unix seconds."""
    seconds, stands_until = monotonic() - begun, at
    with suppress(RedisError), store.client.pipeline() as pipe:
        if rest := _rest(board, seconds):
            # Not quite all of them for the same time, or boards drawn together would be drawn together for ever.
            stands_until = epoch() + rest * uniform(0.85, 1)  # noqa: S311
        values: dict[Any, Any] = {_HEAD: f"{version} {at} {stands_until}", **parts}
        pipe.delete(_key(board), _next(board))
        pipe.hset(_key(board), mapping=values)
        pipe.expire(_key(board), 2 * GOOD_SECONDS)
        pipe.execute()
    return Drawing(version, at, stands_until, parts.get(part))


def _rest(board: str, seconds: float) -> float:
    """How long a drawing stands whatever changes: nothing after a quiet while. Raises RedisError."""
    now = epoch()
    noted: Any = store.client.hgetall(_COSTS)
    costs = {name.decode(): tuple(map(float, value.split())) for name, value in noted.items()}
    over = [name for name, (until, _) in costs.items() if until < now]
    lately = {name: cost for name, (_, cost) in costs.items() if name not in over}
    together = sum((lately | {board: seconds}).values())
    rest = min(_STANDS_TIMES * together, _STANDS_LONGEST) if board in lately else 0.0
    with store.client.pipeline(transaction=False) as pipe:
        pipe.hset(_COSTS, board, f"{now + rest + _LATELY} {seconds}")
        if over:
            pipe.hdel(_COSTS, *over)
        pipe.execute()
    return rest


def _key(board: str) -> str:
    return f"mc:board:{board}"


def _next(board: str) -> str:
    return f"{_key(board)}:next"
