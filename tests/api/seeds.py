"""The answers that the specifications give as examples, and which of their fields an answer of ours lacks."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.config import REPOSITORY

# Their members are kinds of device and room, which each clinic names itself.
OPEN = ("equipment", "equipment_utilization")
SEEDS = REPOSITORY.parent / "shared" / "seeds"


def example(document: str, endpoint: str, method: str = "GET") -> Any:
    """The last JSON block under an endpoint's heading; skips the test where the specifications are not at hand."""
    path = SEEDS / document
    if not path.exists():
        pytest.skip(f"the specifications are not at hand: {path}")
    text = path.read_text(encoding="utf-8")
    found = re.search(rf"{method} {re.escape(endpoint)}\n(.*?)(?:^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found is not None, endpoint
    return json.loads(re.findall(r"```json\n(.*?)```", found[1], re.DOTALL)[-1])


def missing(expected: Any, given: Any, path: str = "") -> Iterator[str]:
    """The paths of the example that the answer does not have. Lists are compared by their first members."""
    if isinstance(expected, dict):
        if given is None:
            return
        if not isinstance(given, dict):
            yield f"{path}: {type(given).__name__}"
            return
        for name, value in expected.items() if not path.endswith(OPEN) else ():
            if name in given:
                yield from missing(value, given[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
    elif isinstance(expected, list) and expected and given:
        yield from missing(expected[0], given[0], f"{path}[0]")


def unexplained(expected: Any, answer: dict[str, Any]) -> list[str]:
    """The example's fields that are null in an answer without a reason for it.

    A reason stands under the field's path; members of lists are named in it by number, id or kind, or left out.
    """
    reasons = [re.sub(r"\[\d+\]", "", reason).split(".") for reason in answer["reasons"]]
    found = set(_nulls(expected, answer))
    return sorted(path for path in found if not any(_holds(path.split("."), one) for one in reasons))


def _nulls(expected: Any, given: Any, path: str = "") -> Iterator[str]:
    if given is None:
        yield path.lstrip(".")
    elif isinstance(expected, dict) and isinstance(given, dict):
        for name, value in expected.items() if not path.endswith(OPEN) else ():
            yield from _nulls(value, given.get(name, ""), f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(given, list) and expected:
        for one in given:
            yield from _nulls(expected[0], one, path)


def _holds(path: list[str], reason: list[str]) -> bool:
    """Is the reason one of the path or of what it belongs to: are the parts of the path among its own, in order?"""
    parts = iter(reason)
    return path[: len(reason)] == reason or (path[0] == reason[0] and all(part in parts for part in path))
