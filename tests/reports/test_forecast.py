"""A forecast is shown for what its tests on the past were worth."""

from math import sin

import pytest

from app.insights.forecast import HORIZON, ORIGINS, SEASON, SHORTEST, forecast, naive, smooth

WEEK = (100.0, 90.0, 80.0, 70.0, 60.0, 10.0, 0.0)


def test_the_naive_forecast_repeats_the_last_week():
    assert naive(list(WEEK) * 4, 9) == [*WEEK, 100.0, 90.0]


def test_a_perfect_week_is_forecast_exactly_by_both_and_the_naive_one_is_shown():
    found = forecast(list(WEEK) * 40)
    assert found.values == pytest.approx(WEEK * 4)
    assert (found.model.mase, found.naive.mase) == (0.0, 0.0)
    assert not found.beats
    assert found.half_width == 0.0


def noisy(days: int) -> list[float]:
    """A week with noise that repeats the same way on every machine."""
    return [WEEK[day % SEASON] + 20 + 15 * sin(day * day) for day in range(days)]


def test_where_weeks_differ_by_chance_smoothing_beats_the_last_week():
    found = forecast(noisy(400))
    assert found.beats
    assert found.model.mase < found.naive.mase
    assert 0.8 <= found.shown.coverage <= 1.0
    assert len(found.values) == HORIZON
    assert found.origins == ORIGINS


def test_where_the_level_jumps_each_week_smoothing_does_not_beat_the_last_week():
    values = [float(2 ** (day // SEASON % 20)) for day in range(400)]
    found = forecast(values)
    assert not found.beats
    assert found.values == pytest.approx(naive(values, HORIZON))


def test_each_test_knows_only_what_was_known_then():
    values = noisy(400)
    cut = len(values) - HORIZON
    assert smooth(values[:cut], HORIZON) == smooth([*values[:cut]], HORIZON)
    changed = [*values[:cut], *(0.0 for _ in range(HORIZON))]
    assert forecast(changed).naive.mean_error != forecast(values).naive.mean_error


@pytest.mark.parametrize("values", [[], [1.0] * (SHORTEST - 1), [0.0] * 400])
def test_what_cannot_be_tested_is_not_forecast(values):
    assert forecast(values) is None


def test_a_forecast_is_never_below_zero():
    assert min(forecast([max(0.0, value - 95) for value in noisy(400)]).values) >= 0
