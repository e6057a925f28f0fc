"""The admin dashboard's blocks: of the whole installation for a platform admin, of one organization for its admin.

Across organizations only the rows of `platform_counts` are read, which each organization's own scope has made; that
reading is noted in `platform_reads`. No statement here can meet a patient's row.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.core.actor import Actor
from app.core.clock import now
from app.core.permissions import Permission
from app.extensions import db
from app.models.platform import BackupRun, SystemAlert, SystemCheck
from app.services import platform_log
from app.services.dashboards.admin_counts import Counts, latest_counts
from app.services.dashboards.admin_money import financial_overview
from app.services.dashboards.admin_people import people
from app.services.dashboards.admin_reasons import NOT_COUNTED, PLATFORM_ONLY, explain
from app.services.identity import security
from app.services.platform import backups, checks
from app.services.platform.platform_health import Health, health, system_alerts

EPISODES = timedelta(days=30)
_TOP = 5
# Upper bounds in ms of a small question to the database.
_SPEEDS = ((5.0, "excellent"), (20.0, "good"), (100.0, "fair"))
_STEADY = 0.2  # a change by less than this share is no trend


@dataclass(frozen=True)
class AdminOverview:
    """Every block of the admin dashboard by name. `reasons` says why a value is None, by dotted path.

    Shares are fractions 0 to 1, amounts decimals in `currency` (None where organizations differ), times UTC, times
    taken in ms, session length in minutes, resolution in hours.
    """

    as_of: datetime
    currency: str | None
    blocks: Mapping[str, Any]
    reasons: Mapping[str, str]
    health: Health
    alerts: tuple[SystemAlert, ...]  # open, and ended in the last 30 days; for platform admins
    checks: tuple[SystemCheck, ...]
    backups: tuple[BackupRun, ...]  # newest first
    of_installation: bool
    sources: Mapping[str, int]  # of the counts: how many, and how many late


def read(actor: Actor) -> AdminOverview:
    """The overview that the actor may see: a platform admin's or an organization admin's; Forbidden for others.

    A platform admin's reading is noted and committed.
    """
    actor.require(Permission.DASHBOARD_ADMIN)
    whole = actor.can(Permission.PLATFORM_READ)
    if whole:
        _note(actor)
    own = None if whole else actor.organization_id
    return _overview(Counts(own, latest_counts(own), now()))


def _note(actor: Actor) -> None:
    platform_log.note(actor.user_id, "admin_overview", actor.address)
    db.session.commit()


def _overview(counted: Counts) -> AdminOverview:
    if not counted.counts:
        for block in ("clinic_management", "financial_overview", "support_metrics"):
            counted.unknown(block, NOT_COUNTED)
    alerts = system_alerts(counted.moment - EPISODES)
    known = health([alert for alert in alerts if alert.closed_at is None])
    found, tried = people(counted), security.tried(organization_id=counted.organization_id)
    looked_at, runs = checks.latest(), backups.runs()
    blocks = {
        "system_overview": _system(counted, known, found["active_users"]),
        "clinic_management": _clinics(counted),
        "user_analytics": found["user_analytics"],
        "financial_overview": financial_overview(counted),
        "security_monitoring": _security(counted, tried, runs, looked_at)
        | {"second_factor_share": found["second_factor_share"]},
        "support_metrics": _support(counted),
        "system_alerts": _alerts(counted, alerts),
    }
    episodes = tuple(alerts) if counted.organization_id is None else ()
    return AdminOverview(
        counted.moment,
        counted.currency,
        blocks,
        explain(blocks, counted.reasons),
        known,
        episodes,
        tuple(looked_at),
        tuple(runs),
        counted.organization_id is None,
        {
            name: sum(counts.get("sources", {}).get(name, 0) for counts in counted.counts)
            for name in ("sources", "late")
        },
    )


def _system(counted: Counts, known: Health, users: dict[str, Any]) -> dict[str, Any]:
    whole = known.traffic.whole
    return {
        "platform_status": known.status,
        "uptime": known.up.share,
        "last_updated": known.sampled_at,
        "active_users": users,
        "system_health": {
            "database_performance": None if known.database_ms is None else _speed(known.database_ms),
            "api_response_time": whole.p50_ms,
            "error_rate": whole.error_rate,
            "storage_usage": _storage(counted, known.storage_share),
        },
    }


def _storage(counted: Counts, share: float | None) -> float | None:
    if counted.organization_id is not None:
        counted.unknown("system_overview.system_health.storage_usage", PLATFORM_ONLY)
        return None
    return share


def _speed(milliseconds: float) -> str:
    return next((word for bound, word in _SPEEDS if milliseconds < bound), "poor")


def _clinics(counted: Counts) -> dict[str, Any]:
    clinics = [{**clinic, "currency": counts["currency"]} for counts in counted.counts for clinic in counts["clinics"]]
    counted.unknown("clinic_management.pending_verification", "Clinics are not verified: there is no such step.")
    earning = [clinic for clinic in clinics if clinic["revenue.collected"] is not None]
    top = sorted(earning, key=lambda clinic: -Decimal(clinic["revenue.collected"]))[:_TOP]
    return {
        "total_clinics": len(clinics) if counted.counts else None,
        "active_clinics": sum(clinic["status"] == "active" for clinic in clinics) if counted.counts else None,
        "pending_verification": None,
        "top_performing_clinics": [
            {
                "clinic_id": clinic["id"],
                "name": clinic["name"],
                "currency": clinic["currency"],
                "revenue_month": Decimal(clinic["revenue.collected"]),
                "appointments_month": clinic["attendance.booked"],
                "satisfaction_score": clinic["satisfaction.score"],
            }
            for clinic in top
        ],
        "metrics_summary": {
            "total_appointments_today": counted.total("today"),
            "total_patients": counted.total("patients"),
            "total_doctors": counted.total("doctors"),
            "system_revenue_month": counted.money(
                "clinic_management.metrics_summary.system_revenue_month", "month", "revenue.collected"
            ),
            "revenue_month_by_currency": counted.by_currency("month", "revenue.collected"),
        },
    }


def _security(
    counted: Counts, tried: security.Tried, runs: Sequence[BackupRun], looked_at: Sequence[SystemCheck]
) -> dict[str, Any]:
    last = next((run for run in runs if run.state == "completed"), None)
    restored = max((run.verified_at for run in runs if run.verified_at is not None), default=None)
    if counted.organization_id is not None:
        counted.unknown("security_monitoring.security_incidents.source_ip", PLATFORM_ONLY)
    sealed = all(counts["sealed"] for counts in counted.counts) if counted.counts else None
    return {
        "login_attempts": {
            "successful": tried.attempts.successful,
            "failed": tried.attempts.failed,
            "suspicious": tried.attempts.suspicious,
            "blocked": tried.attempts.blocked,
        },
        "data_protection": {
            "encryption_status": None if sealed is None else "active" if sealed else "incomplete",
            "backup_status": runs[0].state if runs else None,
            "last_backup": None if last is None else last.finished_at,
            "last_verified_restore": restored,
            "compliance_status": _checked(looked_at),
            "checks": [
                {
                    "check": row.key,
                    "ok": row.ok,
                    "found": row.words,
                    "checked_at": row.checked_at,
                    "since": row.since,
                    "last_failed_at": row.failed_at,
                }
                for row in looked_at
            ],
        },
        "security_incidents": [
            {
                "type": incident.kind,
                "count": incident.count,
                "source_ip": incident.address if counted.organization_id is None else None,
                "action_taken": incident.action,
            }
            for incident in tried.incidents
        ],
    }


def _checked(looked_at: Sequence[SystemCheck]) -> str | None:
    """What the checks say, and no more than that: no installation certifies itself."""
    if not looked_at:
        return None
    failed = sum(not row.ok for row in looked_at)
    return f"{failed} of {len(looked_at)} checks failed" if failed else f"all {len(looked_at)} checks passed"


def _support(counted: Counts) -> dict[str, Any]:
    held = [counts["support"] for counts in counted.counts]
    kinds: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for one in held:
        kinds.update(one["kinds"])
        before.update(one["kinds_before"])
    resolved = sum(one["resolved"] for one in held)
    return {
        "tickets": {
            **{
                state: sum(one["states"].get(state, 0) for one in held) if held else None
                for state in ("open", "in_progress")
            },
            "resolved_today": sum(one["resolved_today"] for one in held) if held else None,
            "average_resolution_time": sum(one["resolved_hours"] for one in held) / resolved if resolved else None,
        },
        "common_issues": [
            {"issue": kind, "count": number, "trend": _trend(number, before[kind])}
            for kind, number in kinds.most_common(_TOP)
        ],
    }


def _trend(number: int, before: int) -> str:
    if abs(number - before) <= _STEADY * max(before, 1):
        return "stable"
    return "increasing" if number > before else "decreasing"


def _alerts(counted: Counts, alerts: Sequence[SystemAlert]) -> list[dict[str, Any]]:
    if counted.organization_id is not None:
        counted.unknown("system_alerts", PLATFORM_ONLY)
        return []
    return [
        {
            "id": alert.id,
            "type": alert.kind,
            "severity": alert.severity,
            "message": alert.message,
            "recommendation": alert.recommendation,
            "opened_at": alert.opened_at.astimezone(UTC),
            "acknowledged_by": alert.taken_name,
        }
        for alert in alerts
        if alert.closed_at is None
    ]
