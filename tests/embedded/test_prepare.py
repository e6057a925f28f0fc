"""The command that brings a database up to date before anything is served."""

import subprocess
import sys
from secrets import token_urlsafe

from app.config import REPOSITORY
from tests.bench.installation import installation


def test_a_database_is_prepared_as_often_as_one_likes() -> None:
    with installation() as place:
        environ = place.environ() | {"MEDICONNECT_MODE": "production", "SECRET_KEY": token_urlsafe(48)}
        for _ in range(2):
            command = [sys.executable, "-m", "app.cli", "prepare"]
            done = subprocess.run(command, cwd=REPOSITORY, env=environ, capture_output=True, text=True)
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
