"""An end to a talk with another server that goes on too long, however slowly the other side still sends."""

import socket
import threading
from typing import Protocol


class Talk(Protocol):
    """A connection of any protocol, with its socket once there is one."""

    sock: socket.socket | None


class Deadline:
    """Cuts a talk off after so many seconds, from a thread of its own; `passed` says that it did."""

    def __init__(self, talk: Talk, seconds: float) -> None:
        self.passed, self._talk = False, talk
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """The talk is over."""
        self._timer.cancel()

    def _cut(self) -> None:
        self.passed = True
        try:
            if self._talk.sock is not None:
                self._talk.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
