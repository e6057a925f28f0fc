"""What a platform admin may know of an organization, counted within that organization's own scope and kept as a row.

This is the only way from an organization's rows to a reader of all organizations: numbers, and the names and regions of
clinics; nothing of a patient or of a single person.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, distinct, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.actor import Actor, system_actor
from app.core.clock import now, today
from app.core.period import Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.frame import load
from app.metrics.run import run_all
from app.metrics.types import Figure, Query, Row
from app.models import Affiliation, Clinic, Organization, Patient, Practitioner, Subscription, SupportTicket
from app.models.organizations import OrganizationKey
from app.models.platform import PlatformCount

_MONTH = (
    "revenue.collected",
    "attendance.booked",
    "satisfaction.score",
    "payments.attempts",
    "payments.failed",
    "payments.success_rate",
    "payments.chargebacks",
    "payments.chargeback_rate",
    "revenue.card_share",
)
DAYS = 8  # of registrations
SPAN = timedelta(days=30)  # of support


def take(organization_id: UUID) -> dict[str, Any]:
    """Counts one organization and keeps the row of its day; commits. Gives the counts."""
    organization = db.session.get_one(Organization, organization_id)
    day, moment = today(organization.zone), now()
    with tenant_scope(organization_id):
        actor = system_actor(organization_id)
        counts = {
            "currency": organization.currency,
            **_figures(actor, day),
            **_people(organization_id, day),
            "regions": _regions(organization_id),
            "subscription": _subscription(organization_id, day),
            "support": support(organization_id, moment),
            "sealed": _has_key(organization_id),
            "sources": _sources(organization_id),
        }
        values = {"organization_id": organization_id, "day": moment.date(), "taken_at": moment, "counts": counts}
        new = insert(PlatformCount).values(values)
        kept = new.on_conflict_do_update(
            index_elements=[PlatformCount.day, PlatformCount.organization_id],
            set_={"taken_at": new.excluded.taken_at, "counts": new.excluded.counts},
        )
        db.session.execute(kept)
        db.session.commit()
    return counts


def _figures(actor: Actor, day: date) -> dict[str, Any]:
    month, single = period_of(Span.MONTH, day), period_of(Span.DAY, day)
    whole, by_clinic, booked = run_all(
        [
            Query(_MONTH, month, compare=False),
            Query(_MONTH[:3], month, ("clinic",), compare=False),
            Query(("attendance.booked",), single, compare=False),
        ],
        actor,
    )
    clinics = db.session.scalars(select(Clinic).where(Clinic.organization_id == actor.organization_id)).all()
    rows = {row.key[0]: row for row in by_clinic.rows}
    return {
        "today": _value(booked.figure("attendance.booked")),
        "month": {key: _value(figure) for key, figure in whole.total.figures.items()},
        "card_processed": _text(whole.figure("revenue.card_share").numerator),
        "card_payments": whole.figure("payments.chargeback_rate").denominator,
        "clinics": [_clinic(clinic, rows.get(str(clinic.id))) for clinic in clinics],
    }


def _clinic(clinic: Clinic, row: Row | None) -> dict[str, Any]:
    figures: Mapping[str, Figure] = {} if row is None else row.figures
    return {
        "id": str(clinic.id),
        "name": clinic.name,
        "status": clinic.status,
        **{key: _value(figures[key]) if key in figures else None for key in _MONTH[:3]},
    }


def _value(figure: Figure) -> Any:
    return _text(figure.value)


def _text(value: object) -> Any:
    """JSON has no decimals: amounts are kept as text."""
    return str(value) if isinstance(value, Decimal) else value


def _people(organization_id: UUID, day: date) -> dict[str, Any]:
    first = day - timedelta(days=DAYS - 1)
    new = (
        select(Patient.registered_on, func.count())
        .where(Patient.organization_id == organization_id, Patient.registered_on.between(first, day))
        .group_by(Patient.registered_on)
    )
    started = (
        select(Affiliation.starts_on, func.count(distinct(Affiliation.practitioner_id)))
        .where(Affiliation.organization_id == organization_id, Affiliation.starts_on.between(first, day))
        .group_by(Affiliation.starts_on)
    )
    return {
        "patients": _count(Patient, Patient.organization_id == organization_id, Patient.active.is_(True)),
        "doctors": _count(Practitioner, Practitioner.organization_id == organization_id, Practitioner.active.is_(True)),
        "new_patients": _by_day(new),
        "new_doctors": _by_day(started),
    }


def _by_day(query: Select[date | None, int]) -> dict[str, int]:
    return {on.isoformat(): number for on, number in db.session.execute(query) if on is not None}


def _count(model: type[Any], *where: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def _regions(organization_id: UUID) -> list[dict[str, Any]]:
    mine = Clinic.organization_id == organization_id
    found: dict[str | None, Counter[str]] = {}
    parts = {
        "clinics": select(Clinic.region, func.count()).where(mine),
        "patients": select(Clinic.region, func.count())
        .join(Patient, (Patient.organization_id == organization_id) & (Patient.home_clinic_id == Clinic.id))
        .where(mine, Patient.active.is_(True)),
        "doctors": select(Clinic.region, func.count(distinct(Affiliation.practitioner_id)))
        .join(Affiliation, (Affiliation.organization_id == organization_id) & (Affiliation.clinic_id == Clinic.id))
        .where(mine),
    }
    for name, query in parts.items():
        for region, number in db.session.execute(query.group_by(Clinic.region)):
            found.setdefault(region, Counter())[name] = number
    order = sorted(found, key=lambda region: (region is None, region or ""))
    return [{"region": region, **{name: found[region][name] for name in parts}} for region in order]


def _subscription(organization_id: UUID, day: date) -> dict[str, Any] | None:
    """The plan in force, its monthly fee and rate, and the monthly fee of a year ago (None: there was no plan)."""
    query = select(Subscription).where(Subscription.organization_id == organization_id, Subscription.started_on <= day)
    plans = db.session.scalars(query.order_by(Subscription.started_on)).all()
    current, before = _in_force(plans, day), _in_force(plans, day - timedelta(days=365))
    if current is None:
        return None
    return {
        "plan": current.plan,
        "currency": current.currency,
        "monthly_fee": str(current.monthly_fee),
        "fee_rate": str(current.fee_rate),
        "monthly_fee_before": None if before is None else str(before.monthly_fee),
    }


def _in_force(plans: Any, day: date) -> Subscription | None:
    running = [one for one in plans if one.started_on <= day and (one.ended_on is None or one.ended_on >= day)]
    return running[-1] if running else None


def support(organization_id: UUID, moment: datetime) -> dict[str, Any]:
    """Tickets by state, those resolved on the UTC day, hours to resolve over 30 days, kinds now and 30 days before."""
    table, mine = SupportTicket, SupportTicket.organization_id == organization_id
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    states = db.session.execute(select(table.status, func.count()).where(mine).group_by(table.status))
    took = func.sum(func.extract("epoch", table.resolved_at - table.opened_at))
    resolved, seconds = db.session.execute(
        select(func.count(), took).where(mine, table.resolved_at.is_not(None), table.resolved_at >= moment - SPAN)
    ).one()
    return {
        "states": {state: number for state, number in states if state != "resolved"},
        "resolved_today": _count(table, mine, table.resolved_at >= midnight),
        "resolved": resolved,
        "resolved_hours": float(seconds or 0) / 3600,
        "kinds": _kinds(organization_id, moment - SPAN, moment),
        "kinds_before": _kinds(organization_id, moment - 2 * SPAN, moment - SPAN),
    }


def _kinds(organization_id: UUID, start: datetime, end: datetime) -> dict[str, int]:
    table = SupportTicket
    query = select(table.kind, func.count()).where(
        table.organization_id == organization_id, table.opened_at >= start, table.opened_at < end
    )
    return {kind: number for kind, number in db.session.execute(query.group_by(table.kind))}  # noqa: C416 - typed


def _sources(organization_id: UUID) -> dict[str, int]:
    """How many sources bring records, and how many of them are late."""
    feeds = load(db.session(), organization_id).sources
    return {"sources": len(feeds), "late": sum(feed.late for feed in feeds)}


def _has_key(organization_id: UUID) -> bool:
    return _count(OrganizationKey, OrganizationKey.organization_id == organization_id) > 0
