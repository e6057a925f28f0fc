"""Polls against a bare Flask route of 2 kB on the same server: unchanged ones, and ones whose data moved.

Both are pressed by the same client through the real server with its real number of workers, in turns. While changed
polls are measured, a mark is summed up and the data version moves every second; every poll carries the tag of an older
version, so every answer is a whole fragment.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http import HTTPStatus
from re import search
from statistics import median

from app.core.clock import today
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.rollups.marks import Mark, mark
from app.rollups.refresh import refresh
from tests.bench.clinic import Filled, filled
from tests.bench.installation import free_port, serving
from tests.bench.load import get_request, press

APPOINTMENTS = 100_000
ROUNDS, SECONDS = 7, 2.0
MOVES_EVERY = 1.0
WIDGET = "wait"
GOALS = {"unchanged poll": 0.5, "changed poll": 0.1}


def main() -> None:
    """Prints both ratios, medians of the rounds."""
    rates: dict[str, list[float]] = {"bare Flask": [], "unchanged poll": [], "changed poll": []}
    with (
        filled(APPOINTMENTS) as place,
        serving(place.place) as port,
        serving(place.place, "tests.bench.bare:app", free_port()) as bare,
    ):
        for _ in range(ROUNDS):
            rates["bare Flask"].append(_rate(bare, get_request("/", {}), HTTPStatus.OK))
            rates["unchanged poll"].append(_rate(port, _poll(place, port), HTTPStatus.NOT_MODIFIED))
            stale = _poll(place, port)
            with _moving(place):
                rates["changed poll"].append(_rate(port, stale, HTTPStatus.OK))
    bare_rate = median(rates.pop("bare Flask"))
    for name, found in rates.items():
        print(f"{name}: {median(found) / bare_rate:.2f} x bare Flask (goal: at least {GOALS[name]})")
        print(f"  {median(found):,.0f} of {bare_rate:,.0f} a second, medians of {ROUNDS} rounds of {SECONDS:.0f} s")


def _rate(port: int, request: bytes, status: HTTPStatus) -> float:
    """Answers a second; raises RuntimeError for an answer of another kind."""
    press(port, request, 0.5)
    load = press(port, request, SECONDS)
    if set(load.statuses) != {status}:
        raise RuntimeError(f"wanted {status} alone, got {dict(load.statuses)}")
    return load.rate


def _poll(place: Filled, port: int) -> bytes:
    """The poll that the page itself would send for one of its cards."""
    card = search(rf'<section[^>]*id="w-{WIDGET}"[^>]*>', place.ask(port).text)
    if card is None:
        raise RuntimeError("the page has no such card")
    address, tag = (unescape(search(rf'{name}="([^"]*)"', card[0])[1]) for name in ("hx-get", "hx-ptag"))
    return place.request(address, **{"HX-Request": "true", "HX-PTag": tag})


@contextmanager
def _moving(place: Filled) -> Iterator[None]:
    """Moves the clinic's data version at once and then every second while the block runs."""
    done = threading.Event()
    _move(place)
    mover = threading.Thread(target=_move_until, args=(place, done))
    mover.start()
    try:
        yield
    finally:
        done.set()
        mover.join()


def _move_until(place: Filled, done: threading.Event) -> None:
    while not done.wait(MOVES_EVERY):
        _move(place)


def _move(place: Filled) -> None:
    organization_id, clinic_id = place.volume.organization_id, place.volume.clinic_id
    with place.app.app_context():
        with tenant_scope(organization_id):
            mark(db.session(), organization_id, [Mark("appointments", clinic_id, today("America/Chicago"))])
            db.session.commit()
        refresh(organization_id)


if __name__ == "__main__":
    main()
