"""Reads measures for many questions at once: sums in one statement, distributions and distinct counts in another.

A question wants measures of a family over intervals, for a cut (grouped by dimensions, filtered). All the boundaries of
its intervals divide time into segments; PostgreSQL sums each segment, and any interval is the sum of its segments. So a
page of many periods and series costs one pass over the days it shows.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.metrics import sql
from app.metrics.values import Interval, Term
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Distinct, Family, Measure, Spread

Key = tuple[str, ...]
Groups = Mapping[Key, Any]  # a number for a measure, a Counter for a spread


@dataclass(frozen=True)
class Cut:
    """Which rows of a family are read and how they are put together.

    `filters`: dimension and allowed keys. `until`: only what begins before this local time of its day.
    `records`: read the records even where the rollup could answer.
    """

    organization_id: UUID
    by: tuple[str, ...] = ()
    filters: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    until: time | None = None
    records: bool = False


class Want(NamedTuple):
    """One measure, spread or distinct count over one interval of one cut."""

    cut: Cut
    family: str
    part: str
    interval: Interval

    @classmethod
    def of(cls, cut: Cut, term: Term, interval: Interval) -> "Want":
        """What a term asks for."""
        return cls(cut, term.family.key, term.part.name, interval)


@dataclass
class Arm:
    """All that is wanted of one family in one cut: one arm of the statement's UNION."""

    cut: Cut
    family: Family
    parts: dict[str, Measure | Spread | Distinct] = field(default_factory=dict)
    intervals: set[Interval] = field(default_factory=set)

    @property
    def bounds(self) -> list[date]:
        """The boundaries between segments, in order."""
        found = {one.end for one in self.intervals} | {one.start for one in self.intervals if one.start is not None}
        return sorted(found)

    @property
    def first(self) -> date | None:
        """The first day wanted; None when nothing bounds it."""
        starts = [one.start for one in self.intervals if one.start is not None]
        return min(starts) if len(starts) == len(self.intervals) else None

    @property
    def last(self) -> date:
        """The first day no longer wanted."""
        return max(one.end for one in self.intervals)


class Readings:
    """The answers by want; a group without rows is absent."""

    def __init__(self) -> None:
        self._found: dict[Want, dict[Key, Any]] = {}

    def add(self, want: Want, groups: dict[Key, Any]) -> None:
        """Stores an answer."""
        self._found[want] = groups

    def __getitem__(self, want: Want) -> Groups:
        return self._found.get(want, {})


def read(session: Session, wants: Iterable[Want]) -> Readings:
    """Answers every want with at most two statements."""
    arms = _arms(wants)
    readings = Readings()
    sums = [arm for arm, kind in arms if kind is Measure]
    counts = [(arm, kind) for arm, kind in arms if kind is not Measure]
    if sums:
        _read_sums(session, sums, readings)
    if counts:
        _read_counts(session, counts, readings)
    return readings


def _arms(wants: Iterable[Want]) -> list[tuple[Arm, type]]:
    found: dict[tuple[Cut, str, type], Arm] = {}
    for want in wants:
        family = FAMILIES[want.family]
        part = family.parts[want.part]
        kind = Measure if isinstance(part, Measure) else type(part)
        arm = found.setdefault((want.cut, want.family, kind), Arm(want.cut, family))
        arm.parts[part.name] = part
        arm.intervals.add(want.interval)
    return [(arm, kind) for (_, _, kind), arm in found.items()]


def arm_of(want: Want) -> Arm:
    """The arm that reads one want alone."""
    ((arm, _),) = _arms([want])
    return arm


def _read_sums(session: Session, arms: list[Arm], readings: Readings) -> None:
    shapes = tuple(sql.Shape.of(arm.cut, arm.family, tuple(sorted(arm.parts)), arm.first is not None) for arm in arms)
    rows = sql.execute(session, sql.sums(shapes), arms)
    segments: list[dict[Key, dict[int, list[Any]]]] = [defaultdict(dict) for _ in arms]
    for number, segment, keys, numbers in rows:
        segments[number][tuple(keys)][segment] = numbers
    for arm, found in zip(arms, segments, strict=True):
        bounds, names = arm.bounds, sorted(arm.parts)
        for interval in arm.intervals:
            totals = {key: _add(by_segment, bounds, interval) for key, by_segment in found.items()}
            for position, name in enumerate(names):
                want = Want(arm.cut, arm.family.key, name, interval)
                readings.add(want, {key: total[position] for key, total in totals.items() if total is not None})


def _add(by_segment: dict[int, list[Any]], bounds: list[date], interval: Interval) -> list[Any] | None:
    """The sums of the segments of an interval, or None where none has a row. Segment i starts at bound i − 1."""
    start = 0 if interval.start is None else bisect_left(bounds, interval.start) + 1
    rows = [numbers for segment, numbers in by_segment.items() if start <= segment <= bisect_left(bounds, interval.end)]
    return [sum(column) for column in zip(*rows, strict=True)] if rows else None


def _read_counts(session: Session, arms: list[tuple[Arm, type]], readings: Readings) -> None:
    shapes = tuple(
        sql.Shape.of(arm.cut, arm.family, tuple(sorted(arm.parts)), arm.first is not None, kind is Distinct)
        for arm, kind in arms
    )
    rows = sql.execute(session, sql.counts(shapes), [arm for arm, _ in arms])
    orders = [sql.ordered(arm.intervals) for arm, _ in arms]
    found: dict[Want, dict[Key, Any]] = defaultdict(dict)
    for number, name, interval, keys, counts in rows:
        arm, kind = arms[number]
        want = Want(arm.cut, arm.family.key, name, orders[number][interval - 1])
        if kind is Distinct:
            found[want][tuple(keys)] = counts[""]
        elif known := Counter({int(value): times for value, times in counts.items() if times}):
            found[want][tuple(keys)] = known
    for want, groups in found.items():
        readings.add(want, groups)
