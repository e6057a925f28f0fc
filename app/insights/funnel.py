"""Limits of a funnel plot: how far a share may lie from that of all together by chance alone (Spiegelhalter 2005)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

_QUANTILES = (0.001, 0.025, 0.975, 0.999)


@dataclass(frozen=True)
class Bounds:
    """The shares between which 95% and 99.8% of chance results lie, for one number of records."""

    volume: int
    lower_998: float
    lower_95: float
    upper_95: float
    upper_998: float

    def has(self, share: float) -> bool:
        """Does the share lie within the outer limits?"""
        return self.lower_998 <= share <= self.upper_998


def bounds(volume: int, share: float) -> Bounds:
    """Exact binomial limits around a share 0 to 1 for `volume` records (more than 0)."""
    return Bounds(volume, *(count / volume for count in _counts(volume, share)))


def volumes(counted: Iterable[int], steps: int = 24) -> list[int]:
    """Numbers of records at which limits are drawn, from somewhat below the smallest to the largest."""
    known = sorted(counted)
    first, last = max(1, round(known[0] * 0.8)), known[-1]
    return sorted({round(first + (last - first) * step / steps) for step in range(steps + 1)})


def _counts(volume: int, share: float) -> list[int]:
    """For each quantile the smallest count that the distribution reaches it at."""
    if not 0 < share < 1:
        return [round(volume * share)] * len(_QUANTILES)
    found: list[int] = []
    reached = 0.0
    for count in range(volume + 1):
        reached += _chance(count, volume, share)
        while len(found) < len(_QUANTILES) and reached >= _QUANTILES[len(found)] - 1e-12:
            found.append(count)
    return found + [volume] * (len(_QUANTILES) - len(found))


def _chance(count: int, volume: int, share: float) -> float:
    """The binomial probability, by logarithms so that large volumes do not overflow."""
    ways = lgamma(volume + 1) - lgamma(count + 1) - lgamma(volume - count + 1)
    return exp(ways + count * log(share) + (volume - count) * log1p(-share))
