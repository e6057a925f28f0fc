"""Every setting of the application, and the only reader of the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from app import keys
from app.keys import Keys

REPOSITORY = Path(__file__).resolve().parents[1]


class ConfigError(ValueError):
    """A setting that cannot be used. The message names the variable and never its value."""


class Mode(StrEnum):
    """`demo` makes and keeps its own secrets and loads the demo organizations; `production` does neither."""

    DEMO = "demo"
    PRODUCTION = "production"


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security`: "starttls" (smtp://), "tls" (smtps://) or "none" (smtp+plain://)."""

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class FileStore:
    """Where the files of reports lie: `file:///folder`, `s3://bucket/prefix` or `az://container/prefix`."""

    url: str
    account: str = ""
    secret: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = ""


@dataclass(frozen=True)
class Config:
    """The settings of one installation. A service whose URL is None is run by `app.embedded`."""

    home: Path
    keys: Keys = field(repr=False)
    mode: Mode = Mode.DEMO
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str | None = field(default=None, repr=False)
    database_owner_url: str | None = field(default=None, repr=False)
    database_backup_url: str | None = field(default=None, repr=False)  # of a role above row security
    redis_url: str | None = field(default=None, repr=False)
    public_url: str = ""
    metrics_token: str | None = field(default=None, repr=False)
    web_workers: int = 2
    workers: int = 1  # processes for what people wait for; one more does what may take minutes
    mail_server: MailServer | None = None
    file_store: FileStore | None = None  # None: a folder in the home
    outbound_allowed: frozenset[str] = frozenset()  # inner servers that webhooks may reach, as host:port

    @property
    def files(self) -> FileStore:
        """Where the files of reports lie."""
        return self.file_store or FileStore((self.home / "reports").as_uri())

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read the settings. In demo mode the first call makes the home and its `secrets.json`.

        Raises ConfigError for a value that cannot be used, and for a missing or weak SECRET_KEY in production.
        """
        home = Path(environ.get("MEDICONNECT_HOME") or REPOSITORY / "var").expanduser().absolute()
        mode = _mode(environ)
        host = environ.get("HOST") or "127.0.0.1"
        port = _integer(environ, "PORT", 8000, 1, 65535)
        database_url = _database_url(environ, "DATABASE_URL")
        return cls(
            home=home,
            keys=Keys.derive(_master_key(environ, mode, home)),
            mode=mode,
            host=host,
            port=port,
            database_url=database_url,
            database_owner_url=_database_url(environ, "DATABASE_OWNER_URL") or database_url,
            database_backup_url=_database_url(environ, "DATABASE_BACKUP_URL"),
            redis_url=_redis_url(environ),
            public_url=_public_url(environ) or local_url(host, port),
            metrics_token=_metrics_token(environ),
            web_workers=_integer(environ, "MEDICONNECT_WEB_WORKERS", 2, 1, 256),
            workers=_integer(environ, "MEDICONNECT_WORKERS", 1, 1, 256),
            mail_server=_mail_server(environ),
            file_store=_file_store(environ),
            outbound_allowed=_outbound_allowed(environ),
        )

    def with_services(self, database_owner_url: str, database_url: str, redis_url: str) -> Self:
        """Return these settings with the URLs of running services."""
        return replace(self, database_owner_url=database_owner_url, database_url=database_url, redis_url=redis_url)

    def child_environ(self, *, as_owner: bool) -> dict[str, str]:
        """Return the environment of a child process that shall use the same home and services.

        Only a child that changes the schema is told the owner's URL.
        """
        variables = {
            "MEDICONNECT_HOME": str(self.home),
            "DATABASE_URL": self.database_url or "",
            "DATABASE_OWNER_URL": (self.database_owner_url or "") if as_owner else "",
            "REDIS_URL": self.redis_url or "",
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **variables}


def local_url(host: str, port: int) -> str:
    """Return the address to open in a browser on this machine for a server listening on host and port."""
    if host in {"", "0.0.0.0", "::"}:  # noqa: S104 - compared with, not bound to
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _mode(environ: Mapping[str, str]) -> Mode:
    try:
        return Mode(environ.get("MEDICONNECT_MODE") or Mode.DEMO)
    except ValueError:
        raise ConfigError("MEDICONNECT_MODE must be demo or production") from None


def _master_key(environ: Mapping[str, str], mode: Mode, home: Path) -> str:
    given = environ.get("SECRET_KEY") or ""
    if not given and mode is Mode.DEMO:
        try:
            return keys.load_or_create(home).master
        except OSError as error:
            raise ConfigError(f"MEDICONNECT_HOME: cannot use {home}: {error.strerror}") from error
    fault = "is not set" if not given else keys.weakness(given, REPOSITORY)
    if fault:
        raise ConfigError(
            f"SECRET_KEY {fault}; make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return given


def _metrics_token(environ: Mapping[str, str]) -> str | None:
    token = environ.get("MEDICONNECT_METRICS_TOKEN") or None
    if token and len(token) < 16:
        raise ConfigError("MEDICONNECT_METRICS_TOKEN is shorter than 16 characters")
    if token and token == environ.get("SECRET_KEY"):
        raise ConfigError("MEDICONNECT_METRICS_TOKEN and SECRET_KEY must differ")
    return token


def _integer(environ: Mapping[str, str], name: str, default: int, lowest: int, highest: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise ConfigError(f"{name} must be a whole number from {lowest} to {highest}")
    return int(text)


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    url = environ.get(name)
    if not url:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ConfigError(f"{name} must be a PostgreSQL URL: postgresql://user:password@host:5432/database")
    return f"postgresql+psycopg://{rest}"


def _redis_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("REDIS_URL")
    if url and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ConfigError("REDIS_URL must be a Redis URL: redis://host:6379/0")
    return url or None


def _public_url(environ: Mapping[str, str]) -> str:
    url = (environ.get("MEDICONNECT_PUBLIC_URL") or "").rstrip("/")
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc):
        raise ConfigError("MEDICONNECT_PUBLIC_URL must be an address such as https://clinic.example")
    return url


def _mail_server(environ: Mapping[str, str]) -> MailServer | None:
    url, sender = environ.get("MEDICONNECT_SMTP_URL"), environ.get("MEDICONNECT_MAIL_FROM") or ""
    if not url:
        return None
    securities = {"smtp": ("starttls", 587), "smtps": ("tls", 465), "smtp+plain": ("none", 25)}
    try:
        parts = urlsplit(url)
        security, port = securities[parts.scheme]
        port = parts.port or port
    except (KeyError, ValueError):
        parts = None
    if parts is None or not parts.hostname:
        raise ConfigError("MEDICONNECT_SMTP_URL must be an address such as smtp://user:password@mail.example:587")
    if "@" not in sender:
        raise ConfigError("MEDICONNECT_MAIL_FROM must be the sender's mail address")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port, security, sender, user, password)


def _file_store(environ: Mapping[str, str]) -> FileStore | None:
    url = environ.get("MEDICONNECT_FILES_URL")
    if not url:
        return None
    if urlsplit(url).scheme not in {"file", "s3", "az"}:
        raise ConfigError("MEDICONNECT_FILES_URL must begin with file://, s3:// or az://")
    names = ("ACCOUNT", "SECRET", "ENDPOINT", "REGION")
    return FileStore(url, *(environ.get(f"MEDICONNECT_FILES_{name}") or "" for name in names))


def _outbound_allowed(environ: Mapping[str, str]) -> frozenset[str]:
    given = [each.strip() for each in (environ.get("MEDICONNECT_OUTBOUND_ALLOW") or "").split(",") if each.strip()]
    if not all(each.rpartition(":")[2].isdecimal() and each.rpartition(":")[0] for each in given):
        raise ConfigError("MEDICONNECT_OUTBOUND_ALLOW must be a list such as reports.internal:8443,10.0.0.7:443")
    return frozenset(each.lower() for each in given)
