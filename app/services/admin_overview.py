"""The admin dashboard's blocks: of the whole installation for a platform admin, of one organization for its admin.

Across organizations only the rows of `platform_counts` are read, which each organization's own scope has made; that
reading is noted in `platform_reads`. No statement here can meet a patient's row.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.models.organizations import Membership, User
from app.models.platform import PlatformRead
from app.services import backups, security
from app.services.admin_money import financial_overview
from app.services.admin_people import active_users, user_analytics
from app.services.admin_reading import Reading, latest_counts
from app.services.platform_health import health, open_system_alerts

_TOP = 5
# Upper bounds in ms of a small question to the database.
_SPEEDS = ((5.0, "excellent"), (20.0, "good"), (100.0, "fair"))
_STEADY = 0.2  # a change by less than this share is no trend
_NOT_YET = "Not counted yet: the scheduler counts every quarter of an hour."
_PLATFORM_ONLY = "Shown to platform admins only."


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


def read(actor: Actor) -> AdminOverview:
    """The overview that the actor may see: a platform admin's or an organization admin's; Forbidden for others.

    A platform admin's reading is noted and committed.
    """
    actor.require(Permission.DASHBOARD_ADMIN)
    if actor.can(Permission.PLATFORM_READ):
        _note(actor)
        return _overview(Reading(None, latest_counts(None), now(), None))
    emails = list(
        db.session.scalars(
            select(User.email)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == actor.organization_id)
        )
    )
    own = actor.organization_id
    return _overview(Reading(own, latest_counts(own), now(), emails))


def _note(actor: Actor) -> None:
    line = PlatformRead(id=new_id(), at=now(), user_id=actor.user_id, what="admin_overview", address=actor.address)
    db.session.add(line)
    db.session.commit()


def _overview(reading: Reading) -> AdminOverview:
    if not reading.counts:
        for block in ("clinic_management", "financial_overview", "support_metrics"):
            reading.unknown(block, _NOT_YET)
    blocks = {
        "system_overview": _system(reading),
        "clinic_management": _clinics(reading),
        "user_analytics": user_analytics(reading),
        "financial_overview": financial_overview(reading),
        "security_monitoring": _security(reading),
        "support_metrics": _support(reading),
        "system_alerts": _alerts(reading),
    }
    return AdminOverview(reading.moment, reading.currency, blocks, reading.reasons)


def _system(reading: Reading) -> dict[str, Any]:
    known = health()
    if known.status is None:
        reading.unknown("system_overview.platform_status", "The scheduler has not measured yet.")
        reading.unknown("system_overview.uptime", "The scheduler has not measured yet.")
    return {
        "platform_status": known.status,
        "uptime": known.uptime,
        "last_updated": known.sampled_at,
        "active_users": active_users(reading),
        "system_health": {
            "database_performance": None if known.database_ms is None else _speed(known.database_ms),
            "api_response_time": known.requests.p50_ms,
            "error_rate": known.requests.error_rate,
            "storage_usage": _storage(reading, known.storage_share),
        },
    }


def _storage(reading: Reading, share: float | None) -> float | None:
    if reading.organization_id is not None:
        reading.unknown("system_overview.system_health.storage_usage", _PLATFORM_ONLY)
        return None
    return share


def _speed(milliseconds: float) -> str:
    return next((word for bound, word in _SPEEDS if milliseconds < bound), "poor")


def _clinics(reading: Reading) -> dict[str, Any]:
    clinics = [{**clinic, "currency": counts["currency"]} for counts in reading.counts for clinic in counts["clinics"]]
    reading.unknown("clinic_management.pending_verification", "Clinics are not verified: there is no such step.")
    earning = [clinic for clinic in clinics if clinic["revenue.collected"] is not None]
    top = sorted(earning, key=lambda clinic: -Decimal(clinic["revenue.collected"]))[:_TOP]
    return {
        "total_clinics": len(clinics),
        "active_clinics": sum(clinic["status"] == "active" for clinic in clinics),
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
            "total_appointments_today": reading.total("today"),
            "total_patients": reading.total("patients"),
            "total_doctors": reading.total("doctors"),
            "system_revenue_month": reading.money(
                "clinic_management.metrics_summary.system_revenue_month", "month", "revenue.collected"
            ),
            "revenue_month_by_currency": reading.by_currency("month", "revenue.collected"),
        },
    }


def _security(reading: Reading) -> dict[str, Any]:
    tried = security.attempts(emails=reading.emails)
    last = backups.last_completed()
    newest = next(iter(backups.runs(1)), None)
    reading.unknown(
        "security_monitoring.data_protection.compliance_status",
        "MediConnect records no certification of an installation.",
    )
    if last is None:
        reading.unknown("security_monitoring.data_protection.last_backup", "There is no backup yet.")
    sealed = all(counts["sealed"] for counts in reading.counts) if reading.counts else None
    return {
        "login_attempts": {
            "successful": tried.successful,
            "failed": tried.failed,
            "suspicious": tried.suspicious,
            "blocked": tried.blocked,
        },
        "data_protection": {
            "encryption_status": None if sealed is None else "active" if sealed else "incomplete",
            "backup_status": None if newest is None else newest.state,
            "last_backup": None if last is None else last.finished_at,
            "compliance_status": None,
        },
        "security_incidents": [
            {
                "type": incident.kind,
                "count": incident.count,
                "source_ip": incident.address if reading.organization_id is None else None,
                "action_taken": incident.action,
            }
            for incident in security.incidents(emails=reading.emails)
        ],
    }


def _support(reading: Reading) -> dict[str, Any]:
    held = [counts["support"] for counts in reading.counts]
    kinds: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for one in held:
        kinds.update(one["kinds"])
        before.update(one["kinds_before"])
    resolved = sum(one["resolved"] for one in held)
    if held and not resolved:
        reading.unknown("support_metrics.tickets.average_resolution_time", "No ticket was resolved in 30 days.")
    return {
        "tickets": {
            **{state: sum(one["states"].get(state, 0) for one in held) for state in ("open", "in_progress")},
            "resolved_today": sum(one["resolved_today"] for one in held),
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


def _alerts(reading: Reading) -> list[dict[str, Any]]:
    if reading.organization_id is not None:
        return []
    return [
        {
            "type": alert.kind,
            "severity": alert.severity,
            "message": alert.message,
            "recommendation": alert.recommendation,
            "opened_at": alert.opened_at.astimezone(UTC),
        }
        for alert in open_system_alerts()
    ]
