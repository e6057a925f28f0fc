"""A process that is killed is missed and comes back soon; one that keeps ending by itself waits longer each time."""

import sys
import time

import pytest

from app.supervise import children
from app.supervise.children import Child, Command


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch) -> None:
    monkeypatch.setattr(children, "FIRST_PAUSE", 0.05)


def _pauses(child: Child, end, times: int) -> list[float]:
    """How long it takes after each end until the child is started again."""
    found = []
    for _ in range(times):
        child.start()
        end(child)
        while child.is_alive():
            time.sleep(0.01)
        ended = time.monotonic()
        while not child.is_due():
            time.sleep(0.01)
        found.append(time.monotonic() - ended)
    return found


def test_one_that_is_killed_again_and_again_is_started_as_soon_as_the_first_time(config):
    child = Child(Command("worker", (sys.executable, "-c", "import signal; signal.pause()")), config)
    pauses = _pauses(child, lambda running: running._process.kill(), 6)
    assert max(pauses) < 0.05 * 2**5


def test_one_that_ends_by_itself_waits_twice_as_long_each_time(config):
    child = Child(Command("worker", (sys.executable, "-c", "raise SystemExit(1)")), config)
    pauses = _pauses(child, lambda _running: None, 5)
    assert pauses[4] >= 0.05 * 2**4
