"""What known sums tell together: whether another sum follows from them by adding and subtracting.

A sum is a vector over unknown counts; it follows from others if it is a linear combination of them. The arithmetic is
done modulo a prime, so that nothing is rounded.
"""

from collections.abc import Hashable, Iterable, Mapping
from heapq import heappop, heappush
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Vector = Mapping[Hashable, int]  # unknown count -> factor
_PRIME = 2**61 - 1


class Known:
    """Everything that follows from sums, each of them known by a number; those without one are facts of arithmetic."""

    def __init__(self, sums: Iterable[tuple[Vector, int | None]]) -> None:
        self._rows: list[tuple[dict[Hashable, int], dict[int, int]]] = []
        self._places: dict[Hashable, int] = {}  # the row that each leading unknown leads
        for vector, number in sums:
            self._add(vector, number)

    def derivation(self, vector: Vector) -> frozenset[int] | None:
        """The numbers of the sums from which a vector follows; None if it does not."""
        rest, used = self._reduced(vector, {})
        return None if rest else frozenset(used)

    def _add(self, vector: Vector, number: int | None) -> None:
        rest, used = self._reduced(vector, {} if number is None else {number: 1})
        if rest:
            leader = next(iter(rest))
            scale = pow(rest[leader], -1, _PRIME)
            self._places[leader] = len(self._rows)
            self._rows.append((_scaled(rest, scale), _scaled(used, scale)))

    def _reduced(self, vector: Vector, used: dict[int, int]) -> tuple[dict[Hashable, int], dict[int, int]]:
        """What is left of a vector without all that follows, and by how much each numbered sum was used."""
        rest = {atom: factor % _PRIME for atom, factor in vector.items() if factor % _PRIME}
        queue: list[tuple[int, int]] = []
        leaders: dict[int, Hashable] = {}

        def enqueue(atoms: Iterable[Hashable]) -> None:
            for atom in atoms:
                place = self._places.get(atom)
                if place is not None and place not in leaders:
                    leaders[place] = atom
                    heappush(queue, (place, place))

        enqueue(list(rest))
        while queue:  # a row holds no leader of an earlier one, so each row is used at most once
            place, _ = heappop(queue)
            factor = rest.get(leaders[place], 0)
            if factor:
                row, how = self._rows[place]
                enqueue(_subtract(rest, row, factor))
                _subtract(used, how, factor)
        return rest, used


def _scaled(vector: Mapping[Key, int], factor: int) -> dict[Key, int]:
    return {atom: value * factor % _PRIME for atom, value in vector.items()}


def _subtract(vector: dict[Key, int], other: Mapping[Key, int], factor: int) -> list[Key]:
    """vector −= factor × other; the atoms that are new in it."""
    new: list[Key] = []
    for atom, value in other.items():
        before = vector.get(atom)
        after = ((before or 0) - factor * value) % _PRIME
        if after:
            vector[atom] = after
            if before is None:
                new.append(atom)
        elif before is not None:
            del vector[atom]
    return new


class Islands:
    """Which unknowns hang together: those that stand in one vector."""

    def __init__(self, vectors: Iterable[Vector]) -> None:
        self._above: dict[Hashable, Hashable] = {}
        for vector in vectors:
            first, *others = vector
            top = self._top(first)
            for other in others:
                above = self._above.get(other, other)
                if above != top and (root := self._top(above)) != top:
                    self._above[root] = top

    def of(self, vector: Vector) -> Hashable:
        """What stands for the island of a vector, which is not empty."""
        return self._top(next(iter(vector)))

    def _top(self, atom: Hashable) -> Hashable:
        path = []
        while (above := self._above.get(atom, atom)) != atom:
            path.append(atom)
            atom = above
        for each in path:
            self._above[each] = atom
        return atom
