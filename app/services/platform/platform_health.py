"""The installation measured by itself: a sample each minute, uptime, response times, limits that open alerts."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import versions
from app.core.actor import INSTALLATION, Actor
from app.core.clock import epoch, now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.platform import SYSTEM_RULES, Vitals
from app.models.access import LoginAttempt
from app.models.facts import DirtyMark
from app.models.jobs import Job
from app.models.organizations import Organization
from app.models.platform import (
    BackupRun,
    PlatformCount,
    PlatformRead,
    ServiceMinute,
    ServiceSample,
    SystemAlert,
    UserDay,
)
from app.services import platform_log
from app.services.identity import security
from app.services.platform.traffic import NONE, Traffic, requests_by_area, traffic
from app.services.platform.uptime import Uptime, uptime

KEPT = timedelta(days=60)
YEAR = timedelta(days=400)
TRIES_KEPT, LOG_KEPT = timedelta(days=90), timedelta(days=2 * 366)
_QUARTER = timedelta(minutes=15)
_WEB_PATIENCE = 2.0  # seconds
_BACKUP_PATIENCE = timedelta(hours=3)
_RUNS, _EPISODES = 20, 50
GRAVITY = {"critical": 0, "high": 1, "medium": 2, "low": 3}


@dataclass(frozen=True)
class Health:
    """How the installation does. `status`: operational, degraded (a grave alert is open) or down.

    None where nothing has been measured yet.
    """

    status: str | None
    sampled_at: datetime | None
    database_ms: float | None
    database_bytes: int | None
    storage_bytes: int | None
    storage_share: float | None
    up: Uptime
    traffic: Traffic


def sample(home: Path, web_url: str) -> bool:
    """Measures this minute once, whoever asks first; commits. `web_url` is where the web server should answer."""
    minute = now().replace(second=0, microsecond=0)
    if db.session.get(ServiceSample, minute) is not None:
        return False
    database_us = _database_us()
    disk = shutil.disk_usage(home)
    values = {
        "minute": minute,
        "web_up": _answers(web_url),
        "database_us": database_us,
        "database_bytes": db.session.scalar(select(func.pg_database_size(func.current_database()))),
        "storage_bytes": disk.total,
        "storage_free_bytes": disk.free,
        "queue_depth": db.session.scalar(
            select(func.count()).select_from(Job).where(Job.state == "pending", Job.due_at <= now())
        ),
        "refresh_lag_seconds": _refresh_lag(),
    }
    db.session.execute(insert(ServiceSample).values(values).on_conflict_do_nothing())
    db.session.commit()
    moved()
    return True


def moved() -> None:
    """Counts up the installation's own version, which the fragments of its dashboard carry."""
    versions.publish(INSTALLATION, {None: int(epoch() * 1000)})


def _database_us() -> int:
    db.session.execute(text("SELECT 1"))  # the connection itself is not measured
    start = perf_counter()
    db.session.execute(select(func.count()).select_from(Organization)).scalar()
    return int((perf_counter() - start) * 1_000_000)


def _answers(web_url: str) -> bool:
    try:
        with urlopen(f"{web_url}/healthz", timeout=_WEB_PATIENCE) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError, ValueError):
        return False


def _refresh_lag() -> int:
    """Age in seconds of the oldest change that is not summed up yet: ids tell when they were made."""
    organizations = db.session.scalars(select(Organization.id)).all()
    db.session.rollback()
    oldest = epoch()
    for organization_id in organizations:
        with tenant_scope(organization_id):
            first = select(DirtyMark.id).where(DirtyMark.organization_id == organization_id)
            found = db.session.scalar(first.order_by(DirtyMark.id).limit(1))
            if found is not None and found.version == 7:  # only these tell their time
                oldest = min(oldest, (found.int >> 80) / 1000)
    return max(0, int(epoch() - oldest))


def tidy() -> None:
    """Removes samples, counts, tries to log in and lines of the installation's log beyond their time; commits."""
    before = now() - KEPT
    db.session.execute(delete(ServiceSample).where(ServiceSample.minute < before))
    db.session.execute(delete(ServiceMinute).where(ServiceMinute.minute < before))
    db.session.execute(delete(UserDay).where(UserDay.day < (now() - YEAR).date()))
    db.session.execute(delete(PlatformCount).where(PlatformCount.day < (now() - YEAR).date()))
    db.session.execute(delete(LoginAttempt).where(LoginAttempt.at < now() - TRIES_KEPT))
    db.session.execute(delete(PlatformRead).where(PlatformRead.at < now() - LOG_KEPT))
    db.session.commit()


def health(alerts: Sequence[SystemAlert] | None = None) -> Health:
    """What is known now; it names no organization. `alerts`: the open ones, where they are known already."""
    last, passed = last_sample(), traffic()
    return Health(
        status=_status(last, open_system_alerts() if alerts is None else alerts),
        sampled_at=None if last is None else last.minute,
        database_ms=None if last is None else last.database_us / 1000,
        database_bytes=None if last is None else last.database_bytes,
        storage_bytes=None if last is None else last.storage_bytes,
        storage_share=None if last is None else _storage_share(last),
        up=uptime(),
        traffic=passed,
    )


