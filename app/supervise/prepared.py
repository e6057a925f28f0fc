"""What a home's database was last prepared for: code and database of the same, and a start need not wait for it."""

import hashlib
from contextlib import suppress

from app.config import REPOSITORY, Config

MARK = "prepared"


def is_prepared(config: Config) -> bool:
    """Say whether the database was prepared by this code before; a guess, for the preparation runs in any case."""
    mark = config.home / MARK
    return mark.exists() and mark.read_text() == _fingerprint(config)


def mark_prepared(config: Config) -> None:
    """Note that the database is prepared; a full disk costs the next start its head start, not this one."""
    with suppress(OSError):
        (config.home / MARK).write_text(_fingerprint(config))


def _fingerprint(config: Config) -> str:
    """Changes with the migrations, the mode and the database's address."""
    migrations = sorted(path.name for path in (REPOSITORY / "migrations" / "versions").glob("*.py"))
    parts = (config.mode, config.database_owner_url or "", *migrations)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
