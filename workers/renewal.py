"""A claim kept while somebody works under it: renewed from a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, cast

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError


@contextmanager
def kept(renew: Callable[[], bool], seconds: float, lost: threading.Event) -> Iterator[None]:
    """Calls `renew` three times in so many seconds while the block runs; sets `lost` once it is False, or could not be
    asked for that long because the database is away."""
    stop = threading.Event()
    app: Flask = cast(Any, current_app)._get_current_object()
    thread = threading.Thread(target=_keep, args=(app, renew, seconds, lost, stop), name="renewal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _keep(app: Flask, renew: Callable[[], bool], seconds: float, lost: threading.Event, stop: threading.Event) -> None:
    good_until = monotonic() + seconds
    while not stop.wait(seconds / 3):
        try:
            with app.app_context():
                held = renew()
        except DBAPIError:
            held = monotonic() < good_until
        else:
            good_until = monotonic() + seconds
        if not held:
            lost.set()
            return
