"""Arms: all that is wanted of one family in one cut, read by one arm of a statement's UNION."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from app.metrics.values import Interval
from app.metrics.wants import Cut, Want
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Distinct, Family, Measure, Spread

ArmKey = tuple[Cut, str, type]


@dataclass
class Arm:
    """What is wanted of one family in one cut: parts of one kind over intervals."""

    cut: Cut
    family: Family
    kind: type
    parts: dict[str, Measure | Spread | Distinct] = field(default_factory=dict)
    intervals: set[Interval] = field(default_factory=set)

    def add(self, want: Want) -> None:
        """Takes a want of this cut and family in."""
        self.parts[want.part] = self.family.parts[want.part]
        self.intervals.add(want.interval)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its parts in the order in which a row has them: counts, then amounts of money."""
        return tuple(sorted(self.parts, key=lambda name: (getattr(self.parts[name], "money", False), name)))

    @cached_property
    def bounds(self) -> list[date]:
        """The boundaries between segments, in order. Segment i starts at bound i − 1."""
        found = {one.end for one in self.intervals} | {one.start for one in self.intervals if one.start is not None}
        return sorted(found)

    @cached_property
    def ordered(self) -> list[Interval]:
        """Its intervals in the order in which a statement numbers them, from 1."""
        return sorted(self.intervals, key=lambda one: (one.start or date.min, one.end))

    @property
    def divided(self) -> Iterator[Interval]:
        """The segments that any interval is made of, in order."""
        edges = [None, *self.bounds]
        for number in sorted({one for interval in self.intervals for one in self.segments(interval)}):
            yield Interval(edges[number], self.bounds[number])

    @cached_property
    def first(self) -> date | None:
        """The first day wanted; None when nothing bounds it."""
        starts = [one.start for one in self.intervals if one.start is not None]
        return min(starts) if len(starts) == len(self.intervals) else None

    @property
    def last(self) -> date:
        """The first day no longer wanted."""
        return max(one.end for one in self.intervals)

    def segments(self, interval: Interval) -> range:
        """The segments that make up an interval."""
        start = 0 if interval.start is None else bisect_left(self.bounds, interval.start) + 1
        return range(start, bisect_left(self.bounds, interval.end) + 1)


def key_of(want: Want) -> ArmKey:
    """Which arm reads a want."""
    part = FAMILIES[want.family].parts[want.part]
    return want.cut, want.family, Measure if isinstance(part, Measure) else type(part)


def arms_of(wants: Iterable[Want]) -> dict[ArmKey, Arm]:
    """The arms that read all wants."""
    found: dict[ArmKey, Arm] = {}
    for want in wants:
        key = key_of(want)
        if key not in found:
            found[key] = Arm(want.cut, FAMILIES[want.family], key[2])
        found[key].add(want)
    return found


def arm_of(want: Want) -> Arm:
    """The arm that reads one want alone."""
    (arm,) = arms_of([want]).values()
    return arm
