"""Limits on requests: so many a minute for one credential. Without Redis nobody is counted and nobody refused."""

from app.core.clock import epoch
from app.core.errors import TooMany
from app.extensions import store

_WINDOW = 60  # seconds


def check(who: str, most: int, about: str = "dashboard") -> None:
    """Counts one request; raises TooMany with `retry_after` in seconds once there were `most` in this minute."""
    minute, passed = divmod(int(epoch()), _WINDOW)
    counted = store.tally(f"mc:rate:{about}:{who}:{minute}", 2 * _WINDOW)
    if counted is not None and counted > most:
        raise TooMany("Too many requests. Wait a little.", retry_after=_WINDOW - passed)
