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
