"""Where bars and lines lie, checked by hand in a box of 60 by 100 px for values 0 to 10."""

import pytest

from app.charts.geometry import Area, Box, bar_boxes, horizontal_bar_boxes, line_runs, stacked_boxes

AREA = Area(60, 100, 0, 10)


def near(box: Box) -> tuple[float, float, float, float]:
    return tuple(pytest.approx(edge) for edge in (box.x, box.y, box.width, box.height))


def edges(box: Box | None) -> tuple[float, float, float, float] | None:
    return None if box is None else (box.x, box.y, box.width, box.height)


def test_a_bar_takes_two_thirds_of_its_slot_and_stands_on_zero() -> None:
    assert [edges(box) for box in bar_boxes([5, None], AREA)] == [near(Box(5, 50, 20, 50)), None]


def test_a_bar_below_zero_hangs_from_it() -> None:
    (alone,) = bar_boxes([5], Area(600, 100, 0, 10))
    assert edges(alone) == near(Box(252, 50, 96, 50))  # a single bar is no wall
    (box,) = bar_boxes([-5], Area(60, 100, -10, 10))
    assert edges(box) == near(Box(10, 50, 40, 25))


def test_a_lying_bar_starts_at_the_left_with_the_first_on_top() -> None:
    first, second = horizontal_bar_boxes([5, 10], Area(100, 60, 0, 10))
    assert (edges(first), edges(second)) == (near(Box(0, 5, 50, 20)), near(Box(0, 35, 100, 20)))


def test_parts_stand_on_each_other_and_nothing_draws_nothing() -> None:
    lower, upper = stacked_boxes([[2, None], [3, 0]], AREA)
    assert [edges(box) for box in (*lower, *upper)] == [near(Box(5, 80, 20, 20)), None, near(Box(5, 50, 20, 30)), None]


def test_a_line_breaks_at_a_gap_and_a_point_alone_is_no_line() -> None:
    (run,) = line_runs([0, 10, None, 5], AREA)
    assert run == [(0, 100), (pytest.approx(20), 0)]
    assert line_runs([None, None], AREA) == []
