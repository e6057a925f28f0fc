"""Backups: made by command or each night, listed, tried out, restored; old ones removed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from redis.exceptions import RedisError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app import embedded
from app.config import Config
from app.core.clock import now
from app.core.errors import AppError, Invalid
from app.core.ids import new_id
from app.core.secrets import keyed_digest
from app.extensions import db, store
from app.models.platform import BackupRun, ServiceSample
from app.services.platform import backup_archive as archive

NIGHTLY = time(2)  # UTC
KEPT = 7  # backups of the schedule
SETTLED = timedelta(minutes=30)  # a new installation is left to load before its first backup
_ENDING = ".mcbackup"


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    made_at: str
    tables: int
    rows: int


def folder(config: Config) -> Path:
    """Where backups of the schedule are kept."""
    return config.home / "backups"


def back_up(config: Config, file: Path | None = None, origin: str = "command", run_id: UUID | None = None) -> BackupRun:
    """Makes a backup and notes its run; commits. An error is noted and raised again."""
    at = now()
    target = (file or folder(config) / f"mediconnect-{at:%Y%m%dT%H%M%SZ}{_ENDING}").absolute()
    if target.exists():
        raise Invalid(f"{target} is there already.")
    run = db.session.get(BackupRun, run_id) if run_id else None
    if run is None:
        run = BackupRun(id=new_id(), origin=origin, state="running", started_at=at)
        db.session.add(run)
    run.file = str(target)
    db.session.commit()
    try:
        url = embedded.backup_url(config)
        _, run.size, run.sha256 = archive.write(
            url, target, at.isoformat(), key_fingerprint(), str(run.id), config.home / "reports"
        )
    except Exception as error:
        run.state, run.finished_at = "failed", now()
        run.error = error.message if isinstance(error, AppError) else type(error).__name__
        db.session.commit()
        raise
    run.state, run.finished_at = "completed", now()
    db.session.commit()
    return run


def key_fingerprint() -> str:
    """Tells whether two installations have the same master key, without telling anything of the key."""
    return keyed_digest("backup", "fingerprint").hex()[:32]


def try_out(config: Config, file: Path) -> Restored:
    """Restores a backup into a database of its own, compares, removes it again, and notes that it can be restored."""
    _require_key(file)
    url = embedded.backup_url(config)
    name = f"{archive.database_of(url)}_trial_{now():%Y%m%d%H%M%S}"
    manifest = archive.restore_into(url, name, archive.owner_of(url), file)
    archive.drop(url, name)
    digest = archive.sha256_of(file)
    for run in db.session.scalars(select(BackupRun).where(BackupRun.sha256 == digest)):
        run.verified_at = now()
    db.session.commit()
    return _restored(manifest)


def restore(config: Config, file: Path) -> Restored:
    """Puts a backup in the place of all that the installation holds; it is compared before it takes over."""
    _require_key(file)
    url = embedded.backup_url(config)
    own = archive.database_of(url)
    name, aside = (f"{own}_{part}_{now():%Y%m%d%H%M%S}" for part in ("restored", "before"))
    manifest = archive.restore_into(url, name, archive.owner_of(url), file)
    db.session.remove()
    db.engine.dispose()
    archive.take_over(url, name, aside)
    archive.drop(url, aside)
    archive.take_reports(file, config.home)
    _forget_caches()
    _note_end(file, manifest)
    return _restored(manifest)


def _require_key(file: Path) -> None:
    if archive.read_manifest(file).key != key_fingerprint():
        raise Invalid(
            "This backup was made under another key: names and contact data in it could not be read. "
            "Set SECRET_KEY, or put secrets.json of that installation in MEDICONNECT_HOME."
        )


def _restored(manifest: archive.Manifest) -> Restored:
    return Restored(manifest.made_at, len(manifest.rows), sum(manifest.rows.values()))


def _forget_caches() -> None:
    """What Redis mirrors is of the database that is gone."""
    with suppress(RedisError):
        keys = list(store.client.scan_iter("mc:*", count=1000))
        if keys:
            store.client.delete(*keys)


def _note_end(file: Path, manifest: archive.Manifest) -> None:
    """In its own dump a backup was still running."""
    run = db.session.get(BackupRun, UUID(manifest.run_id))
    if run is not None:
        run.state, run.finished_at, run.verified_at = "completed", datetime.fromisoformat(manifest.made_at), now()
        run.file, run.size, run.sha256 = str(file.absolute()), file.stat().st_size, archive.sha256_of(file)
    db.session.commit()


def nightly(config: Config) -> BackupRun | None:
    """The backup of this night, if it is due and nobody has begun it; then removes what is older than is kept."""
    moment = now()
    first = db.session.scalar(select(func.min(ServiceSample.minute)))
    if moment.time() < NIGHTLY or first is None or moment - first < SETTLED:
        return None
    run_id = uuid5(NAMESPACE_URL, f"backup/{moment.date()}")
    begun = insert(BackupRun).values(id=run_id, origin="schedule", state="running", started_at=moment)
    if db.session.execute(begun.on_conflict_do_nothing().returning(BackupRun.id)).first() is None:
        db.session.rollback()
        return None
    db.session.commit()
    run = back_up(config, origin="schedule", run_id=run_id)
    try_out(config, Path(run.file or ""))
    remove_old(config)
    return run


def remove_old(config: Config) -> int:
    """Removes the files of scheduled backups beyond the newest KEPT; how many; commits."""
    query = (
        select(BackupRun)
        .where(BackupRun.origin == "schedule", BackupRun.state == "completed", BackupRun.removed_at.is_(None))
        .order_by(BackupRun.started_at.desc())
        .offset(KEPT)
    )
    old = db.session.scalars(query).all()
    for run in old:
        if run.file is not None and Path(run.file).parent == folder(config).absolute():
            Path(run.file).unlink(missing_ok=True)
        run.removed_at = now()
    db.session.commit()
    return len(old)


def runs(limit: int = 20) -> Sequence[BackupRun]:
    """The last backups, newest first."""
    return db.session.scalars(select(BackupRun).order_by(BackupRun.started_at.desc()).limit(limit)).all()
