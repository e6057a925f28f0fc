"""The file of a backup: a tar of a manifest, PostgreSQL's own dump in its custom format, and the report files.

The manifest counts the rows of every table in the snapshot that was dumped, and names the key without holding it.
`docs/decisions/backups.md` says why.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.core.errors import Invalid, Unavailable
from app.core.tenancy import APP_ROLE
from app.embedded import binaries

VERSION = 1
_DUMP, _MANIFEST, _REPORTS = "database.dump", "manifest.json", "reports"
_ENVIRON = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
_TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
# A setting of PostgreSQL 17 and later that an older server does not know.
_NOT_BEFORE_17 = b"SET transaction_timeout"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: when it was made, under which key (its fingerprint), at which migration, rows by table."""

    made_at: str
    key: str
    migration: str
    rows: dict[str, int]
    run_id: str
    version: int = VERSION


def connect(url: str, database: str | None = None) -> psycopg.Connection:
    """An autocommitting connection to the database of a URL, or to another one of its server."""
    named = {"dbname": database} if database else {}
    return psycopg.connect(make_conninfo(_plain(url), **named), autocommit=True)


def database_of(url: str) -> str:
    """The name of a URL's database."""
    return str(conninfo_to_dict(_plain(url))["dbname"])


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def write(url: str, file: Path, made_at: str, key: str, run_id: str, reports: Path) -> tuple[Manifest, int, str]:
    """Makes a backup of the database of a URL: its manifest, the file's size in bytes and its SHA-256.

    The role must be above row security; the file appears whole or not at all, readable by its owner alone.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder:
        dump = Path(folder) / _DUMP
        with connect(url) as connection:
            _require_all_rows(connection)
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                manifest = Manifest(made_at, key, _migration(connection), rows_by_table(connection), run_id)
                snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
                assert snapshot is not None
                _run("pg_dump", url, "--format=custom", "--compress=6", f"--snapshot={snapshot[0]}", f"--file={dump}")
        part = Path(folder) / "whole"
        _pack(part, manifest, dump, reports)
        size, digest = part.stat().st_size, sha256_of(part)
        part.replace(file)
    return manifest, size, digest


def _require_all_rows(connection: psycopg.Connection) -> None:
    row = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    if row is None or not row[0]:
        raise Unavailable(
            "The database role may not read all rows: set DATABASE_BACKUP_URL to a role with BYPASSRLS or a superuser."
        )


def rows_by_table(connection: psycopg.Connection) -> dict[str, int]:
    """How many rows each table holds."""
    found = {}
    for (name,) in connection.execute(f"{_TABLES} ORDER BY relname").fetchall():
        counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        assert counted is not None
        found[name] = int(counted[0])
    return found


def _migration(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT string_agg(version_num, ' ') FROM alembic_version").fetchone()
    return str(row[0]) if row and row[0] else ""


def _pack(part: Path, manifest: Manifest, dump: Path, reports: Path) -> None:
    about = dump.with_name(_MANIFEST)
    about.write_text(json.dumps(asdict(manifest), indent=1))
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            tar.add(about, _MANIFEST)
            tar.add(dump, _DUMP)
            if reports.is_dir():
                tar.add(reports, _REPORTS)
        out.flush()
        os.fsync(out.fileno())


def sha256_of(file: Path) -> str:
    """The hexadecimal SHA-256 of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup; raises Invalid for a file that is none."""
    try:
        with tarfile.open(file) as tar:
            held = tar.extractfile(_MANIFEST)
            assert held is not None
            manifest = Manifest(**json.load(held))
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError, AssertionError) as error:
        raise Invalid(f"{file} is no backup of MediConnect ({type(error).__name__}).") from None
    if manifest.version != VERSION:
        raise Invalid(f"{file} was made by another version of MediConnect.")
    return manifest


def restore_into(url: str, database: str, owner: str, file: Path) -> Manifest:
    """Makes a new database of the server from a backup and holds its rows against the manifest.

    Raises Invalid when the file is broken or a table does not hold as many rows as the manifest says; the new database
    is gone then.
    """
    manifest = read_manifest(file)
    with connect(url) as server:
        _ensure_app_role(server, owner)
        server.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                sql.Identifier(database), sql.Identifier(owner)
            )
        )
    try:
        _load(url, database, owner, file)
        with connect(url, database) as connection:
            found = rows_by_table(connection)
        if found != manifest.rows:
            wrong = sorted(name for name in manifest.rows | found if manifest.rows.get(name) != found.get(name))
            raise Invalid(f"The restored database differs from the backup in {', '.join(wrong)}.")
    except BaseException:
        drop(url, database)
        raise
    return manifest


def _ensure_app_role(server: psycopg.Connection, owner: str) -> None:
    if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
        role = sql.Identifier(APP_ROLE)
        server.execute(sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(role))
        server.execute(sql.SQL("GRANT {} TO {}").format(role, sql.Identifier(owner)))


def _load(url: str, database: str, owner: str, file: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="mediconnect-restore-") as folder:
        dump = Path(folder) / _DUMP
        with tarfile.open(file) as tar, dump.open("wb") as out:
            held = tar.extractfile(_DUMP)
            if held is None:
                raise Invalid(f"{file} holds no dump of a database.")
            shutil.copyfileobj(held, out, 1 << 20)
        with connect(url) as server:
            modern = server.info.server_version >= 170000
        environ = _environ(url) | {"PGDATABASE": database}
        programs = _programs()
        read = subprocess.Popen(
            [programs / "pg_restore", "--no-owner", "--no-comments", "--exit-on-error", "--file=-", dump],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environ,
        )
        put = subprocess.Popen(
            [programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environ,
        )
        assert read.stdout is not None
        assert put.stdin is not None
        assert put.stderr is not None
        try:
            put.stdin.write(f'SET ROLE "{owner}";\n'.encode())
            _copy(read.stdout, put.stdin, modern)
            put.stdin.close()
        except BrokenPipeError:
            read.terminate()
        fault = put.stderr.read().decode(errors="replace").strip()
        if put.wait() != 0 or read.wait() != 0:
            # The message may quote a row; only its first line, which names the fault, is kept.
            raise Invalid(f"The dump could not be restored: {fault.splitlines()[0] if fault else 'it is broken'}")


def _copy(source: IO[bytes], target: IO[bytes], modern: bool) -> None:
    """The statements as they are, but for the settings at their head that an old server does not know."""
    for line in source:
        if line.startswith(b"CREATE "):
            target.write(line)
            break
        if modern or not line.startswith(_NOT_BEFORE_17):
            target.write(line)
    shutil.copyfileobj(source, target, 1 << 20)


def take_over(url: str, database: str, aside: str) -> None:
    """Puts a restored database in the place of the URL's own, which is renamed to `aside`. Ends all its connections."""
    name = database_of(url)
    with connect(url, "postgres") as server:
        grants = server.execute(
            "SELECT grantee::regrole::text, privilege_type FROM pg_database, aclexplode(datacl) "
            "WHERE datname = %s AND grantee <> 0",
            [name],
        ).fetchall()
        closed = server.execute("SELECT datacl IS NOT NULL FROM pg_database WHERE datname = %s", [name]).fetchone()
        new = sql.Identifier(database)
        if closed and closed[0]:
            server.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(new))
        for grantee, privilege in grants:
            server.execute(sql.SQL(f"GRANT {privilege} ON DATABASE {{}} TO {grantee}").format(new))
        server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
        server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        server.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
        server.execute(rename.format(new, sql.Identifier(name)))


