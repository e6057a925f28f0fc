"""The limits that chance alone would keep a share to, at rising numbers of records."""

from math import exp, floor, lgamma, log, sqrt

from app.charts.types import FunnelLimit

_QUANTILES = (0.001, 0.025, 0.975, 0.999)
_STEPS = 24


def share_limits(least: int, most: int, share: float) -> list[FunnelLimit]:
    """Exact binomial limits (Spiegelhalter 2005) of a share, from somewhat below `least` records to `most`."""
    first = max(1, round(least * 0.8))
    volumes = sorted({round(first + (most - first) * step / _STEPS) for step in range(_STEPS + 1)})
    return [limit_of(volume, share) for volume in volumes]


def within(limit: FunnelLimit, share: float) -> bool:
    """Does a share lie within the outer limits?"""
    return limit.lower_998 <= share <= limit.upper_998


def limit_of(volume: int, share: float) -> FunnelLimit:
    """The limits of a share counted from `volume` records: exact binomial quantiles, as fractions."""
    outer_low, low, high, outer_high = quantiles(volume, share)
    return FunnelLimit(volume, outer_low / volume, low / volume, high / volume, outer_high / volume)


def quantiles(volume: int, share: float) -> tuple[int, int, int, int]:
    """How many of `volume` records a share gives at the 0.1, 2.5, 97.5 and 99.9 per cent points."""
    if share <= 0 or share >= 1:
        sure = round(volume * share)
        return sure, sure, sure, sure
    odds, mean = share / (1 - share), volume * share
    # What lies further below the mean than this adds up to less than the tolerance.
    first = max(0, floor(mean - 6 * sqrt(mean * (1 - share)) - 6))
    chance = _chance(first, volume, share)
    found, total, at = [], 0.0, 0
    for count in range(first, volume + 1):
        total += chance
        chance *= odds * (volume - count) / (count + 1)
        while at < len(_QUANTILES) and total >= _QUANTILES[at] - 1e-12:
            found.append(count)
            at += 1
        if at == len(_QUANTILES):
            break
    found += [volume] * (len(_QUANTILES) - len(found))
    return found[0], found[1], found[2], found[3]


def _chance(count: int, volume: int, share: float) -> float:
    """That exactly `count` of `volume` records have what a share of all has; in logarithms, since it may be tiny."""
    ways = lgamma(volume + 1) - lgamma(count + 1) - lgamma(volume - count + 1)
    return exp(ways + count * log(share) + (volume - count) * log(1 - share))
