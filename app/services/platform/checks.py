"""The parts of the installation, looked at each minute: whether each is right, since when, and when it last was not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.registry import registry
from app.extensions import db
from app.insights.platform import BACKUP_AGE, QUEUE_DEPTH, REFRESH_LAG, SLOW_MS, STORAGE_WARN, Vitals
from app.models.platform import SystemCheck
from app.services.platform import condition


@dataclass(frozen=True)
class Part:
    """A part of the installation that is looked at."""

    key: str
    label: str


PARTS = registry(
    (
        Part("web", "Web server"),
        Part("database", "Database"),
        Part("redis", "Redis"),
        Part("queue", "Job queue"),
        Part("figures", "Figures follow records"),
        Part("storage", "Storage"),
        Part("backup", "Nightly backup"),
        Part("restore", "Restore on trial"),
        Part("migrations", "Migrations"),
        Part("rights", "Rights of the database role"),
        Part("row_security", "Row security of every table"),
    )
)


@dataclass(frozen=True)
class Found:
    """What was found of a part."""

    key: str
    ok: bool
    words: str


def run(vitals: Vitals) -> list[SystemCheck]:
    """Looks at every part and keeps what was found; commits."""
    kept = {row.key: row for row in db.session.scalars(select(SystemCheck).with_for_update())}
    for found in (*_measured(vitals), *_looked_at()):
        row = kept.get(found.key)
        if row is None:
            row = kept[found.key] = SystemCheck(key=found.key, ok=found.ok, since=vitals.at)
            db.session.add(row)
        _note(row, found, vitals.at)
    db.session.commit()
    return list(kept.values())


def _note(row: SystemCheck, found: Found, at: datetime) -> None:
    if row.ok != found.ok:
        row.ok, row.since = found.ok, at
    row.words, row.checked_at = found.words, at
    if not found.ok:
        row.failed_at = at


def _measured(known: Vitals) -> Iterator[Found]:
    """What the minute's own measures say; a part that was not measured is left as it was."""
    if known.web_up is not None:
        yield Found("web", known.web_up, "answers" if known.web_up else "does not answer")
    if known.database_ms is not None:
        slow = known.database_ms > SLOW_MS
        yield Found("database", not slow, f"a small question takes {known.database_ms:.1f} ms")
    if known.queue_depth is not None:
        yield Found("queue", known.queue_depth <= QUEUE_DEPTH, f"{known.queue_depth} jobs wait, limit {QUEUE_DEPTH}")
    if known.refresh_lag_seconds is not None:
        lag = known.refresh_lag_seconds
        yield Found("figures", lag <= REFRESH_LAG, f"{lag} s behind, limit {REFRESH_LAG} s")
    if known.storage_share is not None:
        yield Found("storage", known.storage_share < STORAGE_WARN, f"{known.storage_share:.0%} used")
    yield from _backups(known)


def _backups(known: Vitals) -> Iterator[Found]:
    """Before the first night there is nothing to say."""
    if known.backup_failed:
        yield Found("backup", False, "the last one failed")
    elif known.backed_up_at is not None:
        recent = known.at - known.backed_up_at <= BACKUP_AGE
        yield Found("backup", recent, "made in time" if recent else "older than 36 hours")
    if known.backup_verified is not None:
        words = "restored and compared" if known.backup_verified else "not restored on trial"
        yield Found("restore", known.backup_verified, words)


def _looked_at() -> Iterator[Found]:
    for key, faults in condition.checked().items():
        yield Found(key, not faults, "; ".join(faults) or "as it should be")


def latest() -> list[SystemCheck]:
    """What was last found, in the order of the parts."""
    order = list(PARTS)
    rows = [row for row in db.session.scalars(select(SystemCheck)) if row.key in PARTS]
    return sorted(rows, key=lambda row: order.index(row.key))
