"""Rendered fragments, kept in Redis by scope, data version and address: a change is drawn once, however many watch.

Where changes come faster than boards can be drawn, a drawing stands for some times as long as it took, whatever changes
meanwhile, so that drawing takes at most a share of a server; who polls then gets that drawing, with the tag of its own.

Nothing of a patient is kept here: widgets that show rows about people are rendered for each request.
"""

from collections.abc import Callable
from hashlib import sha256
from time import sleep

from app.core.actor import Actor
from app.core.clock import epoch
from app.extensions import store
from app.live.tags import stands_until

ADDRESS = "\u0000address\u0000"
PLACEHOLDER = "\u0000tag\u0000"
_SECONDS = 600
_TURN_SECONDS = 5  # a drawing that takes longer, or whose process died, is begun again by another
_LOOK_AGAIN_SECONDS = 0.01
_LATELY_SECONDS = 2
_STANDS_TIMES = 4
_STANDS_LONGEST = 1.5  # seconds


def key(actor: Actor, version: int, address: str) -> str:
    """Where a fragment of this address stands for everybody who sees the same rows, in this stretch of time."""
    parts = f"{actor.scope_key}|{version}|{stands_until(epoch())}|{address.rstrip('?')}"
    return f"mc:fragment:{sha256(parts.encode()).hexdigest()[:32]}"


def once(name: str, turn: str, draw: Callable[[], str]) -> str:
    """The fragment; where it is missing, one caller of a turn draws while the others wait for what it keeps."""
    while (html := get(name)) is None:
        if not store.claim(turn, _TURN_SECONDS):
            sleep(_LOOK_AGAIN_SECONDS)
            continue
        try:
            return get(name) or draw()
        finally:
            store.forget(turn)
    return html


def version_to_show(board: str, version: int) -> int:
    """The version in force, or the one before it of which a board was drawn just now."""
    (drawn,) = store.recall(f"{board}:drawn")
    return version if drawn is None else min(version, int(drawn))


def drawn(board: str, version: int, seconds: float) -> None:
    """Notes which version a board was drawn of and how long that took; it stands where drawings follow each other."""
    if not store.claim(f"{board}:lately", _LATELY_SECONDS):
        store.remember(f"{board}:drawn", str(version), min(seconds * _STANDS_TIMES, _STANDS_LONGEST))


def get(name: str) -> str | None:
    """The fragment, or None."""
    (found,) = store.recall(name)
    return None if found is None else found.decode()


def put(name: str, html: str) -> None:
    """Keeps a fragment for some minutes."""
    store.remember(name, html.encode(), _SECONDS)


def with_tag(html: str, tag: str, address: str = "") -> str:
    """The fragment as one viewer gets it."""
    return html.replace(PLACEHOLDER, tag).replace(ADDRESS, address)
