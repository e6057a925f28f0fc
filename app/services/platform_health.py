"""The installation measured by itself: a sample each minute, uptime, response times, limits that open alerts."""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import epoch, now
from app.core.ids import new_id
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.platform import SYSTEM_RULES, Vitals
from app.models.facts import DirtyMark
from app.models.jobs import Job
from app.models.organizations import Organization
from app.models.platform import BackupRun, ServiceMinute, ServiceSample, SystemAlert, UserDay
from app.services import security
from app.services.request_counts import quantile

UPTIME_SPAN = timedelta(days=30)
KEPT = timedelta(days=60)
_QUARTER = timedelta(minutes=15)
_WEB_PATIENCE = 2.0  # seconds


@dataclass(frozen=True)
class Requests:
    """Requests of a span: times in ms, None where there were none."""

    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None

    @property
    def error_rate(self) -> float | None:
        """Share of requests that ended in an error of ours (5xx)."""
        return self.errors / self.requests if self.requests else None


@dataclass(frozen=True)
class Health:
    """How the installation does. `uptime`: share of the minutes since the first sample, at most 30 days, that were up.

    `status`: operational, degraded (a grave alert is open) or down. None where nothing has been measured yet.
    """

    status: str | None
    uptime: float | None
    sampled_at: datetime | None
    database_ms: float | None
    database_bytes: int | None
    storage_share: float | None
    queue_depth: int | None
    refresh_lag_seconds: int | None
    requests: Requests
    areas: dict[str, Requests]


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
    return True


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
    """Removes samples, counts of requests and use beyond their time; commits."""
    before = now() - KEPT
    db.session.execute(delete(ServiceSample).where(ServiceSample.minute < before))
    db.session.execute(delete(ServiceMinute).where(ServiceMinute.minute < before))
    db.session.execute(delete(UserDay).where(UserDay.day < (now() - timedelta(days=400)).date()))
    db.session.commit()


def uptime(span: timedelta = UPTIME_SPAN) -> float | None:
    """Share of minutes, since the first sample within the span, in which the web server answered."""
    since = now() - span
    first, up = db.session.execute(
        select(func.min(ServiceSample.minute), func.count().filter(ServiceSample.web_up)).where(
            ServiceSample.minute >= since
        )
    ).one()
    if first is None:
        return None
    minutes = int((now().replace(second=0, microsecond=0) - first).total_seconds() // 60) + 1
    # The running minute counts once it is sampled.
    if db.session.get(ServiceSample, now().replace(second=0, microsecond=0)) is None:
        minutes = max(1, minutes - 1)
    return min(1.0, up / minutes)


def requests_by_area(span: timedelta) -> dict[str, Requests]:
    """Requests of the last `span` by area; the key "" holds all of them."""
    sums: dict[str, tuple[int, int, list[int]]] = {}
    query = select(ServiceMinute).where(ServiceMinute.minute >= now() - span)
    for row in db.session.scalars(query):
        for area in ("", row.area):
            requests, errors, buckets = sums.get(area, (0, 0, [0] * len(row.buckets)))
            added = [one + other for one, other in zip(buckets, row.buckets, strict=True)]
            sums[area] = (requests + row.requests, errors + row.errors, added)
    return {
        area: Requests(requests, errors, quantile(buckets, 0.5), quantile(buckets, 0.95))
        for area, (requests, errors, buckets) in sums.items()
    }


def health(span: timedelta = timedelta(hours=1)) -> Health:
    """What is known now; requests are those of the last `span`. For platform admins: it concerns all organizations."""
    areas = requests_by_area(span)
    whole = areas.pop("", Requests(0, 0, None, None))
    last = _last_sample()
    return Health(
        status=_status(last),
        uptime=uptime(),
        sampled_at=None if last is None else last.minute,
        database_ms=None if last is None else last.database_us / 1000,
        database_bytes=None if last is None else last.database_bytes,
        storage_share=None if last is None else _storage_share(last),
        queue_depth=None if last is None else last.queue_depth,
        refresh_lag_seconds=None if last is None else last.refresh_lag_seconds,
        requests=whole,
        areas=areas,
    )


def _last_sample() -> ServiceSample | None:
    return db.session.scalars(select(ServiceSample).order_by(ServiceSample.minute.desc()).limit(1)).one_or_none()


def _storage_share(row: ServiceSample) -> float:
    return 1 - row.storage_free_bytes / row.storage_bytes if row.storage_bytes else 0.0


def _status(last: ServiceSample | None) -> str | None:
    if last is None:
        return None
    if not last.web_up:
        return "down"
    grave = any(alert.severity in ("high", "critical") and alert.kind != "backup" for alert in open_system_alerts())
    return "degraded" if grave else "operational"


def vitals() -> Vitals:
    """What the rules about the installation look at."""
    moment, last = now(), _last_sample()
    requests = requests_by_area(_QUARTER).get("", Requests(0, 0, None, None))
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
        backed_up_at=db.session.scalar(select(func.max(BackupRun.finished_at)).where(BackupRun.state == "completed")),
        backup_failed=db.session.scalar(
            select(BackupRun.state).where(BackupRun.state != "running").order_by(BackupRun.started_at.desc()).limit(1)
        )
        == "failed",
        suspicious_addresses=len(security.incidents()),
    )


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


def open_system_alerts() -> list[SystemAlert]:
    """The open episodes, gravest first."""
    gravity = {"critical": 0, "high": 1, "medium": 2, "low": 3}
    found = db.session.scalars(select(SystemAlert).where(SystemAlert.closed_at.is_(None)))
    return sorted(found, key=lambda alert: (gravity[alert.severity], alert.opened_at))
