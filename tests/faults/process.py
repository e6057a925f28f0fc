"""A worker, a scheduler or a web server as a process of its own, over a test's database, with a small report in the
catalogue and schedules that are due every two seconds.

A file named `die-in-write` or `die-before-publish` in the home makes the next job that gets there kill itself, once.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flask import Flask

from app import create_app, create_process
from app.config import Config
from app.keys import Keys
from app.reports import storage
from app.services.reports import report_building, report_types, schedule_search
from tests.faults.tiny import TINY, EveryTwoSeconds
from workers import scheduler, worker

TOLD = "MEDICONNECT_FAULTS"  # the variable that names the description


def configuration(path: Path) -> Config:
    """What `describe` wrote."""
    told = json.loads(path.read_text())
    keys = Keys(**{name: bytes.fromhex(value) for name, value in told["keys"].items()})
    allowed = frozenset(told["allowed"])
    return Config(Path(told["home"]), keys, public_url=told["public"], outbound_allowed=allowed).with_services(
        told["database"], told["database"], told["redis"]
    )


def describe(config: Config, path: Path) -> None:
    """Writes a configuration for processes to come."""
    told = {
        "home": str(config.home),
        "database": config.database_url,
        "redis": config.redis_url,
        "public": config.public_url,
        "allowed": sorted(config.outbound_allowed),
        "keys": {name: value.hex() for name, value in vars(config.keys).items()},
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(told))


def _die_once(token: Path) -> None:
    with suppress(FileNotFoundError):
        token.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _arm(home: Path) -> None:
    seal, publish = storage.seal, report_building._publish

    def torn_write(*arguments: object) -> Iterator[bytes]:
        for number, chunk in enumerate(seal(*arguments)):
            yield chunk
            if number == 1:
                _die_once(home / "die-in-write")

    def late_publish(*arguments: object) -> None:
        _die_once(home / "die-before-publish")
        publish(*arguments)

    storage.seal, report_building._publish = torn_write, late_publish


def command(role: str, told: Path, port: int) -> list[str]:
    """How a role is started: the web by the same server as in an installation."""
    if role != "web":
        return [sys.executable, "-m", "tests.faults.process", role, str(told)]
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--preload", "--no-control-socket"]
    return [
        *(sys.executable, "-m", "gunicorn", "tests.faults.process:web()", "--bind", f"127.0.0.1:{port}"),
        *options,
    ]


def environment(told: Path) -> dict[str, str]:
    """What a role is told besides its command."""
    return {**os.environ, TOLD: str(told)}


def web() -> Flask:
    """The application that the web server serves."""
    return _prepared(create_app(configuration(Path(os.environ[TOLD]))))


def main(role: str, path: str) -> None:
    """Runs until told to stop."""
    run = {"worker": worker.run, "scheduler": scheduler.run}[role]
    run(_prepared(create_process(configuration(Path(path)))))


def _prepared(app: Flask) -> Flask:
    report_types.REPORTS = {TINY.key: TINY}
    schedule_search.rule_of = lambda _schedule: EveryTwoSeconds()
    _arm(app.extensions["mediconnect"].home)
    return app


if __name__ == "__main__":
    main(*sys.argv[1:])
