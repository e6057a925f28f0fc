"""Work that many ask for at once: one does it, the others wait for what comes of it."""

from collections.abc import Callable
from secrets import token_bytes
from time import monotonic, sleep
from typing import TypeVar

from app.extensions import store

Found = TypeVar("Found")

_SECONDS = 5  # work that takes longer, or whose process died, is begun again by another
_LOOK_AGAIN_SECONDS = 0.01


def once(
    turn: str,
    find: Callable[[], Found | None],
    make: Callable[[], Found],
    instead: Found | None = None,
    patience: float = 0.0,
) -> Found:
    """What `find` finds; where it finds nothing, one caller of a turn makes it while the others look again.

    Who has waited for `patience` seconds takes what may be shown instead, where there is such a thing.
    """
    begun, mine = monotonic(), token_bytes(8)
    while (found := find()) is None:
        if store.claim(turn, _SECONDS, mine):
            try:
                return find() or make()
            finally:
                store.give_back(turn, mine)
        if instead is not None and monotonic() - begun > patience:
            return instead
        sleep(_LOOK_AGAIN_SECONDS)
    return found
