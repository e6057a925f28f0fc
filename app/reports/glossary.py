"""The definitions of a report's metrics as its paper tells them: what most have in common once, then each one's own."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core import format
from app.reports.content import Definition

# As a clause of what holds for most, and before what is a definition's own.
_PARTS: Mapping[str, tuple[str, str]] = {
    "basis": ("counted by", "Date basis:"),
    "source": ("source", "Source:"),
    "since": ("in force since", "In force since"),
}


def common_words(definitions: Sequence[Definition]) -> tuple[str, ...]:
    """What holds where a definition says nothing else, as a sentence; none where no two agree in anything."""
    words = ", ".join(f"{_PARTS[part][0]} {_within(value)}" for part, value in _common(definitions).items())
    return (f"{words[:1].upper()}{words[1:]}, where a definition says nothing else.",) if words else ()


def entries(definitions: Sequence[Definition], as_of: datetime | None, zone: str) -> tuple[tuple[str, str], ...]:
    """Each metric with its version, and its definition without what is common; its own time where that is another."""
    common = _common(definitions)
    found = []
    for one in definitions:
        own = {part: value for part in _PARTS if (value := getattr(one, part)) != common.get(part)}
        said = [one.says, *(f"{_PARTS[part][1]} {value}." for part, value in own.items())]
        if one.as_of is not None and one.as_of != as_of:
            said.append(f"Data as of {format.moment(one.as_of, zone)}.")
        found.append((f"{one.label}, version {one.version}", " ".join(said)))
    return tuple(found)


def _common(definitions: Sequence[Definition]) -> Mapping[str, str]:
    most = {part: Counter(getattr(one, part) for one in definitions).most_common(1) for part in _PARTS}
    return {part: value for part, found in most.items() for value, count in found if count > 1}


def _within(words: str) -> str:
    """A phrase within a sentence; names keep their capital."""
    return f"{words[:1].lower()}{words[1:]}" if words.startswith("The ") else words
