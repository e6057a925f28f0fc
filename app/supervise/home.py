"""Whether an installation's folder can be written to."""

import errno
import os
import pwd
import tempfile
from pathlib import Path

_PROBE = 64 * 1024  # bytes: room for what a start writes down itself
_ADVICE = {
    errno.ENOSPC: "make room on its disk",
    errno.EDQUOT: "make room on its disk",
    errno.EROFS: "it is mounted for reading only; choose another folder",
}


class HomeError(OSError):
    """The configured folder cannot be used. The message names the variable to change and what to do."""


def require_usable(home: Path) -> None:
    """Make the home where it is missing; raise HomeError, saying what to do, unless files can be written in it."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"\0" * _PROBE)
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, f"choose a folder that the user {_user()} may write to")
        raise HomeError(f"MEDICONNECT_HOME: cannot write to {home}: {error.strerror}; {advice}") from None


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"of number {os.geteuid()}"
