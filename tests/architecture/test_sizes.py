"""Modules stay small enough to be read at one sitting, and are named for what they hold."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
MODULES = sorted(path for room in ("app", "workers", "migrations") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "samples" not in path.parts)  # samples are data


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_there_are_modules_to_look_at():
    assert len(MODULES) > 60
    assert len(TESTS) > 10


def test_no_module_is_longer_than_400_lines():
    assert {str(path.relative_to(ROOT)): _lines(path) for path in MODULES if _lines(path) > 400} == {}


def test_no_module_of_tests_is_longer_than_600_lines():
    assert {str(path.relative_to(ROOT)): _lines(path) for path in TESTS if _lines(path) > 600} == {}


def test_no_module_has_a_name_that_says_nothing():
    assert [path for path in MODULES + TESTS if VAGUE & {path.stem, *path.relative_to(ROOT).parts}] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path):
    source = path.read_text()
    if source.strip():
        assert ast.get_docstring(ast.parse(source))
