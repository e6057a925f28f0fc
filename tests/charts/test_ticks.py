"""Axis scales and the dates under them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charts.ticks import axis_labels, date_ticks, day_label, hour_label, value_scale


def plain(value: float) -> str:
    return f"{value:g}"


def whole(value: float) -> str:
    return f"{value:,.0f}"


def percent(value: float) -> str:
    return f"{value:.1f}%"


def test_counts_to_twelve_have_lines_at_nought_five_and_ten() -> None:
    assert value_scale([9, 12, 5], whole, from_zero=True).ticks == (0, 5, 10)


def test_a_line_far_from_zero_says_where_its_axis_starts() -> None:
    scale = value_scale([4.4, 8.6], percent, from_zero=False)
    assert (scale.low, scale.start) == (3, "3%")
    assert scale.ticks == (4, 5, 6, 7, 8)
    assert scale.labels == ("4%", "5%", "6%", "7%", "8%")


def test_a_line_near_zero_starts_at_zero() -> None:
    assert value_scale([2, 31], whole, from_zero=False).low == 0


def test_a_share_that_is_always_all_has_no_line_above_it() -> None:
    scale = value_scale([1.0, 1.0], lambda share: f"{share * 100:.1f}%", from_zero=False)
    assert max(scale.ticks) == 1
    assert value_scale([1.2, 1.2], lambda share: f"{share * 100:.1f}%", from_zero=False).high > 1.2


def test_bars_start_at_zero_however_far_the_values_are() -> None:
    assert value_scale([980, 1000], whole, from_zero=True).low == 0


def test_whole_numbers_get_no_lines_between_them() -> None:
    assert value_scale([1, 2], whole, from_zero=True).labels == ("0", "1", "2")


def test_minutes_that_are_written_as_hours_have_their_lines_at_round_hours():
    def length(value: float) -> str:
        return f"{value / 60:.0f} h" if value >= 600 else f"{value:.0f} min"

    labels = value_scale([482_720, 120_000], length, from_zero=True).labels
    assert labels == ("0 min", "2000 h", "4000 h", "6000 h", "8000 h")
    assert value_scale([700, 30], length, from_zero=True).labels == ("0 min", "10 h", "20 h")


def test_all_zero_still_has_an_axis() -> None:
    scale = value_scale([0, 0], whole, from_zero=True)
    assert scale.low == 0 < scale.high


values = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@given(st.lists(values, min_size=1, max_size=9), st.booleans())
def test_a_scale_holds_its_values_between_three_to_five_distinct_lines(numbers: list[float], from_zero: bool) -> None:
    scale = value_scale(numbers, plain, from_zero=from_zero)
    assert scale.low <= min(numbers)
    assert max(numbers) <= scale.high
    assert 3 <= len(scale.ticks) <= 5
    assert len(set(scale.labels)) == len(scale.ticks)
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks)


def test_decimals_that_are_nought_everywhere_are_dropped_and_thousands_kept() -> None:
    assert axis_labels((0, 1000, 2000), lambda value: f"${value:,.2f}") == ("$0", "$1,000", "$2,000")
    assert axis_labels((0, 0.5), percent) == ("0.0%", "0.5%")
    assert axis_labels((0, 1000), whole) == ("0", "1,000")


def test_weeks_are_labelled_at_the_first_of_each_month() -> None:
    mondays = [date(2026, 8, 24) + timedelta(weeks=n) for n in range(8)]
    assert [day_label(mondays[index]) for index in date_ticks(mondays)] == ["7 Sep", "5 Oct"]


def test_days_of_one_month_are_labelled_on_mondays() -> None:
    month = [date(2026, 10, day) for day in range(1, 32)]
    assert [day_label(month[index]) for index in date_ticks(month)] == ["5 Oct", "12 Oct", "19 Oct", "26 Oct"]


def test_months_are_all_labelled() -> None:
    assert date_ticks([date(2026, month, 1) for month in range(1, 7)]) == (0, 1, 2, 3, 4, 5)


def test_without_dates_there_are_no_date_ticks() -> None:
    assert date_ticks([None, None]) == ()


@pytest.mark.parametrize(("narrow", "label"), [(True, "08"), (False, "08:00")])
def test_hours_are_short_where_there_is_little_room(narrow: bool, label: str) -> None:
    assert hour_label("08:00", narrow) == label
    assert hour_label("Mon", narrow) == "Mon"