def owner_of(url: str) -> str:
    """The role that owns the URL's database."""
    with connect(url) as connection:
        row = connection.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row is not None
    return str(row[0]).strip('"')


def drop(url: str, database: str) -> None:
    """Removes a database of the URL's server, whoever uses it."""
    with connect(url, "postgres") as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def take_reports(file: Path, home: Path) -> None:
    """Puts the report files of a backup in place."""
    with tarfile.open(file) as tar:
        members = [member for member in tar.getmembers() if member.name.startswith(f"{_REPORTS}/")]
        tar.extractall(home, members, filter="data")


def _run(program: str, url: str, *arguments: str) -> None:
    done = subprocess.run(
        [_programs() / program, *arguments], env=_environ(url), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise Unavailable(f"{program} ended with an error: {lines[0] if lines else done.returncode}")


def _programs() -> Path:
    """The folder of PostgreSQL's programs that come with the server's wheel; they know servers of 15 and later."""
    return binaries.find(None).postgres.parent


def _environ(url: str) -> dict[str, str]:
    """How the programs are told where the database is, so that no password stands in a list of processes."""
    found = conninfo_to_dict(_plain(url))
    named = {_ENVIRON[key]: str(value) for key, value in found.items() if key in _ENVIRON and value is not None}
    more = {"PGSSLMODE": str(found["sslmode"])} if "sslmode" in found else {}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **named, **more}
