"""Plays what the simulation has laid out: each change is handed on when its time has come."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.demo.day import Change
from app.demo.fhir import Resource

BATCH = 50  # changes handed on at once while catching up

Push = Callable[[list[Resource]], None]


@dataclass
class Played:
    """What was handed on: changes by kind, and the UTC minute up to which the day is told."""

    until: int
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, folder: Path, made: int) -> "Played":
        """Where the last play in an organization's folder ended; without one, the minute at which it was made."""
        path = folder / "played.json"
        return cls(json.loads(path.read_text())["until"] if path.exists() else made)

    def write(self, folder: Path) -> None:
        """Keeps the place for the next play."""
        (folder / "played.json").write_text(json.dumps({"until": self.until}))


def catch_up(changes: Iterable[Change], push: Push, played: Played) -> None:
    """Sends changes as fast as they are taken, in batches; `played` follows each batch that was stored."""
    for batch in _batches(changes):
        push([resource for change in batch for resource in change.resources])
        _note(played, batch)


def play(
    changes: list[Change],
    push: Push,
    played: Played,
    speed: float,
    rate: float,
    show: Callable[[Change], None],
) -> None:
    """Sends each change when its time has come. One simulated minute lasts 60 / `speed` seconds; never more than
    `rate` changes a second, so that a busy minute is told a little late rather than all at once."""
    begun, first = time.monotonic(), played.until
    for change in changes:
        due = begun + (change.at - first) * 60 / speed
        time.sleep(max(0.0, due - time.monotonic(), 1 / rate))
        push(list(change.resources))
        _note(played, [change])
        show(change)


def _note(played: Played, batch: list[Change]) -> None:
    played.until = batch[-1].at
    played.counts.update(change.what for change in batch)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    stream = iter(changes)
    while batch := list(islice(stream, BATCH)):
        yield batch
