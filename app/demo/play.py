"""Plays what the simulation has laid out: each change is handed on when its time has come."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from app.core import clock
from app.demo.calendar import iso, utc_minute
from app.demo.day import Change
from app.demo.fhir import Resource

BATCH = 50  # changes handed on at once while catching up
VISIT = 12 * 60  # minutes: no visit's stamps lie further apart

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z")

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
        now = utc_minute(clock.now())
        push([resource for change in batch for resource in told(change, now)])
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
        push(told(change, utc_minute(clock.now())))
        _note(played, [change])
        show(change)


def told(change: Change, now: int) -> list[Resource]:
    """The change's resources as they can be told at `now` (a UTC minute): no stamp of what happened lies after it.

    A change that is ahead of the clock happens now: its visit's stamps are drawn back by as much as it is ahead, so
    that waits and lengths stay. The planned start stays as booked, except for whoever did not come.
    """
    ahead = change.at - now
    if ahead <= 0:
        return list(change.resources)
    return [_drawn_back(resource, change.at - VISIT, ahead) for resource in change.resources]


def _drawn_back(resource: Resource, since: int, ahead: int) -> Resource:
    planned = {}
    if resource["resourceType"] == "Appointment" and resource["status"] != "noshow":
        planned = {name: resource[name] for name in ("start", "end")}
    return {name: _earlier(value, since, ahead) for name, value in resource.items()} | planned


def _earlier(value: Any, since: int, ahead: int) -> Any:
    """The value with every instant in it after `since` moved `ahead` minutes back."""
    if isinstance(value, dict):
        return {name: _earlier(each, since, ahead) for name, each in value.items()}
    if isinstance(value, list):
        return [_earlier(each, since, ahead) for each in value]
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return value
    at = utc_minute(datetime.fromisoformat(value))
    return iso(at - ahead) if at > since else value


def _note(played: Played, batch: list[Change]) -> None:
    played.until = batch[-1].at
    played.counts.update(change.what for change in batch)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    stream = iter(changes)
    while batch := list(islice(stream, BATCH)):
        yield batch
