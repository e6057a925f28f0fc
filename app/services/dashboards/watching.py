"""What an open dashboard watches: who may watch what, and the figures that it is told when they move.

The figures come through `app.metrics.run_all`, as the page's do, for the actor's own scope.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import now, today
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.ids import parse_id
from app.core.period import Period, Span, period_of
from app.core.permissions import Permission, Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.rules import ALERT_RULES, is_about_money
from app.metrics.catalogue import METRICS
from app.metrics.flow import flows
from app.metrics.run import run_all
from app.metrics.scope import suppresses
from app.metrics.types import Query
from app.models import Alert, Appointment, Clinic, Invoice, Organization
from app.models.settings import rules_of
from app.services import access
from app.services.alerts import open_alerts, open_patient_alerts
from app.services.chart.chart_contacts import is_to_come
from app.services.dashboards.patient_account import is_owed
from app.services.dashboards.readings import local_today

Value = int | float | str | None

DAY: dict[str, str] = {
    "today_appointments": "attendance.booked",
    "completed_appointments": "attendance.completed",
    "cancelled_appointments": "attendance.cancellations",
    "no_shows": "attendance.no_shows",
    "average_wait_time": "waiting.wait_mean",
    "patients_seen": "patients.seen",
    "today_revenue": "revenue.collected",
}
MONEY: dict[str, str] = {
    "today_revenue": "revenue.collected",
    "today_payments": "revenue.payments",
    "outstanding_amount": "receivables.outstanding",
    "open_invoices": "receivables.open_invoices",
    "pending_claims": "claims.pending",
}
PLACE: dict[str, str] = {
    "doctors_on_duty": "staff.doctor_on_duty",
    "room_utilization": "capacity.room_utilisation",
    "staff_utilization": "capacity.utilisation",
}


@dataclass(frozen=True)
class Watch:
    """A dashboard as somebody watches it; ids are set where it is about one clinic, doctor or patient."""

    dashboard: str
    clinic_id: UUID | None = None
    practitioner_id: UUID | None = None
    patient_id: UUID | None = None

    def concerns(self, clinics: set[UUID | None]) -> bool:
        """May its figures have moved when these clinics' did?"""
        return self.clinic_id is None or self.clinic_id in clinics


@dataclass(frozen=True)
class Snapshot:
    """The figures by name (money as decimal strings, times in minutes, shares as fractions) and the open alerts."""

    values: Mapping[str, Value]
    alerts: Mapping[UUID, Mapping[str, Any]]


def watch_of(actor: Actor, dashboard: str, wanted: Mapping[str, str]) -> Watch:
    """What the actor asked to watch. Raises NotFound (DASH_001, DASH_005), Forbidden (DASH_002, DASH_006)."""
    permission = DASHBOARDS.get(dashboard)
    if permission is None:
        raise NotFound("There is no such dashboard.", code="DASH_001")
    if not actor.can(permission):
        raise _not_yours()
    if dashboard == "doctor":
        return Watch(dashboard, practitioner_id=_doctor(actor, wanted))
    if dashboard == "patient":
        return Watch(dashboard, patient_id=_patient(actor, wanted))
    clinic_id = _clinic(actor, wanted["clinic_id"]) if "clinic_id" in wanted else None
    return Watch(dashboard, clinic_id, _own_work(actor, dashboard))


def analytics_watch(actor: Actor, dashboard_id: str) -> Watch:
    """The live figures of a clinic by its id, or of all the actor's clinics by the organization's."""
    if not actor.can(Permission.METRICS_OPERATIONS):
        raise _not_yours()
    if dashboard_id == str(actor.organization_id):
        return Watch("live")
    if parse_id(dashboard_id) is None:
        raise NotFound("There is no such dashboard.", code="DASH_001")
    return Watch("live", clinic_id=_clinic(actor, dashboard_id))


