"""Start server processes apart from the terminal, find the ones that use a folder, and end them."""

import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

import psutil

from app.embedded.placement import ServiceUser

# The servers need nothing of the caller's environment, and its secrets are none of their business.
ENVIRON = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

_launched: list[subprocess.Popen[bytes]] = []


class Credentials(TypedDict):
    """The arguments of Popen that make a child run as another user; all None for the caller."""

    user: int | None
    group: int | None
    extra_groups: list[int] | None


def credentials(user: ServiceUser | None) -> Credentials:
    """Return the arguments of Popen that make a child run as the user."""
    if user is None:
        return {"user": None, "group": None, "extra_groups": None}
    return {"user": user.uid, "group": user.gid, "extra_groups": []}


def launch(
    command: Sequence[str | Path], folder: Path, user: ServiceUser | None, log: Path, stdin: bytes = b""
) -> None:
    """Start a server in its folder, in a session of its own so that a terminal's Ctrl-C does not reach it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=ENVIRON,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            umask=0o077,
            **credentials(user),
        )
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    _launched.append(process)


def running_in(folder: Path) -> list[psutil.Process]:
    """Return the live processes whose working folder this is: a server and its children, whoever started them."""
    _reap()
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def leaders(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return the processes whose parent is not among them."""
    parents = {}
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # ended since it was found
            parents[process] = process.ppid()
    pids = {process.pid for process in parents}
    return [process for process, parent in parents.items() if parent not in pids]


def end(folder: Path, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn to the server of a folder, waiting that many seconds for everything in it to end."""
    for number, patience in steps:
        if not (processes := running_in(folder)):
            return
        for process in processes if number is signal.SIGKILL else leaders(processes):
            _signal(process, number)
        wait_until_gone(folder, patience)


def wait_until_gone(folder: Path, patience: float) -> bool:
    """Wait for the last process in a folder to end; say whether it did."""
    deadline = time.monotonic() + patience
    while running_in(folder):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    _reap()
    return True


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _reap() -> None:
    """Collect servers of ours that died; a zombie keeps its number, and PostgreSQL would take it for a live server."""
    _launched[:] = [process for process in _launched if process.poll() is None]
