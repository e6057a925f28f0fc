"""Small cells: what few people make up is not shown to those who do not treat them.

After CMS's cell size policy: no count of 1 to k − 1, nothing from which one can be derived (shares, complements, a lone
hidden part of a shown total), what was left out included. 0 may be shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.metrics.types import Excluded, Figure, Metric, Number, Unit, minus

HIDDEN = "too_few"


class Numbers(NamedTuple):
    """A value with its parts; `n` counts the records behind it."""

    value: Number | None
    numerator: Number | None = None
    denominator: Number | None = None
    n: int | None = None
    reason: str | None = None
    reason_code: str | None = None


def is_small(count: Number | None, k: int) -> bool:
    """Is it a count that could point at people?"""
    return count is not None and 0 < count < k


def hide_small(metric: Metric, numbers: Numbers, k: int | None) -> Numbers:
    """The numbers, or why they are not shown. `k` None: this actor may see all."""
    if k is None or not metric.counts_people or numbers.value is None:
        return numbers
    small = is_small(numbers.n, k)
    if metric.unit is Unit.PERCENT and numbers.numerator is not None and numbers.denominator is not None:
        rest = minus(numbers.denominator, numbers.numerator)
        small = small or is_small(numbers.numerator, k) or is_small(rest, k)
    return hidden(k) if small else numbers


@dataclass
class Guard:
    """Hides what is small from one viewer, and remembers whether anything was. `k` None: this viewer may see all."""

    k: int | None
    has_hidden: bool = False

    def hide(self, metric: Metric, numbers: Numbers) -> Numbers:
        """The numbers, or why they are not shown."""
        shown = hide_small(metric, numbers, self.k)
        self.has_hidden |= shown is not numbers
        return shown

    def exclusions(self, excluded: Sequence[Excluded]) -> tuple[Excluded, ...]:
        """The parts left out, without those that are small."""
        if self.k is None:
            return tuple(excluded)
        shown = tuple(part for part in excluded if not is_small(part.count, self.k))
        self.has_hidden |= len(shown) < len(excluded)
        return shown


def hidden(k: int) -> Numbers:
    """Numbers that are not shown."""
    return Numbers(None, reason=f"Too few to show: fewer than {k}.", reason_code=HIDDEN)


def blank(figure: Figure, k: int) -> Figure:
    """A figure that is not shown, nor anything of it."""
    numbers = hidden(k)
    return replace(
        figure,
        value=None,
        numerator=None,
        denominator=None,
        n=None,
        previous=None,
        change=None,
        excluded=(),
        series=(),
        signal=None,
        reason=numbers.reason,
        reason_code=numbers.reason_code,
    )


def hide_peers(figures: Mapping[str, Figure], k: int) -> dict[str, Figure]:
    """Figures of someone the actor may not name: without anything from fewer than k records."""
    return {key: blank(figure, k) if is_small(figure.n, k) else figure for key, figure in figures.items()}
