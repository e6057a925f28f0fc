"""New ids by the thousand: randomness is read in blocks, for each call into the system lets other threads run first."""

import os
import time
from collections import deque
from uuid import UUID

_BLOCK = 4096
_SIZE = 10
_pool: deque[int] = deque()
_owner = [0]


def new_id() -> UUID:
    """A UUIDv7 as `app.core.ids.new_id` makes them."""
    if _owner[0] != os.getpid():  # a forked process must not share what its parent has drawn
        _pool.clear()
        _owner[0] = os.getpid()
    try:
        random = _pool.popleft()
    except IndexError:
        random = _refill()
    value = (time.time_ns() // 1_000_000 & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | random & 0x3FFFFFFFFFFFFFFF)


def _refill() -> int:
    drawn = os.urandom(_SIZE * _BLOCK)
    numbers = [int.from_bytes(drawn[at : at + _SIZE], "big") for at in range(0, len(drawn), _SIZE)]
    _pool.extend(numbers[1:])
    return numbers[0]
