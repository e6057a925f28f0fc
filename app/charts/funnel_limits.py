"""The limits that chance alone would keep a share to, at rising numbers of records."""

from bisect import bisect_left
from itertools import accumulate
from math import exp, lgamma, log

from app.charts.types import FunnelLimit

_QUANTILES = (0.001, 0.025, 0.975, 0.999)
_STEPS = 24


def share_limits(least: float, most: float, share: float) -> tuple[FunnelLimit, ...]:
    """Exact binomial limits (Spiegelhalter 2005) of a share, from somewhat below `least` to `most` records."""
    first, last = max(1, round(least * 0.8)), max(1, round(most))
    volumes = sorted({round(first + (last - first) * step / _STEPS) for step in range(_STEPS + 1)})
    return tuple(limit_of(volume, share) for volume in volumes)


def limit_of(volume: int, share: float) -> FunnelLimit:
    """The limits at one volume, as fractions: the inner pair holds 95 %, the outer 99.8 % of chance results."""
    if not 0 < share < 1:
        return FunnelLimit(volume, share, share, share, share)
    below = list(accumulate(exp(_log_chance(count, volume, share)) for count in range(volume + 1)))
    outer_low, low, high, outer_high = (bisect_left(below, q - 1e-12) / volume for q in _QUANTILES)
    return FunnelLimit(volume, outer_low, low, min(high, 1.0), min(outer_high, 1.0))


def _log_chance(count: int, volume: int, share: float) -> float:
    ways = lgamma(volume + 1) - lgamma(count + 1) - lgamma(volume - count + 1)
    return ways + count * log(share) + (volume - count) * log(1 - share)
