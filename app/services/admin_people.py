"""The admin's blocks about people: who may log in, who does, what they use, where patients are."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, distinct, func, select, true

from app.extensions import db
from app.models.access import UserSession
from app.models.organizations import Membership, User
from app.models.platform import UserDay
from app.services import platform_counts
from app.services.admin_reading import Reading

ONLINE = timedelta(minutes=5)
FEATURES = {
    "appointments": ("clinic", "doctor", "worklist"),
    "messaging": ("messages",),
    "billing": ("billing",),
    "analytics": ("analytics", "metrics", "api_metrics", "reports"),
}


def active_users(reading: Reading) -> dict[str, int]:
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


def _sessions_of(reading: Reading) -> ColumnElement[bool]:
    return true() if reading.organization_id is None else UserSession.organization_id == reading.organization_id


def _days_of(reading: Reading) -> ColumnElement[bool]:
    return true() if reading.organization_id is None else UserDay.organization_id == reading.organization_id


def user_analytics(reading: Reading) -> dict[str, Any]:
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


def _activations(reading: Reading) -> Counter[Any]:
    """People by the day on which they first used the product."""
    first = select(func.min(UserDay.day)).where(_days_of(reading)).group_by(UserDay.user_id)
    return Counter(db.session.scalars(first))


def _engagement(reading: Reading) -> dict[str, Any]:
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


def _features(reading: Reading) -> dict[str, float | None]:
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


def _regions(reading: Reading) -> list[dict[str, Any]]:
    found: dict[str | None, Counter[str]] = {}
    for counts in reading.counts:
        for row in counts["regions"]:
            numbers = {name: number for name, number in row.items() if name != "region"}
            found.setdefault(row["region"], Counter()).update(numbers)
    order = sorted(found, key=lambda region: (region is None, region or ""))
    names = ("clinics", "patients", "doctors")
    return [{"region": region, **{name: found[region][name] for name in names}} for region in order]
