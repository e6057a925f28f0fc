"""Homes of throwaway installations, and programs run as a normal user."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import REPOSITORY
from app.embedded.postgres import Cluster
from app.embedded.redis import Server

NORMAL_USER = 65534  # nobody, on every Linux

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start servers as another user")


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose path has a space; what was started for it is stopped and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="medi connect "))
    folder.chmod(0o755)
    home = folder / "var"
    yield home
    if (home / "secrets.json").exists():
        for durable in (True, False):
            Server(home, durable).destroy()
            Cluster(home, durable).destroy()
    shutil.rmtree(folder)


@pytest.fixture
def run_as_normal_user() -> Callable[[str, Path], str]:
    """Run Python code as a user without rights, given its working home, and return what it printed."""

    def run(code: str, home: Path) -> str:
        command = [sys.executable, "-c", code, str(home)]
        if os.geteuid() == 0:
            if shutil.which("setpriv") is None:
                pytest.skip("needs setpriv to become a normal user")
            home.mkdir()
            os.chown(home, NORMAL_USER, NORMAL_USER)
            # The interpreter may lie in root's home: let the user read there, and nothing else.
            read = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
            command = [
                "setpriv", f"--reuid={NORMAL_USER}", f"--regid={NORMAL_USER}", "--clear-groups", *read, *command,
            ]  # fmt: skip
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
