"""XmR charts: the limits of the published test vector, and each rule."""

import pytest

from app.metrics.spc import Assurance, Rule, Verdict, chart, limits

VECTOR = [1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
NOISE = [10, 12, 9, 11, 10, 12, 9, 11, 10, 12, 9, 11]


def rules(values, **more):
    return [(signal.rule, signal.index) for signal in chart(values, **more).signals]


def test_limits_drop_extreme_moving_ranges_once():
    mean, lower, upper = limits(VECTOR)
    assert (round(mean, 2), round(lower, 2), round(upper, 2)) == (1.94, -0.72, 4.60)


def test_limits_can_keep_every_moving_range():
    _, lower, upper = limits(VECTOR, screen=False)
    assert (round(lower, 2), round(upper, 2)) == (-3.06, 6.95)


def test_a_point_outside_the_limits_is_a_signal():
    assert (Rule.OUTSIDE, 4) in rules(VECTOR)


def test_common_cause_is_no_signal():
    found = chart(NOISE)
    assert found.signals == ()
    assert found.verdict is Verdict.COMMON_CAUSE


def test_seven_points_on_one_side_of_the_mean_are_a_shift_and_six_are_none():
    low, high = [5, 7, 5, 7, 5, 7], [15, 17, 15, 17, 15, 17]
    assert Rule.SHIFT not in {rule for rule, _ in rules(low + high)}
    assert (Rule.SHIFT, 6) in rules([*low, 5, *high, 15])


def test_seven_rising_points_are_a_trend_and_six_are_none():
    assert Rule.TREND not in {rule for rule, _ in rules([9, 1, 2, 3, 4, 5, 6, 1])}
    assert (Rule.TREND, 7) in rules([9, 1, 2, 3, 4, 5, 6, 7])


def test_two_of_three_points_close_to_a_limit_are_a_signal():
    found = chart([*NOISE, 16, 12, 16])
    edge = found.mean + (found.upper - found.mean) * 2 / 3
    assert edge < 16 < found.upper
    assert [(signal.rule, signal.index) for signal in found.signals] == [(Rule.TWO_OF_THREE, 14)]


def test_the_verdict_follows_the_direction_that_is_better():
    rising = [9, 1, 2, 3, 4, 5, 6, 7]
    assert chart(rising, better_up=True).verdict is Verdict.IMPROVEMENT
    assert chart(rising, better_up=False).verdict is Verdict.CONCERN
    assert chart(rising).verdict is Verdict.RISING


def test_under_twelve_points_limits_are_on_trial():
    assert chart(NOISE[:11]).trial
    assert not chart(NOISE).trial


def test_limits_start_anew_only_where_asked():
    values = [*NOISE, 30, 32, 29, 31]
    assert chart(values).start == 0
    found = chart(values, rebase=12)
    assert (found.start, found.mean) == (12, 30.5)


def test_shown_limits_stay_within_the_possible():
    found = chart([0.9, 1.0, 0.8, 1.0, 0.7], bounds=(0.0, 1.0))
    assert found.upper == 1.0


def test_a_gap_is_left_out():
    assert chart([10, None, 12, 9]).points == 3


def test_two_points_make_no_chart():
    assert chart([1, 2]) is None


@pytest.mark.parametrize(
    ("target", "up", "assurance"),
    [
        (0, True, Assurance.RELIABLE),
        (0, False, Assurance.OUT_OF_REACH),
        (100, True, Assurance.OUT_OF_REACH),
        (100, False, Assurance.RELIABLE),
        (10, True, Assurance.HIT_AND_MISS),
    ],
)
def test_a_target_between_the_limits_is_met_by_chance(target, up, assurance):
    assert chart(NOISE).assurance(target, up) is assurance
