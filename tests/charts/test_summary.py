"""The sentence over a chart."""

import pytest

from app.charts import summary
from app.charts.types import Bar, Column, Judgement, Limits, Point, Series, Signal, Slot
from tests.charts.samples import days, percent, whole


def weekly(last_partial: bool = False) -> list[Point]:
    return [
        Point("week of 2 Nov", 5.1),
        Point("week of 9 Nov", 4.6),
        Point("week of 16 Nov", 4.9, partial=last_partial),
    ]


def test_a_trend_gives_the_last_complete_figure_then_the_mean() -> None:
    assert (
        summary.trend(weekly(last_partial=True), Limits(6.5), None, percent)
        == "4.6% in the week of 9 Nov, against a mean of 6.5%."
    )


def test_without_a_signal_it_says_so() -> None:
    sentence = summary.trend(weekly(), None, Judgement(Signal.COMMON), percent)
    assert sentence == "4.9% in the week of 16 Nov. No significant change."


@pytest.mark.parametrize(
    ("signal", "word"),
    [(Signal.IMPROVEMENT, "Improvement"), (Signal.CONCERN, "Concern"), (Signal.NEUTRAL, "Change")],
)
def test_a_signal_is_named_with_its_rule(signal: Signal, word: str) -> None:
    assert summary.reading_sentence(Judgement(signal, "8 weeks in a row below the mean")) == (
        f"{word}: 8 weeks in a row below the mean."
    )


def test_a_signal_on_a_point_alone_puts_no_verdict_in_the_sentence() -> None:
    assert summary.trend(days(3, signal=Signal.CONCERN), None, None, whole) == "3 on 1 Oct."


def test_gaps_and_unfinished_periods_are_not_the_last_figure() -> None:
    assert summary.trend([*days(3, None), Point("3 Oct", 9, partial=True)], None, None, whole) == "3 on 1 Oct."
    assert summary.trend([Point("3 Oct", 9, partial=True)], None, None, whole) == "No complete period yet."


def test_the_fullest_hours_share_their_figure() -> None:
    columns = [Column("09:00", (8, 4)), Column("10:00", (12, 0)), Column("16:00", (1, 4), partial=True)]
    assert summary.fullest(columns, whole) == "Fullest at 09:00 and 10:00, 12 each. 16:00 is not over yet."


def test_a_column_with_an_unknown_part_has_no_total() -> None:
    assert summary.column_total(Column("09:00", (8, None))) is None
    assert summary.column_total(Column("09:00", (8, 0))) == 8


def test_bars_give_their_range_without_the_unfinished_one() -> None:
    items = [Bar("Cardiology", 5.7), Bar("Physiotherapy", 3.6), Bar("Pediatrics", None), Bar("Nov", 0.1, partial=True)]
    assert summary.value_range(items, percent) == "3.6% in Physiotherapy to 5.7% in Cardiology."


def test_equal_bars_are_not_a_range() -> None:
    assert summary.value_range([Bar("Mon", 2), Bar("Tue", 2)], whole) == "2 in each of 2."


def test_lines_are_read_at_the_last_slot_all_of_them_know() -> None:
    slots = [Slot("Mon"), Slot("Tue"), Slot("Wed", partial=True)]
    series = [Series("Cardiology", (3, 4, 1)), Series("Dermatology", (1, 2, 1))]
    assert summary.lines(slots, series, whole) == "4 Cardiology and 2 Dermatology on Tue."
    assert summary.lines(slots, [Series("a", (3, None, 1))], whole) == "3 on Mon."
    weeks = [Slot("9 Nov"), Slot("16 Nov", partial=True)]
    assert summary.lines(weeks, [Series("a", (3, 1))], whole, "Week of") == "3 in the week of 9 Nov."


def test_a_grid_gives_its_highest_and_lowest_cell() -> None:
    sentence = summary.extremes(["Mon", "Tue"], ["08:00", "09:00"], [[0, 4], [2, None]], whole)
    assert sentence == "4 at the most, Mon 09:00; 0 at the least, Mon 08:00."
