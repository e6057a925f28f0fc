"""Which counts must be hidden beside the small ones, so that nothing small follows from what stands on the same page.

After CMS's cell size policy: a lone hidden row under its total, a hidden week of a shown month, a reason that is the
rest of the others. Every count shown is a sum of facts (`derivation.py`); while a secret follows from some of them, the
least of these is hidden too.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, NamedTuple

from app.metrics.derivation import Known, Vector, connected
from app.metrics.plan import Lookup
from app.metrics.read import Key, Readings
from app.metrics.suppression import is_small
from app.metrics.types import Number
from app.metrics.wants import Cut, Want
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Distinct


class Cell(NamedTuple):
    """A count or an amount that is shown with others of its `owner`. `rank`, then `size`: what is hidden first; None
    stays."""

    owner: Hashable
    vector: Vector
    size: Number
    rank: int | None


@dataclass(frozen=True)
class Part:
    """One of several counts that stand beside each other: what is hidden of them must not be small together."""

    owner: Hashable
    vector: Vector
    count: Number


@dataclass(frozen=True)
class Page:
    """What one page says: the counts shown, the secrets, groups of parts, and facts (vectors that are 0)."""

    cells: Sequence[Cell]
    secrets: Sequence[Vector]
    groups: Sequence[Sequence[Part]]
    facts: Sequence[Vector]

    def also_hidden(self, k: int) -> set[Hashable]:
        """The owners that must be hidden beside those that are."""
        shown = {cell.owner for cell in self.cells}
        hidden: set[Hashable] = set()
        told: list[Vector] = []  # secrets that nothing can keep
        while True:
            cells = [cell for cell in self.cells if cell.owner not in hidden]
            secrets = [*self.secrets, *_together(self.groups, shown - hidden, k)]
            found = _told(cells, [secret for secret in secrets if secret not in told], self.facts)
            if found is None:
                return hidden
            secret, used = found
            able = [cell for cell in used if cell.rank is not None]
            if able:
                hidden.add(min(able, key=lambda cell: (cell.rank, cell.size)).owner)
            else:
                told.append(secret)


def _together(groups: Iterable[Sequence[Part]], shown: set[Hashable], k: int) -> Iterable[Vector]:
    """Of each group all that is hidden, where together it is small."""
    for group in groups:
        hidden = [part for part in group if part.owner not in shown]
        if len(hidden) > 1 and is_small(sum(part.count for part in hidden), k):
            yield added(part.vector for part in hidden)


def _told(
    cells: Sequence[Cell], secrets: Sequence[Vector], facts: Sequence[Vector]
) -> tuple[Vector, list[Cell]] | None:
    """The first secret that follows from what is shown, and what it follows from."""
    sums = [*facts, *(cell.vector for cell in cells)]
    near = connected(secrets, sums)
    known = Known((sums[place], place - len(facts) if place >= len(facts) else None) for place in near)
    for secret in secrets:
        if (used := known.derivation(secret)) is not None:
            return secret, [cells[place] for place in used]
    return None


def added(vectors: Iterable[Vector], factors: Iterable[int] | None = None) -> Vector:
    """The sum of vectors, each times its factor (1 without any)."""
    found: dict[Hashable, int] = {}
    listed = list(vectors)
    for vector, factor in zip(listed, factors or [1] * len(listed), strict=True):
        for atom, value in vector.items():
            found[atom] = found.get(atom, 0) + factor * value
    return {atom: value for atom, value in found.items() if value}


class Atom(NamedTuple):
    """How many records there were of a place before a date; of distinct patients, within an interval."""

    family: str
    part: str
    place: frozenset[tuple[str, Any]]
    until: Any
    day: Any


class Book:
    """Writes what was read as vectors: an interval is all before its end less all before its start."""

    def __init__(self, wants: Sequence[Want], given: Mapping[str, Any], readings: Readings) -> None:
        self._wants, self._given, self._readings = wants, given, readings

    def vector(self, lookup: Lookup, key: Key = ()) -> Vector:
        """What a sum reads of one member of its cut."""
        return added((self._want(self._wants[number], key) for _, number in lookup), (factor for factor, _ in lookup))

    def facts(self) -> list[Vector]:
        """What arithmetic says: the members of a cut add up to the whole, and to the members of fewer dimensions.

        What is 0 counts as known: a part that is not shown may as well be taken for one.
        """
        found: list[Vector] = []
        for number, want in enumerate(self._wants):
            keys: list[Key] = list(self._readings.keys(number)) if want.cut.by else [()]
            found += [self._want(want, key) for key in keys if not self._readings.total(number, key)]
            for length in range(len(want.cut.by)):
                for fewer in combinations(range(len(want.cut.by)), length):
                    found += self._margins(want, fewer, keys)
        return found

    def _margins(self, want: Want, fewer: tuple[int, ...], keys: Iterable[Key]) -> Iterator[Vector]:
        """Each member of some of a cut's dimensions less all members that it is made of."""
        members: dict[Key, list[Key]] = {}
        for key in keys:
            members.setdefault(tuple(key[place] for place in fewer), []).append(key)
        names = tuple(want.cut.by[place] for place in fewer)
        whole = want._replace(cut=replace(want.cut, by=names))
        for margin, listed in members.items():
            parts = [self._want(want, key) for key in listed]
            yield added([self._want(whole, margin), *parts], [1] + [-1] * len(parts))

    def _want(self, want: Want, key: Key) -> Vector:
        place = frozenset((dict(self._filters(want.cut)) | dict(zip(want.cut.by, key, strict=True))).items())
        until = None if want.cut.until is None else self._given[want.cut.until.name]

        def atom(day: Any) -> Atom:
            return Atom(want.family, want.part, place, until, day)

        start, end = want.interval
        if isinstance(FAMILIES[want.family].parts[want.part], Distinct):
            return {atom((start, end)): 1}
        return {atom(end): 1} if start is None else {atom(end): 1, atom(start): -1}

    def _filters(self, cut: Cut) -> Iterable[tuple[str, Any]]:
        for name, slot in cut.filters:
            given = self._given[slot.name]
            yield name, tuple(sorted(map(str, given))) if isinstance(given, list) else str(given)
