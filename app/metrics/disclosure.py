"""Which counts must be hidden beside the small ones, so that nothing small follows from what stands on the same page.

After CMS's cell size policy: a lone hidden row under its total, a hidden week of a shown month, a reason that is the
rest of the others. Every count shown is a sum of facts (`derivation.py`); while a secret follows from some of them, the
least of these is hidden too.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, combinations
from typing import Any, NamedTuple

from app.metrics.derivation import Islands, Known, Vector
from app.metrics.plan import Lookup
from app.metrics.read import Key, Readings
from app.metrics.suppression import is_small
from app.metrics.types import Number
from app.metrics.values import Interval
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
        islands, places = self._islands(), dict[Hashable, list[int]]()
        for place, island in enumerate(islands):
            for owner in island.owners:
                places.setdefault(owner, []).append(place)
        shown, hidden = {cell.owner for cell in self.cells}, set[Hashable]()
        waiting = set(range(len(islands)))
        while waiting:
            place = min(waiting)
            told = islands[place].telling(shown - hidden, k)
            hidden |= told
            waiting.update(*(places[owner] for owner in told))
            if not told:
                waiting.remove(place)
        return hidden

    def _islands(self) -> "list[_Island]":
        """The page in parts that tell nothing of each other; those without a secret are left out."""
        page = self._without_zeros()
        return page._cut() if any(page.secrets) else []

    def _without_zeros(self) -> "Page":
        """The same without the unknowns that are known to be 0."""
        zeros = {atom for fact in self.facts if len(fact) == 1 for atom in fact}

        def bare(vector: Vector) -> Vector:
            return vector if zeros.isdisjoint(vector) else {a: factor for a, factor in vector.items() if a not in zeros}

        return Page(
            [cell._replace(vector=bare(cell.vector)) for cell in self.cells],
            [bare(secret) for secret in self.secrets],
            [[replace(part, vector=bare(part.vector)) for part in group] for group in self.groups],
            [bare(fact) for fact in self.facts],
        )

    def _cut(self) -> "list[_Island]":
        parts = [part for group in self.groups for part in group]
        every = [*self.facts, *self.secrets, *(cell.vector for cell in self.cells), *(part.vector for part in parts)]
        sea, found = Islands(filter(None, every)), defaultdict[Hashable, _Island](_Island)
        for secret in {frozenset(secret.items()): secret for secret in self.secrets if secret}.values():
            found[sea.of(secret)].secrets.append(secret)
        for cell in self.cells:
            if cell.vector and (island := found.get(sea.of(cell.vector))):
                island.cells.append(cell)
        for fact in self.facts:
            if fact and (island := found.get(sea.of(fact))):
                island.facts.append(fact)
        for group in self.groups:
            near = defaultdict[Hashable, list[Part]](list)
            for part in group:
                if part.vector and sea.of(part.vector) in found:
                    near[sea.of(part.vector)].append(part)
            for place, together in near.items():
                found[place].groups.append(together)
        return list(found.values())


@dataclass(frozen=True)
class _Island:
    cells: list[Cell] = field(default_factory=list)
    secrets: list[Vector] = field(default_factory=list)
    groups: list[list[Part]] = field(default_factory=list)
    facts: list[Vector] = field(default_factory=list)

    @property
    def owners(self) -> set[Hashable]:
        return {cell.owner for cell in self.cells} | {part.owner for group in self.groups for part in group}

    def telling(self, shown: set[Hashable], k: int) -> set[Hashable]:
        """The least owners of what tells a secret; none where nothing tells one, or what tells it has to stay."""
        cells = [cell for cell in self.cells if cell.owner in shown]

        def firm(number: int) -> tuple[float, int]:
            """What follows from cells that are hidden last follows whatever is hidden first; short ones are quick."""
            rank = cells[number].rank
            return (float("-inf") if rank is None else -rank), len(cells[number].vector)

        facts = ((fact, None) for fact in sorted(self.facts, key=len))
        known = Known([*facts, *((cells[number].vector, number) for number in sorted(range(len(cells)), key=firm))])
        found: set[Hashable] = set()
        for secret in (*self.secrets, *_together(self.groups, shown, k)):
            used = [cells[number] for number in known.derivation(secret) or ()]
            able = [cell for cell in used if cell.rank is not None]
            if able and not any(cell.owner in found for cell in used):
                found.add(min(able, key=lambda cell: (cell.rank, cell.size)).owner)
        return found


def _together(groups: Iterable[Sequence[Part]], shown: set[Hashable], k: int) -> Iterable[Vector]:
    """Of each group all that is hidden, where together it is small."""
    for group in groups:
        hidden = [part for part in group if part.owner not in shown]
        if len(hidden) > 1 and is_small(sum(part.count for part in hidden), k):
            yield added(part.vector for part in hidden)


def added(vectors: Iterable[Vector], factors: Iterable[int] | None = None) -> Vector:
    """The sum of vectors, each times its factor (1 without any)."""
    found: dict[Hashable, int] = {}
    listed = list(vectors)
    for vector, factor in zip(listed, factors or [1] * len(listed), strict=True):
        for atom, value in vector.items():
            found[atom] = found.get(atom, 0) + factor * value
    return {atom: value for atom, value in found.items() if value}


_BLOCK = 1 << 20  # numbers kept for the stretches of time of one part in one place


class Book:
    """Writes what was read as vectors: an interval is the stretches of time between the dates that a page names."""

    def __init__(self, wants: Sequence[Want], given: Mapping[str, Any], readings: Readings) -> None:
        self._wants, self._given, self._readings = wants, given, readings
        dates = defaultdict[tuple[str, frozenset[str]], set[date]](set)
        for want in wants:
            for names in _subsets(want.cut.by):
                dates[_kind(want, names)].update(day for day in want.interval if day is not None)
        self._dates = {kind: sorted(found) for kind, found in dates.items()}
        self._blocks: dict[Hashable, int] = {}
        self._spans: dict[Interval, int] = {}
        self._written: dict[tuple[int, Key], Vector] = {}

    def vector(self, lookup: Lookup, key: Key = ()) -> Vector:
        """What a sum reads of one member of its cut."""
        if len(lookup) == 1 and lookup[0][0] == 1:
            return self._of(lookup[0][1], key)
        return added((self._of(number, key) for _, number in lookup), (factor for factor, _ in lookup))

    def facts(self) -> list[Vector]:
        """What arithmetic says: the members of a cut add up to the whole, and to the members of fewer dimensions.

        What is 0 counts as known: a part that is not shown may as well be taken for one.
        """
        found: list[Vector] = []
        for number, want in enumerate(self._wants):
            keys: list[Key] = list(self._readings.keys(number)) if want.cut.by else [()]
            found += [self._of(number, key) for key in keys if not self._readings.total(number, key)]
            for fewer in list(_subsets(range(len(want.cut.by))))[:-1]:
                found += self._margins(number, fewer, keys)
        return found

    def _margins(self, number: int, fewer: tuple[int, ...], keys: Iterable[Key]) -> Iterator[Vector]:
        """Each member of some of a cut's dimensions less all members that it is made of."""
        want = self._wants[number]
        members: dict[Key, list[Key]] = {}
        for key in keys:
            members.setdefault(tuple(key[place] for place in fewer), []).append(key)
        names = tuple(want.cut.by[place] for place in fewer)
        whole = want._replace(cut=replace(want.cut, by=names))
        for margin, listed in members.items():
            parts = [self._of(number, key) for key in listed]
            yield added([self._write(whole, margin), *parts], [1] + [-1] * len(parts))

    def _of(self, number: int, key: Key) -> Vector:
        if (number, key) not in self._written:
            self._written[number, key] = self._write(self._wants[number], key)
        return self._written[number, key]

    def _write(self, want: Want, key: Key) -> Vector:
        """An unknown is how much of a part there is in one place in one stretch of time: between dates that a page
        names for places of its kind, none of them within it; of distinct patients in an interval."""
        place = frozenset((dict(self._filters(want.cut)) | dict(zip(want.cut.by, key, strict=True))).items())
        until = None if want.cut.until is None else self._given[want.cut.until.name]
        block = self._blocks.setdefault((want.family, want.part, place, until), len(self._blocks)) * _BLOCK
        times = self._times(want)
        return dict.fromkeys(range(block + times.start, block + times.stop), 1)

    def _times(self, want: Want) -> range:
        """The numbers of the stretches of time that a want is made of."""
        if isinstance(FAMILIES[want.family].parts[want.part], Distinct):
            number = self._spans.setdefault(want.interval, len(self._spans))
            return range(number, number + 1)
        dates, (start, end) = self._dates[_kind(want, want.cut.by)], want.interval
        return range(0 if start is None else bisect_left(dates, start) + 1, bisect_left(dates, end) + 1)

    def _filters(self, cut: Cut) -> Iterable[tuple[str, Any]]:
        for name, slot in cut.filters:
            given = self._given[slot.name]
            yield name, tuple(sorted(map(str, given))) if isinstance(given, list) else str(given)


def _kind(want: Want, names: Iterable[str]) -> tuple[str, frozenset[str]]:
    """What kind of places a want tells of, cut by these dimensions alone."""
    return want.family, frozenset((*names, *(name for name, _ in want.cut.filters)))


def _subsets(of: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """All selections, the whole last."""
    return chain.from_iterable(combinations(of, length) for length in range(len(of) + 1))
