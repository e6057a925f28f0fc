"""The supervisor's child processes: started so that they die with it, restarted with growing patience."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.config import REPOSITORY, Config

PR_SET_PDEATHSIG = 1
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
LEFTOVER_PATIENCE = 5.0


@dataclass(frozen=True)
class Command:
    """A program to run as a child. `owner` gives it the database owner's URL."""

    name: str
    argv: tuple[str, ...]
    owner: bool = False


class Child:
    """A command and its process, when it runs."""

    def __init__(self, command: Command, config: Config) -> None:
        self.command = command
        self.starts = 0
        self._environ = config.child_environ(as_owner=command.owner)
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._ended_at = 0.0
        self._pause = FIRST_PAUSE

    @property
    def pid(self) -> int | None:
        """The process number, while the process is alive."""
        return self._process.pid if self._process is not None and self.is_alive() else None

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while the process is alive."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Start the process in a group of its own: the terminal's Ctrl-C reaches the supervisor alone."""
        self._process = subprocess.Popen(
            self.command.argv,
            cwd=REPOSITORY,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),
        )
        self.starts += 1
        self._started_at = time.monotonic()
        self._ended_at = 0.0

    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def is_due(self) -> bool:
        """Say whether to start the process now: at first, and after a pause, doubled while it keeps ending by itself.

        One that somebody kills is not at fault and is missed: it is started again soon, however often.
        """
        if self.is_alive():
            return False
        if self._process is None:
            return True
        now = time.monotonic()
        if not self._ended_at:
            self._ended_at = now
            steady = now - self._started_at >= STEADY_AFTER or self.returncode == -signal.SIGKILL
            self._pause = FIRST_PAUSE if steady or self.starts == 1 else min(self._pause * 2, LONGEST_PAUSE)
        return now - self._ended_at >= self._pause

    def terminate(self) -> None:
        """Ask the process to end."""
        if self._process is not None and self.is_alive():
            self._process.terminate()

    def wait_or_kill(self, deadline: float) -> None:
        """Wait until a moment of the monotonic clock for the process to end, then kill it and what is left of it."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_descendants(self._process.pid)
        _kill_group(self._process.pid)
        self._process.wait()


def remember(home: Path, children: Sequence[Child]) -> None:
    """Write down which processes run, for a next start to end them if this supervisor is killed.

    On a full disk the record before stays: that must not end what runs.
    """
    alive = [[pid, psutil.Process(pid).create_time()] for child in children if (pid := child.pid) is not None]
    draft = home / "children.json.new"
    with suppress(OSError):
        draft.write_text(json.dumps(alive))
        draft.replace(home / "children.json")


def end_leftovers(home: Path) -> None:
    """End the children of a supervisor of this home that was killed."""
    record = home / "children.json"
    if not record.exists():
        return
    leftovers = [process for pid, created in json.loads(record.read_text()) if (process := _same_process(pid, created))]
    for process in leftovers:
        process.terminate()
    _, stubborn = psutil.wait_procs(leftovers, timeout=LEFTOVER_PATIENCE)
    for process in stubborn:
        _kill_descendants(process.pid)
        _kill_group(process.pid)
    record.unlink()


def follow_parent() -> None:
    """Ask the kernel to send this process SIGTERM when its parent dies."""
    _die_with(os.getppid())()


def _same_process(pid: int, created: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - created) < 1.0 else None
    except psutil.NoSuchProcess:
        return None


def _kill_descendants(pid: int) -> None:
    """Kill what a process started, also what has left its group as a worker's job does."""
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _die_with(parent: int) -> Callable[[], None]:
    """Return what a child runs before its program, so that it gets SIGTERM when the parent dies."""
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
