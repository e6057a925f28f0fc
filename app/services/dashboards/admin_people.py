"""The admin's blocks about people: who may log in, who does, what they use, where patients are."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, distinct, exists, func, select, true
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models.access import UserSession
from app.models.organizations import Membership, User
from app.models.platform import UserDay
from app.services.dashboards.admin_counts import Counts
from app.services.identity.second_factor import held_by
from app.services.platform import platform_counts

ONLINE = timedelta(minutes=5)
SPAN = timedelta(days=30)
FEATURES = {
    "appointments": ("clinic", "doctor", "worklist"),
    "messaging": ("messages",),
    "billing": ("billing",),
    "analytics": ("analytics", "metrics", "api_metrics", "reports"),
}


def people(counted: Counts) -> dict[str, Any]:
    """Everything about accounts and their use, asked in three statements: the blocks of the answer by name."""
    use, (online, minutes) = _use(counted), _sessions(counted)
    kinds, second_factor = _accounts(counted)
    return {
        "active_users": {"total": sum(kinds.values()), "online_now": online, **kinds},
        "second_factor_share": second_factor,
        "user_analytics": {
            "registration_trends": _registrations(counted, use["activated"]),
            "engagement_metrics": {
                "daily_active_users": use["today"],
                "average_session_duration": minutes,
                "feature_usage": _features(use),
            },
            "geographic_distribution": _regions(counted),
        },
    }


def _of(counted: Counts, table: type[Any]) -> ColumnElement[bool]:
    return true() if counted.organization_id is None else table.organization_id == counted.organization_id


def _accounts(counted: Counts) -> tuple[dict[str, int], float | None]:
    """Accounts that may log in by what they are, each person once; the share of those of staff with a second factor."""
    doctor, patient = (func.bool_or(Membership.roles.contains([kind])) for kind in ("doctor", "patient"))
    factor = held_by(User.id)
    each = (
        select(User.id, doctor.label("doctor"), patient.label("patient"), factor.label("factor"))
        .join(Membership, Membership.user_id == User.id)
        .where(User.disabled_at.is_(None), _of(counted, Membership))
        .group_by(User.id)
        .subquery()
    )
    doctors, patients = each.c.doctor, ~each.c.doctor & each.c.patient
    staff = ~(each.c.doctor | each.c.patient)
    counts = [func.count().filter(kind) for kind in (doctors, patients, staff)]
    working, secured = func.count().filter(~patients), func.count().filter(~patients, each.c.factor)
    row = db.session.execute(select(*counts, working, secured).select_from(each)).one()
    kinds = {"doctors": row[0], "patients": row[1], "staff": row[2]}
    return kinds, row[4] / row[3] if row[3] else None


def _sessions(counted: Counts) -> tuple[int, float | None]:
    """People who used a session in the last minutes, and the mean length in minutes of those of the last 30 days."""
    table = UserSession
    online = (table.seen_at >= counted.moment - ONLINE) & table.ended_at.is_(None)
    length = func.avg(func.extract("epoch", table.seen_at - table.created_at))
    query = select(func.count(distinct(table.user_id)).filter(online), length)
    now, seconds = db.session.execute(query.where(table.created_at >= counted.moment - SPAN, _of(counted, table))).one()
    return now, None if seconds is None else float(seconds) / 60


def _use(counted: Counts) -> Mapping[str, Any]:
    """People of today and of the last 30 days, those of each feature, and the first days of use of the last days."""
    today, table = counted.moment.date(), UserDay
    parts = {"today": table.day == today, "recent": true()}
    parts |= {feature: table.area.in_(areas) for feature, areas in FEATURES.items()}
    columns = [func.count(distinct(table.user_id)).filter(part).label(name) for name, part in parts.items()]
    query = select(*columns, _first_days(counted, today).label("activated"))
    row = db.session.execute(query.where(table.day > today - SPAN, _of(counted, table))).one()
    return row._asdict()


def _first_days(counted: Counts, today: date) -> Any:
    """People by the day on which they first used the product, as a JSON object."""
    table, earlier = aliased(UserDay), aliased(UserDay)
    before = exists().where(earlier.user_id == table.user_id, earlier.day < table.day, _of(counted, earlier))
    since = today - timedelta(days=platform_counts.DAYS)
    by_day = (
        select(table.day, func.count(distinct(table.user_id)).label("people"))
        .where(table.day > since, _of(counted, table), ~before)
        .group_by(table.day)
        .subquery()
    )
    return select(func.json_object_agg(cast(by_day.c.day, Text), by_day.c.people)).scalar_subquery()


def _registrations(counted: Counts, activated: Mapping[str, int] | None) -> list[dict[str, Any]]:
    last = counted.moment.date()
    days = [last - timedelta(days=back) for back in range(platform_counts.DAYS - 1, -1, -1)]
    return [
        {
            "date": day,
            "new_patients": counted.on("new_patients", day),
            "new_doctors": counted.on("new_doctors", day),
            "activations": (activated or {}).get(day.isoformat(), 0),
        }
        for day in days
    ]


def _features(use: Mapping[str, Any]) -> dict[str, float | None]:
    """Share of the people of the last 30 days who used each part."""
    return {feature: use[feature] / use["recent"] if use["recent"] else None for feature in FEATURES}


def _regions(counted: Counts) -> list[dict[str, Any]]:
    found: dict[str | None, Counter[str]] = {}
    for counts in counted.counts:
        for row in counts["regions"]:
            numbers = {name: number for name, number in row.items() if name != "region"}
            found.setdefault(row["region"], Counter()).update(numbers)
    order = sorted(found, key=lambda region: (region is None, region or ""))
    names = ("clinics", "patients", "doctors")
    return [{"region": region, **{name: found[region][name] for name in names}} for region in order]
