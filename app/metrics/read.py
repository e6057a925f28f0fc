"""Reads measures for many questions at once: sums in one statement, distributions and distinct counts in another.

A question wants measures of a family over intervals, for a cut (grouped by dimensions, filtered). All the boundaries of
its intervals divide time into segments; PostgreSQL sums each segment, and any interval is the sum of its segments. So a
page of many periods and series costs one pass over the days it shows.

Which statements are sent and where in their rows each answer lies depends on no data: a `Reader` is made once and run
often, with the organization, keys and times of each question.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from app.metrics import sql
from app.metrics.arms import arms_of, key_of
from app.metrics.wants import Want
from app.rollups.family import Distinct, Measure

Key = tuple[str, ...]
Number = Any  # int or Decimal


class Place(NamedTuple):
    """Where a sum lies in the rows: which arm, which of its columns, which of its segments."""

    arm: int
    column: int
    segments: slice


class Reader:
    """How wants are read: at most two statements, and the place of each answer. Holds no data."""

    def __init__(self, wants: Iterable[Want]) -> None:
        wants = list(wants)
        arms = arms_of(wants)
        self._sums = [arm for arm in arms.values() if arm.kind is Measure]
        self._counts = [arm for arm in arms.values() if arm.kind is not Measure]
        self._places: list[Place | None] = [None] * len(wants)
        self._counted: dict[tuple[int, str, int], int] = {}
        numbers = {id(arm): number for group in (self._sums, self._counts) for number, arm in enumerate(group)}
        for number, want in enumerate(wants):
            arm = arms[key_of(want)]
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
            want = self._counted.get((number, part, interval))
            if want is None:  # an interval that only another part of the arm is wanted for
                continue
            if self._counts[number].kind is Distinct:
                answer: int | Counter[int] = times[0]
            else:
                answer = Counter({value: count for value, count in zip(values, times, strict=True) if count})
            if answer or isinstance(answer, int):
                found.setdefault(want, {})[tuple(keys)] = answer
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
