"""XmR charts: which changes are signals and which are noise. Rules of NHS England's Making Data Count.

Limits are the mean ± 2.66 × the average moving range; moving ranges of at least 3.267 × their average are dropped once
(the default of NHSRplotthedots; the NHS's own workbook keeps them).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import fmean

LIMIT, SCREEN, RUN, FIRM = 2.66, 3.267, 7, 12


class Rule(StrEnum):
    """A pattern that chance alone would rarely make."""

    OUTSIDE = "outside"
    SHIFT = "shift"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"


class Verdict(StrEnum):
    """What a signal means, given which way is better."""

    IMPROVEMENT = "improvement"
    CONCERN = "concern"
    RISING = "rising"
    FALLING = "falling"
    COMMON_CAUSE = "common_cause"


class Assurance(StrEnum):
    """Will the process as it is meet its target? By where the target lies between the limits."""

    RELIABLE = "reliable"
    OUT_OF_REACH = "out_of_reach"
    HIT_AND_MISS = "hit_and_miss"


@dataclass(frozen=True)
class Signal:
    """A rule that fired at a point; `high`: towards larger values; `length`: points in a row that make it."""

    index: int
    rule: Rule
    high: bool
    length: int = 1

    @property
    def words(self) -> str:
        """The rule in a sentence that ends before the numbers."""
        side = "above" if self.high else "below"
        return {
            Rule.OUTSIDE: f"{side} the {'upper' if self.high else 'lower'} limit",
            Rule.SHIFT: f"{self.length} in a row {side} the mean; the rule asks for {RUN}",
            Rule.TREND: f"{self.length} in a row {'rising' if self.high else 'falling'}; the rule asks for {RUN}",
            Rule.TWO_OF_THREE: f"2 of 3 close to the {'upper' if self.high else 'lower'} limit",
        }[self.rule]


@dataclass(frozen=True)
class Chart:
    """The mean, the limits and the signals of a series. `trial`: fewer than 12 points, so the limits are soft.

    `start` is the index of the first point of the part in force (after the last rebase). `verdict` and `latest` speak
    of the last point.
    """

    mean: float
    lower: float
    upper: float
    signals: tuple[Signal, ...]
    trial: bool
    start: int
    latest: Signal | None
    verdict: Verdict
    points: int

    def assurance(self, target: float, better_up: bool) -> Assurance:
        """Does the process meet a target reliably, never, or by chance?"""
        if self.lower <= target <= self.upper:
            return Assurance.HIT_AND_MISS
        return Assurance.RELIABLE if (target < self.lower) == better_up else Assurance.OUT_OF_REACH


def limits(values: Sequence[float], screen: bool = True) -> tuple[float, float, float]:
    """Mean, lower and upper limit of at least two values."""
    mean = fmean(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    average = fmean(ranges)
    if screen:
        kept = [one for one in ranges if one < SCREEN * average]
        average = fmean(kept) if kept else average
    return mean, mean - LIMIT * average, mean + LIMIT * average


def chart(
    values: Sequence[float | None],
    better_up: bool | None = None,
    rebase: int | None = None,
    bounds: tuple[float | None, float | None] = (None, None),
    screen: bool = True,
) -> Chart | None:
    """The chart of complete points in order (None is a gap); no chart under three points.

    `rebase` starts new limits at that index: only ever at an event that a person has noted. `bounds` clip the limits to
    what is possible. `better_up`: None where neither direction is better.
    """
    start = rebase or 0
    known = [(index, value) for index, value in enumerate(values) if index >= start and value is not None]
    if len(known) < 3:
        return None
    numbers = [float(value) for _, value in known]
    mean, lower, upper = limits(numbers, screen)
    signals = tuple(
        Signal(known[signal.index][0], signal.rule, signal.high, signal.length)
        for signal in _signals(numbers, mean, lower, upper)
    )
    last = known[-1][0]
    latest = next((signal for signal in signals if signal.index == last), None)
    low, high = bounds
    return Chart(
        mean=mean,
        lower=lower if low is None else max(low, lower),
        upper=upper if high is None else min(high, upper),
        signals=signals,
        trial=len(known) < FIRM,
        start=start,
        latest=latest,
        verdict=_verdict(latest, better_up),
        points=len(known),
    )


def _verdict(signal: Signal | None, better_up: bool | None) -> Verdict:
    if signal is None:
        return Verdict.COMMON_CAUSE
    if better_up is None:
        return Verdict.RISING if signal.high else Verdict.FALLING
    return Verdict.IMPROVEMENT if signal.high == better_up else Verdict.CONCERN


def _signals(values: Sequence[float], mean: float, lower: float, upper: float) -> Iterator[Signal]:
    """Every point at which a rule fires, by point, the strongest rule first."""
    sides = [(value > mean) - (value < mean) for value in values]
    steps = [0, *((after > before) - (after < before) for before, after in pairwise(values))]
    shifts, trends = _runs(sides), _runs(steps)
    near = _near_limits(values, mean, lower, upper)
    for index, value in enumerate(values):
        if value > upper or value < lower:
            yield Signal(index, Rule.OUTSIDE, value > upper)
        if shifts[index] >= RUN:
            yield Signal(index, Rule.SHIFT, sides[index] > 0, shifts[index])
        if trends[index] + 1 >= RUN:  # seven points make six steps
            yield Signal(index, Rule.TREND, steps[index] > 0, trends[index] + 1)
        if near[index]:
            yield Signal(index, Rule.TWO_OF_THREE, near[index] > 0)


def _runs(signs: Sequence[int]) -> list[int]:
    """For each place, how many equal signs in a row end there; 0 where the sign is 0."""
    lengths: list[int] = []
    for index, sign in enumerate(signs):
        same = index > 0 and sign == signs[index - 1]
        lengths.append(0 if sign == 0 else lengths[-1] + 1 if same else 1)
    return lengths


def _near_limits(values: Sequence[float], mean: float, lower: float, upper: float) -> list[int]:
    """1 (high), −1 (low) or 0 where two of the last three points lie beyond two thirds of the way to one limit."""
    outer_high, outer_low = mean + (upper - mean) * 2 / 3, mean - (mean - lower) * 2 / 3
    zones = [(value > outer_high) - (value < outer_low) for value in values]
    found = []
    for index, zone in enumerate(zones):
        last = zones[max(0, index - 2) : index + 1]
        found.append(zone if zone and last.count(zone) >= 2 else 0)
    return found