def _doctor(actor: Actor, wanted: Mapping[str, str]) -> UUID:
    asked = _id(wanted, "doctor_id") or actor.practitioner_id
    if asked is None:
        raise Forbidden("This login is not linked to a doctor.", code="DASH_006")
    if asked != actor.practitioner_id and Role.ADMIN not in actor.roles:
        raise _not_yours()
    return access.practitioner_for(actor, asked).id


def _patient(actor: Actor, wanted: Mapping[str, str]) -> UUID:
    asked = _id(wanted, "patient_id") or actor.patient_id
    if asked is None:
        raise Forbidden("This login is not linked to a patient.", code="DASH_006")
    patient = access.patient_for(actor, asked, "patient.watch", again=True)
    db.session.commit()
    return patient.id


def _own_work(actor: Actor, dashboard: str) -> UUID | None:
    """A doctor's money and analytics are those of their own work."""
    others = Permission.METRICS_MONEY if dashboard == "billing" else Permission.METRICS_STAFF
    if dashboard not in ("billing", "analytics") or Role.DOCTOR not in actor.roles or actor.can(others):
        return None
    if actor.practitioner_id is None:
        raise Forbidden("This login is not linked to a doctor.", code="DASH_006")
    return actor.practitioner_id


DASHBOARDS: Mapping[str, Permission] = {
    "doctor": Permission.DASHBOARD_DOCTOR,
    "patient": Permission.DASHBOARD_PATIENT,
    "clinic": Permission.DASHBOARD_CLINIC,
    "admin": Permission.DASHBOARD_ADMIN,
    "billing": Permission.DASHBOARD_BILLING,
    "analytics": Permission.DASHBOARD_ANALYTICS,
}
_METRICS: Mapping[str, Mapping[str, str]] = {
    "doctor": DAY,
    "clinic": DAY | PLACE,
    "admin": DAY | MONEY,
    "billing": MONEY,
    "analytics": DAY | PLACE,
    "live": {
        "average_wait_time": "waiting.wait_mean",
        "staff_utilization": "capacity.utilisation",
        "current_revenue": "revenue.collected",
    },
}
_FLOWS: Mapping[str, Mapping[str, str]] = {
    "clinic": {"active_appointments": "in_room", "waiting_patients": "waiting"},
    "admin": {"active_appointments": "in_room", "waiting_patients": "waiting"},
    "live": {"active_appointments": "in_room", "waiting_patients": "waiting"},
}
_WITH_ALERTS = frozenset({"doctor", "clinic", "admin", "billing", "analytics", "live"})


def _not_yours() -> Forbidden:
    return Forbidden("Your role does not include this dashboard.", code="DASH_002")


def _id(wanted: Mapping[str, str], name: str) -> UUID | None:
    if name not in wanted:
        return None
    found = parse_id(wanted[name])
    if found is None:
        raise Invalid("This is no id.", field=name)
    return found


def _clinic(actor: Actor, text: str) -> UUID:
    clinic_id = parse_id(text)
    if clinic_id is None:
        raise NotFound("There is no such clinic.", code="DASH_005")
    try:
        return access.clinic_for(actor, clinic_id).id
    except NotFound:
        raise NotFound("There is no such clinic.", code="DASH_005") from None


def read(actor: Actor, watch: Watch) -> Snapshot:
    """The watched figures as they stand now, and the open alerts of the clinics that they are about."""
    with tenant_scope(actor.organization_id):
        clinics = _clinics(actor, watch)
        if watch.dashboard == "patient" and watch.patient_id is not None:
            return Snapshot(_of_patient(actor, watch.patient_id), {})
        values = _figures(actor, watch, clinics[0] if watch.clinic_id and clinics else None)
        if watch.practitioner_id is None:
            values |= _flows(actor, watch, clinics)
        return Snapshot(values, _alerts(actor, watch))


def _clinics(actor: Actor, watch: Watch) -> list[Clinic]:
    return [clinic for clinic in access.clinics_for(actor) if watch.clinic_id in (None, clinic.id)]


