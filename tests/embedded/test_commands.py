"""Commands about an installation: what prepares one, and what needs one that is there."""

import os
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

from app.config import REPOSITORY
from tests.bench.installation import installation


def run(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(command, cwd=REPOSITORY, env=environ, capture_output=True, text=True)


def test_a_database_is_prepared_as_often_as_one_likes() -> None:
    with installation() as place:
        environ = place.environ() | {"MEDICONNECT_MODE": "production", "SECRET_KEY": token_urlsafe(48)}
        for _ in range(2):
            done = run(environ, "prepare")
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_command_about_an_installation_begins_none(tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "patients.csv"
    file.write_text("id\n1\n")
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    done = run(environ | {"MEDICONNECT_HOME": str(home)}, "import", "csv", str(file), "--organization", "demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"There is no installation in {home}. Start one with `make run`" in done.stderr
    assert not (home / "postgres").exists()
