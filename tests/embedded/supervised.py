"""A small installation for the supervisor's tests: a web server, a worker that waits, and a preparation.

Arguments: `ready`, `unprepared` for a preparation that fails, `slow` for one that takes its time, `unhurried` for
a worker that takes five seconds to end, `stubborn` for one that never does and has started a job in a group of its own,
`--with-parent` to end with the parent.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from app import supervise
from app.config import Config
from app.supervise.children import Command

UNHURRIED = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: None); signal.pause(); time.sleep(5)"
SLOW = "import time; time.sleep(30)"
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "if os.fork() == 0: os.setpgrp()\n"
    "time.sleep(600)"
)
WORKERS = {"unhurried": UNHURRIED, "stubborn": STUBBORN}

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def application(_environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    """Answer every request."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def _commands(config: Config) -> list[Command]:
    web, *_ = supervise.server_commands(config)
    here = str(Path(__file__).parent)
    argv = (*(part.replace("wsgi:app", "supervised:application") for part in web.argv), "--pythonpath", here)
    worker = WORKERS.get(sys.argv[1], "import signal; signal.pause()")
    return [Command("web", argv), Command("worker", (sys.executable, "-c", worker))]


if __name__ == "__main__":
    preparation = {"unprepared": "raise SystemExit(3)", "slow": SLOW}.get(sys.argv[1], "")
    sys.exit(
        supervise.up(
            Config.from_env(),
            preparation=Command("prepare", (sys.executable, "-c", preparation), owner=True),
            commands=_commands,
            with_parent="--with-parent" in sys.argv,
        )
    )
