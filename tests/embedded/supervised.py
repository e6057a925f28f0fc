"""A small installation for the supervisor's tests: a web server, a worker that waits, and a preparation.

Arguments: `ready` to run, `unprepared` for a preparation that fails, `unhurried` for a worker that takes five seconds
to end, `--with-parent` to end with the parent.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from app import supervise
from app.config import Config
from app.supervise.children import Command

UNHURRIED = "import signal, time; signal.signal(signal.SIGTERM, lambda *_: None); signal.pause(); time.sleep(5)"

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def application(_environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    """Answer every request."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


def _commands(config: Config) -> list[Command]:
    web, *_ = supervise.server_commands(config)
    here = str(Path(__file__).parent)
    argv = (*(part.replace("wsgi:app", "supervised:application") for part in web.argv), "--pythonpath", here)
    worker = UNHURRIED if sys.argv[1] == "unhurried" else "import signal; signal.pause()"
    return [Command("web", argv), Command("worker", (sys.executable, "-c", worker))]


if __name__ == "__main__":
    status = 3 if sys.argv[1] == "unprepared" else 0
    sys.exit(
        supervise.up(
            Config.from_env(),
            preparation=Command("prepare", (sys.executable, "-c", f"raise SystemExit({status})"), owner=True),
            commands=_commands,
            with_parent="--with-parent" in sys.argv,
        )
    )
