"""Intervals of shares: how sure a rate is, given how few it was counted from."""

from math import sqrt

Z95 = 1.959963984540054


def wilson(part: float, whole: float, z: float = Z95) -> tuple[float, float] | None:
    """The score interval of a share (Wilson 1927), as fractions 0 to 1; None when nothing was counted.

    Unlike the normal approximation it stays inside 0 to 1 and holds for small counts.
    """
    if whole <= 0:
        return None
    share, squared = part / whole, z * z / whole
    middle = (share + squared / 2) / (1 + squared)
    half = z / (1 + squared) * sqrt(share * (1 - share) / whole + squared / (4 * whole))
    # Of none and of all the end is known exactly; reckoned, it would miss it by a rounding error.
    low = 0.0 if part == 0 else max(0.0, middle - half)
    return low, 1.0 if part == whole else min(1.0, middle + half)
