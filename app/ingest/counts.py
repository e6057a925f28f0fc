"""What an import came to, by type."""

from collections import Counter
from typing import Any

KEYS = ("read", "stored", "unchanged", "unused", "rejected")


class Counts:
    """How many records of each type were read, and what became of them."""

    def __init__(self, stored: dict[str, dict[str, int]] | None = None) -> None:
        self.types: dict[str, Counter[str]] = {kind: Counter(found) for kind, found in (stored or {}).items()}

    def add(self, kind: str, outcome: str, number: int = 1) -> None:
        """Counts records that were read and had this outcome."""
        found = self.types.setdefault(kind, Counter())
        found["read"] += number
        found[outcome] += number

    def total(self, key: str) -> int:
        """The sum of one of KEYS over all types."""
        return sum(found[key] for found in self.types.values())

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the run."""
        return {kind: {key: found[key] for key in KEYS} for kind, found in sorted(self.types.items())}
