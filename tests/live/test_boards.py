"""Kept boards: how long a drawing is shown while data moves on."""

import time
from functools import partial

import pytest

from app.extensions import store
from app.live import boards
from app.live.boards import shown

pytestmark = pytest.mark.usefixtures("redis")


def draw(words: str, seconds: float = 0.0) -> dict[str, str]:
    time.sleep(seconds)
    return {"wait": words}


def test_a_change_after_a_quiet_while_is_shown_at_once() -> None:
    assert shown("north", "wait", 7, partial(draw, "12 min")).html == "12 min"
    assert shown("north", "wait", 8, partial(draw, "13 min")).html == "13 min"


def test_without_a_change_nothing_is_drawn_again() -> None:
    shown("north", "wait", 7, partial(draw, "12 min"))
    assert shown("north", "wait", 7, partial(draw, "never")).html == "12 min"


def test_drawings_that_follow_each_other_stand_four_times_as_long_as_they_took() -> None:
    shown("north", "wait", 7, partial(draw, "12 min"))
    shown("north", "wait", 8, partial(draw, "13 min", 0.1))
    drawing = shown("north", "wait", 9, partial(draw, "14 min"))
    assert (drawing.html, drawing.version) == ("13 min", 8)
    time.sleep(0.6)
    assert shown("north", "wait", 9, partial(draw, "14 min")).html == "14 min"


def test_the_more_boards_are_open_the_longer_each_drawing_stands() -> None:
    shown("south", "wait", 7, partial(draw, "5 min", 0.2))
    shown("north", "wait", 7, partial(draw, "12 min"))
    shown("north", "wait", 8, partial(draw, "13 min", 0.1))
    time.sleep(0.6)  # longer than four tenths, shorter than four times three
    assert shown("north", "wait", 9, partial(draw, "14 min")).html == "13 min"


def test_a_board_that_was_opened_once_soon_costs_the_others_nothing() -> None:
    shown("south", "wait", 7, partial(draw, "5 min", 0.5))
    time.sleep(2.1)
    shown("north", "wait", 7, partial(draw, "12 min"))
    shown("north", "wait", 8, partial(draw, "13 min", 0.1))
    time.sleep(0.6)  # longer than four tenths, shorter than four times six
    assert shown("north", "wait", 9, partial(draw, "14 min")).html == "14 min"


def test_a_drawing_is_good_for_five_minutes_where_no_data_changes(monkeypatch) -> None:
    drawing = shown("north", "wait", 7, partial(draw, "12 min"))
    assert drawing.good_until == int(drawing.drawn_at) + 300
    monkeypatch.setattr(boards, "epoch", lambda: drawing.drawn_at + 301)
    assert shown("north", "wait", 7, partial(draw, "12 min, as before")).html == "12 min, as before"


def test_who_asks_while_the_next_is_drawn_gets_the_last_as_long_again_as_it_stood() -> None:
    shown("north", "wait", 7, partial(draw, "12 min"))
    shown("north", "wait", 8, partial(draw, "13 min", 0.2))
    time.sleep(0.9)
    store.remember("mc:board:north:turn", "taken", 5)
    assert shown("north", "wait", 9, partial(draw, "never")).html == "13 min"


def test_a_part_that_the_board_lacks_is_none() -> None:
    assert shown("north", "rooms", 7, partial(draw, "12 min")).html is None