def last_sample() -> ServiceSample | None:
    """What was measured last."""
    return db.session.scalars(select(ServiceSample).order_by(ServiceSample.minute.desc()).limit(1)).one_or_none()


def _storage_share(row: ServiceSample) -> float:
    return 1 - row.storage_free_bytes / row.storage_bytes if row.storage_bytes else 0.0


def _status(last: ServiceSample | None, alerts: Iterable[SystemAlert]) -> str | None:
    if last is None:
        return None
    if not last.web_up:
        return "down"
    grave = any(alert.severity in ("high", "critical") and alert.kind != "backup" for alert in alerts)
    return "degraded" if grave else "operational"


def vitals() -> Vitals:
    """What the rules about the installation look at."""
    moment, last = now(), last_sample()
    requests = requests_by_area(_QUARTER).get("", NONE)
    usual = select(func.avg(ServiceSample.database_us)).where(ServiceSample.minute >= moment - timedelta(days=7))
    mean = db.session.scalar(usual)
    return Vitals(
        at=moment,
        web_up=None if last is None else last.web_up,
        requests=requests.requests,
        errors=requests.errors,
        p95_ms=requests.p95_ms,
        database_ms=None if last is None else last.database_us / 1000,
        database_usual_ms=None if mean is None else float(mean) / 1000,
        storage_share=None if last is None else _storage_share(last),
        queue_depth=None if last is None else last.queue_depth,
        refresh_lag_seconds=None if last is None else last.refresh_lag_seconds,
        **_backups(moment),
        suspicious_addresses=len(security.tried().incidents),
    )


def _backups(moment: datetime) -> dict[str, Any]:
    """The last good backup, whether the last one failed, and whether the newest one of the schedule was tried out;
    while there is none, whether any was, and None while nobody has tried.

    One that has been running for hours is one whose process died.
    """
    query = select(BackupRun).order_by(BackupRun.started_at.desc()).limit(_RUNS)
    runs = db.session.scalars(query).all()
    ended = [run for run in runs if run.state != "running" or moment - run.started_at > _BACKUP_PATIENCE]
    good = [run for run in ended if run.state == "completed" and run.finished_at is not None]
    settled = [run for run in good if run.origin == "schedule" and moment - run.started_at > _BACKUP_PATIENCE]
    tried = any(run.verified_at is not None for run in good)
    return {
        "backed_up_at": good[0].finished_at if good else None,
        "backup_failed": bool(ended) and ended[0].state != "completed",
        "backup_verified": settled[0].verified_at is not None if settled else tried or None,
    }


def check(known: Vitals | None = None) -> tuple[int, int]:
    """Holds every rule against the installation: how many alerts opened and closed; commits."""
    known = known or vitals()
    query = select(SystemAlert).where(SystemAlert.closed_at.is_(None)).with_for_update()
    standing = {alert.rule: alert for alert in db.session.scalars(query)}
    opened = closed = 0
    for rule in SYSTEM_RULES.values():
        finding, alert = rule.check(known), standing.get(rule.key)
        if finding is None:
            if alert is not None:
                alert.closed_at, closed = known.at, closed + 1
            continue
        if alert is None:
            alert = SystemAlert(id=new_id(), rule=rule.key, kind=rule.kind, opened_at=known.at)
            db.session.add(alert)
            opened += 1
        alert.severity, alert.message = finding.severity, finding.message
        alert.recommendation, alert.seen_at = finding.recommendation, known.at
    db.session.commit()
    return opened, closed


def system_alerts(since: datetime) -> list[SystemAlert]:
    """The open episodes and those that ended since then, gravest first, then the latest."""
    ended = or_(SystemAlert.closed_at.is_(None), SystemAlert.closed_at >= since)
    query = select(SystemAlert).where(ended).order_by(SystemAlert.opened_at.desc()).limit(_EPISODES)
    return sorted(db.session.scalars(query), key=lambda alert: GRAVITY[alert.severity])


def open_system_alerts() -> list[SystemAlert]:
    """The open episodes, gravest first."""
    found = db.session.scalars(select(SystemAlert).where(SystemAlert.closed_at.is_(None)))
    return sorted(found, key=lambda alert: (GRAVITY[alert.severity], alert.opened_at))


def take(actor: Actor, alert_id: UUID) -> SystemAlert:
    """Notes that a platform admin looks after an episode; noted in the installation's log; commits. Raises NotFound."""
    actor.require(Permission.PLATFORM_READ)
    alert = db.session.get(SystemAlert, alert_id)
    if alert is None:
        raise NotFound("There is no such alert.")
    alert.taken_by, alert.taken_name, alert.taken_at = actor.user_id, actor.name, now()
    platform_log.note(actor.user_id, "alert.take", actor.address)
    db.session.commit()
    moved()
    return alert
