"""A number of processes, forked from one that has everything imported: whoever is killed is replaced
within milliseconds, and all end with their parent."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic, sleep

from app.supervise.children import follow_parent

_HEARD = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
_STEADY, _PAUSE = 1.0, 0.5  # seconds: who ends sooner than this of its own is not replaced at once


def keep(crew: Sequence[Callable[[], None]]) -> None:
    """Has each piece of work done by a process of its own until SIGTERM or SIGINT, and waits for them to end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    hired = {_hire(work): (work, monotonic()) for work in crew}
    while signal.sigwait(_HEARD) == signal.SIGCHLD:
        for pid, status in _ended():
            if pid not in hired:
                continue
            work, since = hired.pop(pid)
            if not os.WIFSIGNALED(status) and monotonic() - since < _STEADY:
                sleep(_PAUSE)
            hired[_hire(work)] = work, monotonic()
    for pid in hired:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    for pid in hired:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def _hire(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        follow_parent()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        work()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _ended() -> list[tuple[int, int]]:
    found = []
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(ended)
    return found
