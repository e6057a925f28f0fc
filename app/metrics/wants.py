"""What is to be read of the facts, in words that depend on no data: cuts, wants, and slots for keys and times."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.core.ids import UNKNOWN
from app.metrics.values import Interval

PLACES = {"clinic": "clinic_id", "department": "department_id", "practitioner": "practitioner_id"}


class Slot(NamedTuple):
    """Stands for keys or a time that each reading gives. `single`: it is one key; `named`: none of them is UNKNOWN."""

    name: str
    single: bool = True
    named: bool = True


class Slots:
    """The keys and times that questions name, each value once under its slot."""

    def __init__(self) -> None:
        self._slots: dict[tuple[str, Any], Slot] = {}
        self.given: dict[str, Any] = {}

    def keys(self, dimension: str, keys: tuple[Any, ...]) -> Slot:
        """The slot of the keys allowed of a dimension."""
        bound = list(keys) if dimension in PLACES else [str(key) for key in keys]
        return self._slot(dimension, keys, bound[0] if len(bound) == 1 else bound)

    def until(self, time: Any) -> Slot:
        """The slot of a local time at which a last day ends."""
        return self._slot("until", (time,), time)

    def _slot(self, kind: str, value: tuple[Any, ...], bound: Any) -> Slot:
        new = Slot(f"{kind}_{len(self._slots)}", len(value) == 1, UNKNOWN not in value)
        slot = self._slots.setdefault((kind, value), new)
        self.given[slot.name] = bound
        return slot


@dataclass(frozen=True)
class Cut:
    """Which rows of a family are read and how they are put together.

    `filters`: dimension and the slot of its allowed keys. `until`: only what begins before this local time of its day.
    `records`: read the records even where the rollup could answer.
    """

    by: tuple[str, ...] = ()
    filters: tuple[tuple[str, Slot], ...] = ()
    until: Slot | None = None
    records: bool = False


class Want(NamedTuple):
    """One measure, spread or distinct count over one interval of one cut."""

    cut: Cut
    family: str
    part: str
    interval: Interval


class Wants:
    """What is to be read, each want once and known by a number."""

    def __init__(self) -> None:
        self._numbers: dict[Want, int] = {}

    def number(self, want: Want) -> int:
        """The number of a want, new or old."""
        return self._numbers.setdefault(want, len(self._numbers))

    def __iter__(self) -> Iterator[Want]:
        return iter(self._numbers)
