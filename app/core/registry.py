"""A plain mapping filled by explicit imports: a key used twice stops the process at its start."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Keyed(Protocol):
    """Anything with a key of its own."""

    @property
    def key(self) -> str:
        """The name by which it is looked up."""


T = TypeVar("T", bound=Keyed)


def registry(*groups: Iterable[T]) -> Mapping[str, T]:
    """The things of several groups by key, in order; raises ValueError for a key that stands twice."""
    found: dict[str, T] = {}
    for group in groups:
        for thing in group:
            if thing.key in found:
                raise ValueError(f"the key {thing.key!r} is used twice")
            found[thing.key] = thing
    return MappingProxyType(found)
