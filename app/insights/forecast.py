"""Forecasts of a daily series, tested on its own past against the seasonal naive one before they are believed.

The model is exponential smoothing with an additive weekly season (Holt-Winters without a trend), its two weights chosen
by the squared errors one day ahead. It is tested with a rolling origin: from each of several past days it forecasts the
days that followed, knowing only what was known then. MASE (Hyndman & Koehler 2006) divides the mean absolute error by
that of the naive forecast inside the days known. Intervals are conformal: the quantile of the errors of those tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil
from statistics import fmean

SEASON, HORIZON, ORIGINS, STEP = 7, 28, 10, 14  # days; from origin to origin
SHORTEST = 8 * SEASON + HORIZON + STEP * (ORIGINS - 1)
LEVEL = 0.9  # of the interval
_WEIGHTS = (0.05, 0.1, 0.2, 0.4), (0.02, 0.1, 0.3)
_WARM = 4 * SEASON


@dataclass(frozen=True)
class Test:
    """How a method did on the past. MASE under 1 beats what the naive forecast does inside the sample; `coverage` is
    the share of the days that fell within the interval made from the other tests alone."""

    mase: float
    mean_error: float
    coverage: float
    half_width: float


@dataclass(frozen=True)
class Forecast:
    """The days to come by the better method. `half_width` to each side makes the interval of a day, `week_half_width`
    that of a week's sum. `beats`: the model had the smaller error in the tests, so it is the one shown."""

    values: tuple[float, ...]
    half_width: float
    week_half_width: float
    model: Test
    naive: Test
    origins: int

    @property
    def beats(self) -> bool:
        """Did the model do better than the seasonal naive forecast?"""
        return self.model.mase < self.naive.mase

    @property
    def shown(self) -> Test:
        """The tests of the method that is shown."""
        return self.model if self.beats else self.naive


def forecast(values: Sequence[float]) -> Forecast | None:
    """The next 28 days of a daily series without gaps; None where it is too short to be tested."""
    if len(values) < SHORTEST or not any(values):
        return None
    cuts = [len(values) - HORIZON - STEP * number for number in range(ORIGINS)]
    truth = [list(values[cut : cut + HORIZON]) for cut in cuts]
    modelled = [smooth(values[:cut], HORIZON) for cut in cuts]
    repeated = [naive(values[:cut], HORIZON) for cut in cuts]
    scale = fmean(abs(after - before) for before, after in zip(values, values[SEASON:], strict=False)) or 1.0
    model, simple = _test(modelled, truth, scale), _test(repeated, truth, scale)
    is_better = model.mase < simple.mase
    chosen, method = (modelled, smooth) if is_better else (repeated, naive)
    weeks = [abs(error) for made, real in zip(chosen, truth, strict=True) for error in _week_errors(made, real)]
    half = (model if is_better else simple).half_width
    ahead = tuple(max(0.0, value) for value in method(values, HORIZON))
    return Forecast(ahead, half, _quantile(weeks), model, simple, ORIGINS)


def naive(values: Sequence[float], horizon: int) -> list[float]:
    """The last week again and again."""
    return [values[len(values) - SEASON + day % SEASON] for day in range(horizon)]


def smooth(values: Sequence[float], horizon: int) -> list[float]:
    """Exponential smoothing with a weekly season; needs more than four weeks."""
    _, level, season = min((_fit(values, *weights) for weights in product(*_WEIGHTS)), key=lambda fit: fit[0])
    return [level + season[(len(values) + day) % SEASON] for day in range(horizon)]


def _fit(values: Sequence[float], alpha: float, gamma: float) -> tuple[float, float, list[float]]:
    """The squared errors one day ahead, and level and season after the last day."""
    level = fmean(values[:_WARM])
    season = [fmean(values[day:_WARM:SEASON]) - level for day in range(SEASON)]
    errors = 0.0
    for day in range(_WARM, len(values)):
        place = day % SEASON
        error = values[day] - level - season[place]
        errors += error * error
        level += alpha * error
        season[place] += gamma * (1 - alpha) * error
    return errors, level, season


def _test(made: Sequence[Sequence[float]], truth: Sequence[Sequence[float]], scale: float) -> Test:
    errors = [[abs(m - t) for m, t in zip(one, real, strict=True)] for one, real in zip(made, truth, strict=True)]
    mean = fmean(error for one in errors for error in one)
    inside = []
    for left_out, one in enumerate(errors):
        half = _quantile([error for number, other in enumerate(errors) if number != left_out for error in other])
        inside += [error <= half for error in one]
    return Test(mean / scale, mean, fmean(inside), _quantile([error for one in errors for error in one]))


def _quantile(errors: Sequence[float]) -> float:
    """The conformal quantile: the smallest error that at least LEVEL of them, one more counted, do not exceed."""
    place = min(len(errors), ceil(LEVEL * (len(errors) + 1))) - 1
    return sorted(errors)[place]


def _week_errors(made: Sequence[float], truth: Sequence[float]) -> list[float]:
    return [
        sum(made[start : start + SEASON]) - sum(truth[start : start + SEASON]) for start in range(0, HORIZON, SEASON)
    ]