def _figures(actor: Actor, watch: Watch, clinic: Clinic | None) -> dict[str, Value]:
    names = {name: key for name, key in _METRICS[watch.dashboard].items() if _may(actor, key)}
    if watch.practitioner_id is not None:
        names = {name: key for name, key in names.items() if name not in PLACE}
    filters: dict[str, tuple[UUID, ...]] = {}
    if watch.clinic_id is not None:
        filters["clinic"] = (watch.clinic_id,)
    if watch.practitioner_id is not None:
        filters["practitioner"] = (watch.practitioner_id,)
    if not names:
        return {}
    (answer,) = run_all([Query(tuple(names.values()), _day(actor, clinic), (), filters, compare=False)], actor)
    return {name: _plain(answer.figure(key).value) for name, key in names.items()}


def _may(actor: Actor, metric: str) -> bool:
    own_work = Role.DOCTOR in actor.roles and METRICS[metric].permission is Permission.METRICS_MONEY
    return actor.can(METRICS[metric].permission) or own_work


def _day(actor: Actor, clinic: Clinic | None) -> Period:
    organization = db.session.get_one(Organization, actor.organization_id)
    return period_of(Span.DAY, local_today(organization, clinic))


def _plain(value: Any) -> Value:
    return str(value) if isinstance(value, Decimal) else round(value, 4) if isinstance(value, float) else value


def _flows(actor: Actor, watch: Watch, clinics: list[Clinic]) -> dict[str, Value]:
    """Where people are at this moment; small numbers stay hidden from those who treat nobody."""
    parts = _FLOWS.get(watch.dashboard, {})
    if not parts or not clinics or not actor.can(Permission.METRICS_OPERATIONS):
        return {}
    day = [flows(clinic.id, [(today(clinic.zone), now())], actor)[0] for clinic in clinics]
    small = rules_of(actor.organization_id).small_cell if suppresses(actor) else 0
    counts = {name: sum(flow[part] for flow in day) for name, part in parts.items()}
    return {name: None if 0 < count < small else count for name, count in counts.items()}


def _alerts(actor: Actor, watch: Watch) -> dict[UUID, dict[str, Any]]:
    if watch.dashboard not in _WITH_ALERTS or not actor.can(Permission.ALERTS_HANDLE):
        return {}
    if watch.dashboard == "doctor":
        return {alert.id: _alert(alert) for alert in open_patient_alerts(actor, watch.practitioner_id)}
    found = open_alerts(actor, watch.clinic_id)
    return {alert.id: _alert(alert) for alert in found if watch.dashboard != "billing" or is_about_money(alert)}


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "id": str(alert.id),
        "type": ALERT_RULES[alert.rule].kind if alert.rule in ALERT_RULES else alert.rule,
        "severity": alert.severity,
        "message": f"{alert.title}. {alert.evidence.get('words', '')}".strip(),
        "action_required": alert.severity in ("high", "critical"),
        "timestamp": alert.opened_at.isoformat(),
        "url": f"/alerts/{alert.id}/",
    }


def _of_patient(actor: Actor, patient_id: UUID) -> dict[str, Value]:
    """The patient's own coming visits, and what is open to pay for those who may see it."""
    coming = select(func.count()).where(
        Appointment.organization_id == actor.organization_id,
        Appointment.patient_id == patient_id,
        is_to_come(),
    )
    owed = select(func.coalesce(func.sum(Invoice.balance), 0)).where(
        Invoice.organization_id == actor.organization_id, Invoice.patient_id == patient_id, is_owed()
    )
    values: dict[str, Value] = {"upcoming_appointments": db.session.scalar(coming)}
    if actor.patient_id == patient_id or actor.can(Permission.METRICS_MONEY):
        values["outstanding_balance"] = _plain(db.session.scalar(owed))
    return values
