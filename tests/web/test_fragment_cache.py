"""Rendered fragments: one draws, the others wait, and nobody waits for a drawing that died."""

import threading
import time

import pytest

from app.extensions import store
from app.web import fragment_cache

NAME, TURN = "mc:fragment:test", "mc:fragment:test-turn"


@pytest.fixture(autouse=True)
def nothing_kept(app) -> None:
    store.forget(NAME, TURN)


def test_eight_who_ask_at_once_cost_one_drawing() -> None:
    drawn: list[str] = []
    answers: list[str] = []

    def draw() -> str:
        drawn.append("once")
        time.sleep(0.1)
        fragment_cache.put(NAME, "<p>12 min</p>")
        return "<p>12 min</p>"

    askers = [threading.Thread(target=lambda: answers.append(fragment_cache.once(NAME, TURN, draw))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (drawn, answers) == (["once"], ["<p>12 min</p>"] * 8)


def test_a_drawing_that_fails_leaves_the_turn_to_the_next() -> None:
    def fail() -> str:
        raise ValueError("cannot draw")

    with pytest.raises(ValueError, match="cannot draw"):
        fragment_cache.once(NAME, TURN, fail)
    assert fragment_cache.once(NAME, TURN, lambda: "<p>drawn</p>") == "<p>drawn</p>"


def test_a_turn_whose_process_died_lapses() -> None:
    store.remember(TURN, "taken", 1)
    start = time.monotonic()
    assert fragment_cache.once(NAME, TURN, lambda: "<p>drawn</p>") == "<p>drawn</p>"
    assert time.monotonic() - start > 0.5


def test_a_change_after_a_quiet_while_is_shown_at_once() -> None:
    board = "mc:fragment:test-quiet"
    store.forget(f"{board}:lately", f"{board}:drawn")
    fragment_cache.drawn(board, 7, 0.1)
    assert fragment_cache.version_to_show(board, 8) == 8


def test_drawings_that_follow_each_other_stand_four_times_as_long_as_they_took() -> None:
    board = "mc:fragment:test-busy"
    store.forget(f"{board}:lately", f"{board}:drawn")
    fragment_cache.drawn(board, 7, 0.1)
    fragment_cache.drawn(board, 8, 0.1)
    assert fragment_cache.version_to_show(board, 9) == 8
    time.sleep(0.45)
    assert fragment_cache.version_to_show(board, 9) == 9
