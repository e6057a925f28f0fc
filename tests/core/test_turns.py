"""One makes what many ask for, the others wait, and nobody waits for a process that died."""

import threading
import time

import pytest

from app.core.turns import once
from app.extensions import store

NAME, TURN = "mc:test:work", "mc:test:work-turn"

pytestmark = pytest.mark.usefixtures("redis")


def find() -> bytes | None:
    return store.recall(NAME)[0]


def test_eight_who_ask_at_once_cost_one_piece_of_work() -> None:
    made: list[str] = []
    answers: list[bytes] = []

    def make() -> bytes:
        made.append("once")
        time.sleep(0.1)
        store.remember(NAME, b"12 min", 60)
        return b"12 min"

    askers = [threading.Thread(target=lambda: answers.append(once(TURN, find, make))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (made, answers) == (["once"], [b"12 min"] * 8)


def test_work_that_fails_leaves_the_turn_to_the_next() -> None:
    def fail() -> bytes:
        raise ValueError("cannot be done")

    with pytest.raises(ValueError, match="cannot be done"):
        once(TURN, find, fail)
    assert once(TURN, find, lambda: b"done") == b"done"


def test_a_turn_whose_process_died_lapses() -> None:
    store.remember(TURN, "taken", 1)
    start = time.monotonic()
    assert once(TURN, find, lambda: b"done") == b"done"
    assert time.monotonic() - start > 0.5


def test_who_took_too_long_does_not_end_the_turn_of_the_next() -> None:
    def lapse() -> bytes:
        store.forget(TURN)
        store.remember(TURN, "another's", 5)
        return b"late"

    assert once(TURN, find, lapse) == b"late"
    assert store.recall(TURN) == [b"another's"]


def test_who_has_waited_long_enough_takes_what_there_is_instead() -> None:
    store.remember(TURN, "taken", 5)
    assert once(TURN, find, lambda: b"new", instead=b"old", patience=0.05) == b"old"
