"""Loops of the scheduler: each in a thread of its own, none stopped by an error of one round."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Flask

_LONGEST_PAUSE = 30.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loop:
    """A round of work every `seconds`. A round that returns True found work and is followed by the next at once.

    `after`: seconds until the first round.
    """

    name: str
    round: Callable[[], object]
    seconds: float
    after: float = 0.0


def start(app: Flask, loops: Sequence[Loop], stop: threading.Event) -> list[threading.Thread]:
    """Starts every loop; they end soon after `stop` is set."""
    threads = [threading.Thread(target=_turn, args=(app, loop, stop), name=loop.name, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    return threads


def _turn(app: Flask, loop: Loop, stop: threading.Event) -> None:
    faults, pause = 0, loop.after
    while not stop.wait(pause):
        try:
            with app.app_context():
                busy = loop.round() is True
            faults, pause = 0, 0.0 if busy else loop.seconds
        except Exception as error:  # a server may be away for a while; the loop must outlive it
            faults += 1
            pause = min(_LONGEST_PAUSE, max(loop.seconds, 0.5) * 2 ** min(faults - 1, 3))
            log.warning("%s: %s, again in %.1f s", loop.name, type(error).__name__, pause)
