"""The admin dashboard's blocks: of the whole installation for a platform admin, of one organization for its admin.

Across organizations only the rows of `platform_counts` are read, which each organization's own scope has made; that
reading is noted in `platform_reads`. No statement here can meet a patient's row.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, distinct, func, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.actor import Actor
from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.models.access import UserSession
from app.models.organizations import Membership, User
from app.models.platform import PlatformCount, PlatformRead, UserDay
from app.services import backups, platform_counts, security
from app.services.platform_health import health, open_system_alerts

ONLINE = timedelta(minutes=5)
FEATURES = {
    "appointments": ("clinic", "worklist", "clinic_dashboard"),
    "messaging": ("messages",),
    "billing": ("billing", "billing_dashboard"),
    "analytics": ("analytics", "metrics", "api_metrics", "reports"),
}
_TOP = 5
_MONTHS = 12
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


@dataclass
class _Reading:
    """What the blocks are made of. `organization_id` None stands for all of them."""

    organization_id: UUID | None
    counts: list[Mapping[str, Any]]
    moment: datetime
    emails: list[str] | None
    reasons: dict[str, str] = field(default_factory=dict)

    def unknown(self, path: str, reason: str) -> None:
        """Says why there is no value."""
        self.reasons[path] = reason

    @property
    def currency(self) -> str | None:
        """The one currency of what is read; None where there are several."""
        found = {counts["currency"] for counts in self.counts}
        return found.pop() if len(found) == 1 else None

    def total(self, *path: str) -> Decimal | int | None:
        """The sum of a count over the organizations that have it; None where none has."""
        values = [value for counts in self.counts if (value := _at(counts, path)) is not None]
        if not values:
            return None
        return sum((Decimal(value) for value in values), Decimal(0)) if isinstance(values[0], str) else sum(values)

    def by_currency(self, *path: str) -> dict[str, Decimal]:
        """The sums of amounts by currency."""
        found: dict[str, Decimal] = {}
        for counts in self.counts:
            if (value := _at(counts, path)) is not None:
                found[counts["currency"]] = found.get(counts["currency"], Decimal(0)) + Decimal(value)
        return dict(sorted(found.items()))

    def money(self, place: str, *path: str) -> Decimal | None:
        """A sum of amounts; None with a reason where there is none or currencies differ."""
        if len(self.by_currency(*path)) > 1:
            self.unknown(place, "Organizations differ in currency; amounts are not added up.")
            return None
        value = self.total(*path)
        if value is None:
            self.unknown(place, "Nothing is recorded.")
            return None
        return Decimal(value)


def _at(counts: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = counts
    for step in path:
        value = None if value is None else value.get(step)
    return value


def read(actor: Actor) -> AdminOverview:
    """The overview that the actor may see: a platform admin's or an organization admin's; Forbidden for others.

    A platform admin's reading is noted and committed.
    """
    actor.require(Permission.DASHBOARD_ADMIN)
    if actor.can(Permission.PLATFORM_READ):
        _note(actor)
        return _overview(_Reading(None, _latest_counts(None), now(), None))
    emails = list(
        db.session.scalars(
            select(User.email)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == actor.organization_id)
        )
    )
    own = actor.organization_id
    return _overview(_Reading(own, _latest_counts(own), now(), emails))


def _note(actor: Actor) -> None:
    line = PlatformRead(id=new_id(), at=now(), user_id=actor.user_id, what="admin_overview", address=actor.address)
    db.session.add(line)
    db.session.commit()


def _latest_counts(organization_id: UUID | None) -> list[Mapping[str, Any]]:
    """The newest counts of each organization, at most two days old."""
    since = (now() - timedelta(days=2)).date()
    query = (
        select(PlatformCount.counts)
        .ext(distinct_on(PlatformCount.organization_id))
        .where(PlatformCount.day >= since)
        .order_by(PlatformCount.organization_id, PlatformCount.day.desc())
    )
    if organization_id is not None:
        query = query.where(PlatformCount.organization_id == organization_id)
    return list(db.session.scalars(query))


def _overview(reading: _Reading) -> AdminOverview:
    if not reading.counts:
        for block in ("clinic_management", "financial_overview", "support_metrics"):
            reading.unknown(block, _NOT_YET)
    blocks = {
        "system_overview": _system(reading),
        "clinic_management": _clinics(reading),
        "user_analytics": _users(reading),
        "financial_overview": _finance(reading),
        "security_monitoring": _security(reading),
        "support_metrics": _support(reading),
        "system_alerts": _alerts(reading),
    }
    return AdminOverview(reading.moment, reading.currency, blocks, reading.reasons)


def _system(reading: _Reading) -> dict[str, Any]:
    known = health()
    if known.status is None:
        reading.unknown("system_overview.platform_status", "The scheduler has not measured yet.")
        reading.unknown("system_overview.uptime", "The scheduler has not measured yet.")
    return {
        "platform_status": known.status,
        "uptime": known.uptime,
        "last_updated": known.sampled_at,
        "active_users": _active_users(reading),
        "system_health": {
            "database_performance": None if known.database_ms is None else _speed(known.database_ms),
            "api_response_time": known.requests.p50_ms,
            "error_rate": known.requests.error_rate,
            "storage_usage": _storage(reading, known.storage_share),
        },
    }


def _storage(reading: _Reading, share: float | None) -> float | None:
    if reading.organization_id is not None:
        reading.unknown("system_overview.system_health.storage_usage", _PLATFORM_ONLY)
        return None
    return share


def _speed(milliseconds: float) -> str:
    return next((word for bound, word in _SPEEDS if milliseconds < bound), "poor")


def _active_users(reading: _Reading) -> dict[str, int]:
    """Accounts that may log in, by what they are; a person of several organizations counts once."""
    query = select(Membership.user_id, Membership.roles).join(User, User.id == Membership.user_id)
    mine = true() if reading.organization_id is None else Membership.organization_id == reading.organization_id
    people: dict[UUID, set[str]] = {}
    for user_id, roles in db.session.execute(query.where(User.disabled_at.is_(None), mine)):
        people.setdefault(user_id, set()).update(roles)
    kinds = Counter(_kind(roles) for roles in people.values())
    online = select(func.count(distinct(UserSession.user_id))).where(
        UserSession.seen_at >= reading.moment - ONLINE, UserSession.ended_at.is_(None), _sessions_of(reading)
    )
    return {
        "total": len(people),
        "online_now": db.session.scalar(online) or 0,
        **{f"{kind}s" if kind != "staff" else kind: kinds[kind] for kind in ("doctor", "patient", "staff")},
    }


def _kind(roles: set[str]) -> str:
    return next((kind for kind in ("doctor", "patient") if kind in roles), "staff")


def _sessions_of(reading: _Reading) -> ColumnElement[bool]:
    return true() if reading.organization_id is None else UserSession.organization_id == reading.organization_id


def _days_of(reading: _Reading) -> ColumnElement[bool]:
    return true() if reading.organization_id is None else UserDay.organization_id == reading.organization_id


def _clinics(reading: _Reading) -> dict[str, Any]:
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


def _users(reading: _Reading) -> dict[str, Any]:
    last = reading.moment.date()
    days = [last - timedelta(days=back) for back in range(platform_counts.DAYS - 1, -1, -1)]
    activated = _activations(reading)
    return {
        "registration_trends": [
            {
                "date": day,
                "new_patients": sum(counts["new_patients"].get(day.isoformat(), 0) for counts in reading.counts),
                "new_doctors": sum(counts["new_doctors"].get(day.isoformat(), 0) for counts in reading.counts),
                "activations": activated[day],
            }
            for day in days
        ],
        "engagement_metrics": _engagement(reading),
        "geographic_distribution": _regions(reading),
    }


def _activations(reading: _Reading) -> Counter[Any]:
    """People by the day on which they first used the product."""
    first = select(func.min(UserDay.day)).where(_days_of(reading)).group_by(UserDay.user_id)
    return Counter(db.session.scalars(first))


def _engagement(reading: _Reading) -> dict[str, Any]:
    today = reading.moment.date()
    active = select(func.count(distinct(UserDay.user_id))).where(UserDay.day == today, _days_of(reading))
    length = select(func.avg(func.extract("epoch", UserSession.seen_at - UserSession.created_at))).where(
        UserSession.created_at >= reading.moment - timedelta(days=30), _sessions_of(reading)
    )
    seconds = db.session.scalar(length)
    if seconds is None:
        reading.unknown("user_analytics.engagement_metrics.average_session_duration", "Nobody has logged in lately.")
    return {
        "daily_active_users": db.session.scalar(active) or 0,
        "average_session_duration": None if seconds is None else float(seconds) / 60,
        "feature_usage": _features(reading),
    }


def _features(reading: _Reading) -> dict[str, float | None]:
    """Share of the people of the last 30 days who used each part."""
    since = (reading.moment - timedelta(days=30)).date()
    recent = (UserDay.day >= since, _days_of(reading))
    people = db.session.scalar(select(func.count(distinct(UserDay.user_id))).where(*recent)) or 0
    found: dict[str, float | None] = {}
    for feature, areas in FEATURES.items():
        users = select(func.count(distinct(UserDay.user_id))).where(*recent, UserDay.area.in_(areas))
        found[feature] = (db.session.scalar(users) or 0) / people if people else None
    if not people:
        reading.unknown("user_analytics.engagement_metrics.feature_usage", "Nobody has used the product lately.")
    return found


def _regions(reading: _Reading) -> list[dict[str, Any]]:
    found: dict[str | None, Counter[str]] = {}
    for counts in reading.counts:
        for row in counts["regions"]:
            numbers = {name: number for name, number in row.items() if name != "region"}
            found.setdefault(row["region"], Counter()).update(numbers)
    order = sorted(found, key=lambda region: (region is None, region or ""))
    names = ("clinics", "patients", "doctors")
    return [{"region": region, **{name: found[region][name] for name in names}} for region in order]


def _finance(reading: _Reading) -> dict[str, Any]:
    tried, failed = reading.total("month", "payments.attempts"), reading.total("month", "payments.failed")
    return {
        "subscription_revenue": _subscriptions(reading),
        "transaction_fees": _fees(reading),
        "payment_health": {
            "success_rate": 1 - float(failed or 0) / float(tried) if tried else None,
            "failed_payments": failed,
            "chargeback_rate": _chargebacks(reading),
        },
    }


def _subscriptions(reading: _Reading) -> dict[str, Any]:
    """What organizations pay by month, in the currency of whoever runs the installation; growth is that of a year."""
    plans = [counts["subscription"] for counts in reading.counts if counts["subscription"]]
    place = "financial_overview.subscription_revenue.monthly"
    if len({plan["currency"] for plan in plans}) > 1:
        reading.unknown(place, "Subscriptions differ in currency; they are not added up.")
        plans = []
    elif not plans:
        reading.unknown(place, "No subscription is recorded.")
    monthly = sum((Decimal(plan["monthly_fee"]) for plan in plans), Decimal(0)) if plans else None
    before = sum((Decimal(plan["monthly_fee_before"] or 0) for plan in plans), Decimal(0))
    if not before:
        reading.unknown("financial_overview.subscription_revenue.growth_rate", "There was no subscription a year ago.")
    return {
        "currency": plans[0]["currency"] if plans else None,
        "monthly": monthly,
        "annual": None if monthly is None else monthly * _MONTHS,
        "growth_rate": float(monthly / before - 1) if monthly is not None and before else None,
    }


def _fees(reading: _Reading) -> dict[str, Any]:
    """The share of this month's card payments, by the rate of each organization's plan."""
    fees: dict[str, Decimal] = {}
    for counts in reading.counts:
        if counts["subscription"] and counts["card_processed"] is not None:
            fee = Decimal(counts["card_processed"]) * Decimal(counts["subscription"]["fee_rate"])
            fees[counts["currency"]] = fees.get(counts["currency"], Decimal(0)) + fee.quantize(Decimal("0.01"))
    place = "financial_overview.transaction_fees"
    if len(fees) != 1:
        differ = "Organizations differ in currency; amounts are not added up."
        reading.unknown(f"{place}.monthly", differ if fees else "No card payment of this month is recorded.")
    return {
        "monthly": next(iter(fees.values())) if len(fees) == 1 else None,
        "total_processed": reading.money(f"{place}.total_processed", "card_processed"),
        "monthly_by_currency": dict(sorted(fees.items())),
        "processed_by_currency": reading.by_currency("card_processed"),
    }


def _chargebacks(reading: _Reading) -> float | None:
    """Chargebacks of the month ÷ card payments of the month, as a ratio of sums over organizations."""
    top = bottom = 0.0
    for counts in reading.counts:
        rate, number = (
            _at(counts, ("month", "payments.chargeback_rate")),
            _at(counts, ("month", "payments.chargebacks")),
        )
        if rate and number:
            top, bottom = top + number, bottom + number / rate
    if not bottom:
        known = [
            one for counts in reading.counts if (one := _at(counts, ("month", "payments.chargeback_rate"))) is not None
        ]
        if known:
            return 0.0
        reading.unknown("financial_overview.payment_health.chargeback_rate", "No source brings chargebacks.")
        return None
    return top / bottom


def _security(reading: _Reading) -> dict[str, Any]:
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


def _support(reading: _Reading) -> dict[str, Any]:
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


def _alerts(reading: _Reading) -> list[dict[str, Any]]:
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
