"""What a measure reads of a patient: resources reduced to the elements that criteria ask for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from app.quality.timing import Interval


class Coding(NamedTuple):
    """A code of a system by its short name (`app.quality.valuesets.SYSTEMS`), None where the source names none."""

    system: str | None
    code: str


class Quantity(NamedTuple):
    """A measured number with its UCUM unit."""

    value: Decimal
    unit: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource. `span`: when it held or took place; `authored`: when it was asked for or issued.

    `refused`: it says that something was not done or not to be done, for `refusal`. `valued`: it carries a result of
    any type; `answers` are its codes. The `status` of a condition is its clinical one; a refuted one is no entry.
    """

    kind: str
    id: str
    codes: tuple[Coding, ...] = ()
    status: str = ""
    span: Interval | None = None
    authored: datetime | None = None
    intent: str = ""
    categories: frozenset[str] = frozenset()
    quantity: Quantity | None = None
    answers: tuple[Coding, ...] = ()
    valued: bool = False
    components: tuple[tuple[Coding, Quantity], ...] = ()
    reasons: tuple[Coding, ...] = ()
    sites: tuple[Coding, ...] = ()
    disposition: tuple[Coding, ...] = ()
    setting: str = ""
    encounter: str | None = None
    based_on: frozenset[str] = frozenset()
    refused: bool = False
    refusal: tuple[Coding, ...] = ()

    @property
    def reference(self) -> str:
        """Kind and identity, as FHIR writes a relative reference."""
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class History:
    """A patient with everything recorded."""

    id: str
    birth_date: date | None
    sex: str
    deceased: date | None = None
    entries: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)

    def of(self, kind: str) -> tuple[Entry, ...]:
        """All entries of a kind of resource."""
        return self.entries.get(kind, ())


class Source(Protocol):
    """Where histories come from.

    `gaps` names each kind of resource (`DeviceRequest`) or element (`Encounter.type`) that it cannot carry, with the
    reason in words: what a criterion cannot see is not evaluable, which is not the same as absent.
    """

    @property
    def gaps(self) -> Mapping[str, str]:
        """What it cannot carry, by kind or element."""

    def histories(self) -> Iterator[History]:
        """Every patient, once."""


def grouped(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Entries by their kind, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.kind, []).append(entry)
    return {kind: tuple(each) for kind, each in found.items()}
