"""PostgreSQL 18 from a wheel, on a Unix socket, for the one-machine size."""

import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from app import keys
from app.config import Config
from app.embedded import binaries, postgres_settings, processes
from app.embedded.errors import EmbeddedError
from app.embedded.lock import exclusive
from app.embedded.placement import own_folder, place

DATABASE = "mediconnect"
SUPERUSER = "postgres"
OWNER = "mediconnect_owner"
APP = "mediconnect_app"

FAST_THEN_IMMEDIATE = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
LOCK_PATIENCE = 180.0
START_PATIENCE = 300.0  # replaying the log after a crash of a large database


@dataclass(frozen=True)
class Urls:
    """SQLAlchemy URLs of one database: the owner changes the schema, the app role owns nothing."""

    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)


class Cluster:
    """One home's database server. A throwaway one (`durable=False`) trades safety on power loss for speed."""

    def __init__(self, home: Path, durable: bool = True) -> None:
        self.home = home.resolve()
        self.durable = durable
        self.secrets = keys.load_or_create(self.home)
        self.placement = place(self.home, self.secrets.instance, durable=durable)
        self.data = self.placement.data / "postgres"
        self.logs = self.placement.data / "log"

    def start(self) -> Urls:
        """Attach to the running server, or start it, made new when the home has none yet. Safe to call at any time.

        Raises EmbeddedError when the server cannot be started or does not take this home's passwords.
        """
        with exclusive(self.home / "postgres.lock", LOCK_PATIENCE):
            connection = self._connect() or self._launch()
            with connection:
                _ensure_roles(connection, self.secrets)
            connection.close()
        return self.urls()

    def stop(self) -> None:
        """Stop the server, if it runs, after rolling back open transactions."""
        with exclusive(self.home / "postgres.lock", LOCK_PATIENCE):
            processes.end(self.data, FAST_THEN_IMMEDIATE)
        self.placement.discard()

    def is_running(self) -> bool:
        """Say whether the server's process is alive."""
        return bool(processes.running_in(self.data))

    def destroy(self) -> None:
        """Stop the server and remove its data."""
        processes.end(self.data, FAST_THEN_IMMEDIATE)
        for folder in (self.data, self.logs):
            shutil.rmtree(folder, ignore_errors=True)
        self.placement.discard()

    def urls(self, database: str = DATABASE) -> Urls:
        """Return the URLs of a database of this server, running or not."""
        host = quote(str(self.placement.sockets), safe="/")
        return Urls(
            owner_url=f"postgresql+psycopg://{OWNER}:{self.secrets.database_owner}@/{database}?host={host}",
            app_url=f"postgresql+psycopg://{APP}:{self.secrets.database_app}@/{database}?host={host}",
        )

    def superuser_url(self) -> str:
        """Return the URL of the superuser, for backups: it alone reads the rows of every organization."""
        host = quote(str(self.placement.sockets), safe="/")
        return f"postgresql+psycopg://{SUPERUSER}:{self.secrets.database_superuser}@/{DATABASE}?host={host}"

    def _launch(self) -> psycopg.Connection:
        self.placement.make()
        programs = binaries.find(self.placement.user)
        own_folder(self.logs, 0o700, self.placement.user)
        if not self.data.exists():
            self._initialise(programs.initdb)
        self._clear_remains()
        postgres_settings.write(self.data, self.placement.sockets, self.logs, durable=self.durable)
        log = self.logs / "postgresql-start.log"
        log.unlink(missing_ok=True)
        processes.launch([programs.postgres, "-D", self.data], self.data, self.placement.user, log)
        return self._wait(log)

    def _initialise(self, initdb: Path) -> None:
        """Make the data folder beside its final place, so that one that exists is always whole."""
        for remains in self.placement.data.glob("postgres.new*"):
            shutil.rmtree(remains)
        draft = own_folder(self.placement.data / "postgres.new", 0o700, self.placement.user)
        with tempfile.NamedTemporaryFile("w", dir=self.placement.sockets) as password:
            password.write(self.secrets.database_superuser)
            password.flush()
            if self.placement.user is not None:
                shutil.chown(password.name, self.placement.user.uid, self.placement.user.gid)
            command: list[str | Path] = [
                initdb,
                "--pgdata",
                draft,
                "--username",
                SUPERUSER,
                "--pwfile",
                password.name,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--no-instructions",
                *([] if self.durable else ["--no-sync"]),
            ]
            done = subprocess.run(
                command,
                cwd="/",
                env=processes.ENVIRON,
                capture_output=True,
                text=True,
                check=False,
                **processes.credentials(self.placement.user),
            )
        if done.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not make its data in {draft}:\n{done.stderr.strip()}")
        draft.rename(self.data)

    def _clear_remains(self) -> None:
        """End what a killed server left behind, and forget its process number where another process has it now."""
        if not processes.wait_until_gone(self.data, 5.0):
            processes.end(self.data, FAST_THEN_IMMEDIATE)
        # Nothing uses the data folder any more, so PostgreSQL's own guard against a second server can only be wrong.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _wait(self, log: Path) -> psycopg.Connection:
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            time.sleep(0.02)
            if connection := self._connect():
                return connection
            if not self.is_running():
                break
        raise EmbeddedError(f"PostgreSQL did not start in {self.data}; the end of its log:\n{self._last_words(log)}")

    def _last_words(self, log: Path) -> str:
        logs = sorted(self.logs.glob("postgresql-*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(line for path in (log, *logs[-1:]) for line in path.read_text().splitlines()[-5:])

    def _connect(self) -> psycopg.Connection | None:
        try:
            return psycopg.connect(
                host=str(self.placement.sockets),
                user=SUPERUSER,
                password=self.secrets.database_superuser,
                dbname="postgres",
                autocommit=True,
                connect_timeout=10,
            )
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"{self.home / 'secrets.json'} does not hold the passwords of the database in {self.data}; "
                    "put the file back from a backup, or move that folder away to begin anew"
                ) from None
            return None


def start(config: Config) -> Urls:
    """Start or attach to the database server of the configured home."""
    return Cluster(config.home).start()


def stop(config: Config) -> None:
    """Stop the database server of the configured home."""
    Cluster(config.home).stop()


def _ensure_roles(connection: psycopg.Connection, secrets: keys.Secrets) -> None:
    """Make the two roles and the database where they are missing."""
    roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    if OWNER not in roles:
        _create_role(connection, OWNER, "CREATEROLE CREATEDB", secrets.database_owner)
    if APP not in roles:
        _create_role(connection, APP, "NOCREATEROLE NOCREATEDB", secrets.database_app)
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
    connection.execute(
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(DATABASE), sql.Identifier(APP))
    )


def _create_role(connection: psycopg.Connection, name: str, rights: str, password: str) -> None:
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOREPLICATION {} PASSWORD {}").format(
            sql.Identifier(name), sql.SQL(rights), sql.Literal(password)
        )
    )
