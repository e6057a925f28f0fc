"""What a new clone needs: lock files that are whole, an installer that explains itself, a command that is quick."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import REPOSITORY
from app.embedded import system

LOCKS = ("requirements-install.lock", "requirements.lock", "requirements-test.lock")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone without an environment, in a folder with a space."""
    clone = tmp_path / "a clone"
    clone.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.in", *LOCKS):
        shutil.copy(REPOSITORY / name, clone / name)
    shutil.copytree(REPOSITORY / "scripts", clone / "scripts")
    return clone


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_pins_and_hashes_everything_and_names_no_registry(lock: str) -> None:
    text = (REPOSITORY / lock).read_text()
    requirements = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    assert requirements
    assert [entry for entry in requirements if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|file:|--index|--find-links|^\s*# .*/", text, re.MULTILINE)


def test_the_test_environment_pins_the_versions_that_run() -> None:
    pins = {lock: set(re.findall(r"^([\w.-]+==\S+)", (REPOSITORY / lock).read_text(), re.MULTILINE)) for lock in LOCKS}
    assert pins["requirements.lock"] - pins["requirements-test.lock"] == set()


def test_too_old_a_python_is_named_with_the_way_out(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", 'case $1 in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    environ = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "PYTHON": "python3"}
    done = subprocess.run(["make", "install"], cwd=clone, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed, found: Python 3.9.2" in done.stderr
    assert "make run PYTHON=" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_python_that_cannot_make_environments_is_explained(clone: Path, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "python3", f'case $1 in -m) exit 1 ;; *) exec "{sys.executable}" "$@" ;; esac')
    environ = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "PYTHON": "python3"}
    done = subprocess.run(["make", "install"], cwd=clone, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_a_missing_system_package_is_named_with_the_command_that_installs_it() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "app/embedded/system.py", "chromium"],
        cwd=REPOSITORY, env=os.environ | {"PATH": "/nonexistent"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert "apt-get install -y --no-install-recommends chromium" in done.stderr


def test_a_library_that_is_there_is_not_asked_for() -> None:
    if not system.REQUIREMENTS["pango"].is_present():
        pytest.skip("Pango is not installed here")
    assert system.check(["pango"]) == []


def test_the_command_names_its_parts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "--help"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert {"up", "prepare", "services"} <= set(re.findall(r"^  (\w+)", done.stdout, re.MULTILINE))
