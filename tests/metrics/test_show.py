"""Figures as words: a length in the unit in which people think of it, the same in every place."""

from decimal import Decimal

import pytest

from app.metrics.catalogue import METRICS
from app.metrics.show import change_words, difference, level_words, parts, share_words, value_words
from app.metrics.types import Figure, Unit


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (11, "11 min"),
        (599, "599 min"),
        (600, "10.0 h"),
        (1584, "26.4 h"),
        (5999, "100.0 h"),
        (6000, "100 h"),
        (482_720, "8,045 h"),
        (-482_720, "−8,045 h"),
        (0, "0 min"),
    ],
)
def test_minutes_from_ten_hours_on_are_printed_as_hours(minutes, said):
    assert value_words(Unit.MINUTES, minutes, "USD") == said


def test_a_mean_and_a_tile_say_the_same_as_the_figure():
    assert level_words(Unit.MINUTES, 482_720.4, "USD") == "8,045 h"
    assert parts(Unit.MINUTES, Decimal(482_720), "USD") == ("8,045", "h")
    assert level_words(Unit.MINUTES, 6.8, "USD") == "6.8 min"


@pytest.mark.parametrize(
    ("value", "before", "said"),
    [
        (13, 11, "+2 min"),
        (482_720, 476_720, "+100 h"),
        (1584, 1524, "+1.0 h"),
        (660, 500, "+160 min"),  # one of them is printed in minutes
        (500, 660, "−160 min"),
    ],
)
def test_a_difference_is_that_of_the_figures_as_printed(value, before, said):
    assert difference(Unit.MINUTES, value, before, "USD") == said


@pytest.mark.parametrize(
    ("metric", "value", "before", "said"),
    [
        ("waiting.wait_median", 13, 11, "2 min longer"),
        ("staff.minutes", 482_720, 476_720, "100 h more"),
        ("capacity.available_minutes", 600, 720, "2.0 h less"),
        ("waiting.wait_median", 660, 590, "70 min longer"),
        ("staff.minutes", 482_720, 482_719, "Same"),
    ],
)
def test_a_change_says_which_way_it_goes(metric, value, before, said):
    assert change_words(Figure(METRICS[metric], value, previous=before), "USD") == said


@pytest.mark.parametrize(
    ("metric", "top", "bottom", "said"),
    [
        ("attendance.no_show_rate", 3, 77, "3 of 77"),
        ("capacity.utilisation", 80_240, 96_320, "1,337 of 1,605 h"),
        ("capacity.utilisation", 90, 480, "90 of 480 min"),
        ("revenue.gross_collection_rate", Decimal(2570), Decimal(503_254), "$2,570 of $503,254"),
    ],
)
def test_a_share_says_what_it_is_made_of(metric, top, bottom, said):
    assert share_words(METRICS[metric], top, bottom, "USD") == said
