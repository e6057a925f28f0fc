"""An installation for one benchmark: its own servers, filled, and the real web server in front."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, text

from app.config import REPOSITORY, Config
from app.keys import Keys, load_or_create
from app.supervise import server_commands
from tests.bench.load import ask
from tests.servers import running_servers


@dataclass(frozen=True)
class Installation:
    """Where an installation lies and how its database is reached as a superuser."""

    config: Config
    superuser_url: str

    def environ(self) -> dict[str, str]:
        """The environment of its processes."""
        return self.config.child_environ(as_owner=True) | {
            "MEDICONNECT_PUBLIC_URL": f"http://127.0.0.1:{self.config.port}",
            "PYTHONPATH": str(REPOSITORY),
        }


@contextmanager
def installation() -> Iterator[Installation]:
    """A new installation with a migrated, empty database; gone afterwards."""
    home = Path(tempfile.mkdtemp(prefix="mediconnect-bench-"))
    home.chmod(0o755)
    try:
        with running_servers() as (database, redis):
            admin = create_engine(database, isolation_level="AUTOCOMMIT")
            name = f"bench_{os.getpid()}_{secrets.token_hex(3)}"
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            url = admin.url.set(database=name).render_as_string(hide_password=False)
            keys = Keys.derive(load_or_create(home).master)
            config = Config(home, keys, port=free_port()).with_services(url, url, redis)
            _migrate(config)
            yield Installation(config, url)
            with admin.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
            admin.dispose()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _migrate(config: Config) -> None:
    from app import create_app
    from app.services.platform.setup import upgrade

    with create_app(config).app_context():
        upgrade()


@contextmanager
def serving(installation: Installation, wsgi: str = "wsgi:app", port: int | None = None) -> Iterator[int]:
    """The real web server with its real number of workers in front of a WSGI application; gives its port."""
    port = port or installation.config.port
    (web, *_rest) = server_commands(replace(installation.config, port=port))
    command = [wsgi if part == "wsgi:app" else part for part in web.argv]
    with running(command, installation.environ() | {"PORT": str(port)}):
        _wait_for(port)
        ask(port, "/", {})  # the port is open before the workers are there
        yield port


@contextmanager
def background(installation: Installation) -> Iterator[None]:
    """What works behind the web server: every other process of an installation."""
    with ExitStack() as stack:
        for command in server_commands(installation.config)[1:]:
            stack.enter_context(running(command.argv, installation.environ()))
        yield


@contextmanager
def running(command: Sequence[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block."""
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=sys.stderr)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing answers on port {port}")
