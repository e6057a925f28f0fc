"""Reads measures for many questions at once: sums in one statement, distributions and distinct counts in another.

A question wants measures of a family over intervals, for a cut (grouped by dimensions, filtered). All the boundaries of
its intervals divide time into segments; PostgreSQL sums each segment, and any interval is the sum of its segments, of a
distribution as of a number. So a page of many periods and series costs one pass over the days it shows. Only different
patients are counted for each interval by itself.

Which statements are sent and where in their rows each answer lies depends on no data: a `Reader` is made once and run
often, with the organization, keys and times of each question.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.statement import planned_once
from app.metrics import sql
from app.metrics.arms import Arm, arms_of, key_of
from app.metrics.wants import Want
from app.rollups.family import Distinct, Measure, Spread

Key = tuple[str, ...]
Number = Any  # int or Decimal


class Place(NamedTuple):
    """Where an answer lies in the rows: in which group of them, in which column, over which of its segments.

    A distribution has no column: its rows are counts by value.
    """

    group: int
    column: int | None
    segments: slice


class Reader:
    """How wants are read: at most two statements, and the place of each answer. Holds no data."""

    def __init__(self, wants: Iterable[Want]) -> None:
        wants = list(wants)
        arms = arms_of(wants)
        self._sums = [arm for arm in arms.values() if arm.kind is Measure]
        self._counts = [arm for arm in arms.values() if arm.kind is not Measure]
        spread = [(number, name) for number, arm in enumerate(self._counts) if arm.kind is Spread for name in arm.names]
        self._spreads = {part: len(self._sums) + place for place, part in enumerate(spread)}
        self._places: list[Place | None] = [None] * len(wants)
        self._distinct: dict[tuple[int, str, int], int] = {}
        numbers = {id(arm): number for group in (self._sums, self._counts) for number, arm in enumerate(group)}
        for number, want in enumerate(wants):
            arm = arms[key_of(want)]
            mine = numbers[id(arm)]
            if arm.kind is Distinct:
                self._distinct[mine, want.part, arm.ordered.index(want.interval) + 1] = number
                continue
            found = arm.segments(want.interval)
            segments = slice(found.start, found.stop)
            if arm.kind is Measure:
                self._places[number] = Place(mine, arm.names.index(want.part), segments)
            else:
                self._places[number] = Place(self._spreads[mine, want.part], None, segments)

    def run(self, session: Session, organization_id: UUID, given: Mapping[str, Any]) -> "Readings":
        """Answers every want for an organization and the values of the wants' slots."""
        bound = {"organization": organization_id, **given}
        groups: list[Groups] = [{} for _ in range(len(self._sums) + len(self._spreads))]
        with planned_once(session):
            if self._sums:
                self._run_sums(session, bound, groups)
            distinct = self._run_counts(session, bound, groups) if self._counts else {}
        return Readings(self._places, groups, distinct)

    @cached_property
    def _sums_sent(self) -> sql.Sent:
        return sql.sums(self._sums)

    @cached_property
    def _counts_sent(self) -> sql.Sent:
        return sql.counts(self._counts)

    def _run_sums(self, session: Session, bound: Mapping[str, Any], groups: "list[Groups]") -> None:
        for number, segment, keys, counts, amounts in self._sums_sent.run(session, bound):
            _enter(groups[number], keys, self._sums[number], segment, (*counts, *amounts))

    def _run_counts(
        self, session: Session, bound: Mapping[str, Any], groups: "list[Groups]"
    ) -> dict[int, dict[Key, int]]:
        """Enters the distributions; the distinct counts by the number of their want."""
        distinct: dict[int, dict[Key, int]] = {}
        for number, part, place, keys, values, times in self._counts_sent.run(session, bound):
            if (number, part) in self._spreads:
                cells = {value: count for value, count in zip(values, times, strict=True) if count}
                _enter(groups[self._spreads[number, part]], keys, self._counts[number], place, cells)
                continue
            want = self._distinct.get((number, part, place))
            if want is not None:  # else an interval that only another part of the arm is wanted for
                distinct.setdefault(want, {})[tuple(keys)] = times[0]
        return distinct


Groups = dict[Key, list[Any]]  # by dimensions, the rows of all segments; empty where a segment has none


def _enter(groups: Groups, keys: Sequence[str], arm: Arm, segment: int, row: Any) -> None:
    groups.setdefault(tuple(keys), [()] * (len(arm.bounds) + 1))[segment] = row


class Readings:
    """The answers by the number of a want; a group without rows is absent."""

    def __init__(
        self, places: Sequence[Place | None], groups: Sequence[Groups], distinct: Mapping[int, Mapping[Key, int]]
    ) -> None:
        self._places, self._groups, self._distinct = places, groups, distinct

    def total(self, number: int, key: Key) -> Number:
        """A sum, a distinct count or how many a distribution counts, of one group; 0 where it has no rows."""
        place = self._places[number]
        if place is None:
            return self._distinct.get(number, {}).get(key, 0)
        group, column, segments = place
        if column is None:
            return self.spread(number, key).total()
        rows = self._groups[group].get(key)
        return 0 if rows is None else sum([row[column] for row in rows[segments] if row])

    def spread(self, number: int, key: Key) -> Counter[int]:
        """A distribution of one group."""
        place, found = self._places[number], Counter[int]()
        assert place is not None  # a distinct count has none
        for cells in self._groups[place.group].get(key, [])[place.segments]:
            found.update(cells)
        return found

    def keys(self, number: int) -> Iterator[Key]:
        """The groups that have rows."""
        place = self._places[number]
        if place is None:
            yield from self._distinct.get(number, {})
            return
        for key, rows in self._groups[place.group].items():
            if any(rows[place.segments]):
                yield key
