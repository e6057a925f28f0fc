"""Runs the tests of schema, tenancy, rollups and metrics on Debian's PostgreSQL 15, where that is installed.

`python -m tests.older_server`: part of `make test`. Says so and succeeds where there is no such server.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import REPOSITORY

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
TESTS = ("tests/core", "tests/architecture/test_schema.py", "tests/rollups", "tests/metrics/test_attendance.py")
SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off")


@contextmanager
def older_server() -> Iterator[str]:
    """The URL of a PostgreSQL 15 of this run's own, on a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="pg15-"))
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    if os.geteuid() == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    data = folder / "data"
    subprocess.run(
        [
            PROGRAMS / "initdb",
            "-D",
            data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **as_user,
    )
    options = [part for setting in (*SETTINGS, f"unix_socket_directories={folder}") for part in ("-c", setting)]
    server = subprocess.Popen(
        [PROGRAMS / "postgres", "-D", data, *options], stderr=subprocess.DEVNULL, cwd=folder, **as_user
    )
    try:
        _wait(folder)
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(folder: Path) -> None:
    command = [PROGRAMS / "pg_isready", "-q", "-h", folder]
    for _ in range(100):
        if subprocess.run(command, check=False).returncode == 0:
            return
        subprocess.run(["sleep", "0.1"], check=False)
    raise TimeoutError("PostgreSQL 15 did not start")


def main() -> int:
    """The exit status of the tests."""
    if not (PROGRAMS / "initdb").exists():
        print("PostgreSQL 15 is not installed: its tests are skipped (apt-get install postgresql-15)")
        return 0
    with older_server() as url:
        environ = {**os.environ, "TEST_DATABASE_URL": url}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *TESTS], cwd=REPOSITORY, env=environ, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
