"""Reads measures for many questions at once: sums in one statement, distributions and distinct counts in another.

A question wants measures of a family over intervals, for a cut (grouped by dimensions, filtered). All the boundaries of
its intervals divide time into segments; PostgreSQL sums each segment, and any interval is the sum of its segments. So a
page of many periods and series costs one pass over the days it shows.

Which statements are sent and where in their rows each answer lies depends on no data: a `Reading` is made once and run
often, with the organization, keys and times of each question.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.metrics import sql
from app.metrics.values import Interval
from app.metrics.wants import Cut, Want
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Distinct, Family, Measure, Spread

Key = tuple[str, ...]
Number = Any  # int or Decimal


@dataclass
class Arm:
    """All that is wanted of one family in one cut: one arm of a statement's UNION."""

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


class Place(NamedTuple):
    """Where a sum lies in the rows: which arm, which of its columns, which of its segments."""

    arm: int
    column: int
    segments: slice


class Reading:
    """How wants are read: at most two statements, and the place of each answer. Holds no data."""

    def __init__(self, wants: Iterable[Want]) -> None:
        wants = list(wants)
        arms = _arms(wants)
        self._sums = [arm for arm in arms.values() if arm.kind is Measure]
        self._counts = [arm for arm in arms.values() if arm.kind is not Measure]
        self._places: list[Place | None] = [None] * len(wants)
        self._counted: dict[tuple[int, str, int], int] = {}
        numbers = {id(arm): number for group in (self._sums, self._counts) for number, arm in enumerate(group)}
        for number, want in enumerate(wants):
            arm = arms[_arm_key(want)]
            if arm.kind is Measure:
                found = arm.segments(want.interval)
                place = Place(numbers[id(arm)], arm.names.index(want.part), slice(found.start, found.stop))
                self._places[number] = place
            else:
                self._counted[numbers[id(arm)], want.part, arm.ordered.index(want.interval) + 1] = number

    def run(self, session: Session, organization_id: UUID, given: Mapping[str, Any]) -> "Readings":
        """Answers every want for an organization and the values of the wants' slots."""
        bound = {"organization": organization_id, **given}
        segments = self._run_sums(session, bound) if self._sums else []
        counted = self._run_counts(session, bound) if self._counts else {}
        return Readings(self._places, segments, counted)

    @cached_property
    def _sums_sent(self) -> sql.Sent:
        return sql.sums(self._sums)

    @cached_property
    def _counts_sent(self) -> sql.Sent:
        return sql.counts(self._counts)

    def _run_sums(self, session: Session, bound: Mapping[str, Any]) -> "list[dict[Key, list[Row]]]":
        found: list[dict[Key, list[Row]]] = [{} for _ in self._sums]
        for number, segment, keys, counts, amounts in self._sums_sent.run(session, bound):
            rows = found[number].setdefault(tuple(keys), [()] * (len(self._sums[number].bounds) + 1))
            rows[segment] = (*counts, *amounts)
        return found

    def _run_counts(self, session: Session, bound: Mapping[str, Any]) -> dict[int, dict[Key, Any]]:
        found: dict[int, dict[Key, Any]] = {}
        for number, part, interval, keys, values, times in self._counts_sent.run(session, bound):
            if self._counts[number].kind is Distinct:
                answer: int | Counter[int] = times[0]
            else:
                answer = Counter({value: count for value, count in zip(values, times, strict=True) if count})
            if answer or isinstance(answer, int):
                found.setdefault(self._counted[number, part, interval], {})[tuple(keys)] = answer
        return found


Row = tuple[Number, ...]  # empty where a segment has no row


class Readings:
    """The answers by the number of a want; a group without rows is absent."""

    def __init__(
        self,
        places: Sequence[Place | None],
        segments: list[dict[Key, list[Row]]],
        counted: Mapping[int, Mapping[Key, Any]],
    ) -> None:
        self._places, self._segments, self._counted = places, segments, counted

    def total(self, number: int, key: Key) -> Number:
        """A sum or a distinct count of one group; 0 where it has no rows."""
        place = self._places[number]
        if place is None:
            return self._counted.get(number, {}).get(key, 0)
        arm, column, segments = place
        rows = self._segments[arm].get(key)
        return 0 if rows is None else sum([row[column] for row in rows[segments] if row])

    def spread(self, number: int, key: Key) -> Counter[int]:
        """A distribution of one group."""
        return self._counted.get(number, {}).get(key) or Counter()

    def keys(self, number: int) -> Iterator[Key]:
        """The groups that have rows."""
        place = self._places[number]
        if place is None:
            yield from self._counted.get(number, {})
            return
        for key, rows in self._segments[place.arm].items():
            if any(rows[place.segments]):
                yield key


def _arm_key(want: Want) -> tuple[Cut, str, type]:
    part = FAMILIES[want.family].parts[want.part]
    return want.cut, want.family, Measure if isinstance(part, Measure) else type(part)


def _arms(wants: Iterable[Want]) -> dict[tuple[Cut, str, type], Arm]:
    found: dict[tuple[Cut, str, type], Arm] = {}
    for want in wants:
        key = _arm_key(want)
        if key not in found:
            found[key] = Arm(want.cut, FAMILIES[want.family], key[2])
        found[key].add(want)
    return found


def arm_of(want: Want) -> Arm:
    """The arm that reads one want alone."""
    (arm,) = _arms([want]).values()
    return arm
