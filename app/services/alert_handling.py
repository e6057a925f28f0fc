"""What people do about alerts: look at one, acknowledge it, give it to somebody, resolve it with a note."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Conflict, Invalid, NotFound
from app.core.permissions import Permission, Role
from app.extensions import db
from app.models import Alert, Patient
from app.services import access, audit, readers
from app.services.alerts import ended_at, may_see, told

LONGEST_NOTE = 1000
_HANDLERS = (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.BILLING_STAFF)


@dataclass(frozen=True)
class Colleague:
    """Somebody to whom an alert can be given."""

    user_id: UUID | None
    name: str


def alert_for(actor: Actor, alert_id: UUID) -> Alert:
    """An alert that the actor may see; raises NotFound for every other."""
    actor.require(Permission.ALERTS_HANDLE)
    query = select(Alert).where(Alert.organization_id == actor.organization_id, Alert.id == alert_id)
    alert = db.session.scalars(query).one_or_none()
    if alert is None or not may_see(actor, alert):
        raise NotFound("There is no such alert.")
    return alert


def patient_of(actor: Actor, alert: Alert) -> Patient | None:
    """The patient whom an alert is about, with the audit line of reading it; commits. Given to a colleague, an alert
    shows the patient to those alone who may open the chart: for all others None."""
    if alert.patient_id is None:
        return None
    try:
        return access.chart_for(actor, alert.patient_id, again=True)
    except NotFound:
        return None
    finally:
        db.session.commit()


def colleagues_for(actor: Actor, alert: Alert) -> Sequence[Colleague]:
    """Everybody of the organization who may look after an alert, by name."""
    found = readers.holders_of(actor.organization_id, [role.value for role in _HANDLERS])
    fit = [one for one in found.values() if _may_look_after(one, alert)]
    return [Colleague(one.user_id, one.name) for one in sorted(fit, key=lambda one: one.name)]


def acknowledge(actor: Actor, alert_id: UUID) -> Alert:
    """Notes that the actor has seen an alert; the first one stands; commits. Raises Conflict for one that ended."""
    alert = _open(actor, alert_id)
    if alert.acknowledged_at is None:
        alert.acknowledged_by, alert.acknowledged_name, alert.acknowledged_at = actor.user_id, actor.name, now()
        _done(actor, alert, "alert.acknowledge")
    return alert


def take(actor: Actor, alert_id: UUID) -> Alert:
    """Notes that the actor looks after an alert; commits. Raises Conflict for one that ended."""
    alert = _open(actor, alert_id)
    return _give(actor, alert, Colleague(actor.user_id, actor.name))


def assign(actor: Actor, alert_id: UUID, user_id: UUID | None) -> Alert:
    """Gives an alert to a colleague, or to nobody; commits. Raises Invalid for who may not look after it."""
    alert = _open(actor, alert_id)
    if user_id is None:
        return _give(actor, alert, None)
    chosen = next((one for one in colleagues_for(actor, alert) if one.user_id == user_id), None)
    if chosen is None:
        raise Invalid("Choose the colleague.", fields={"user": "Choose somebody who may look after this alert."})
    return _give(actor, alert, chosen)


def resolve(actor: Actor, alert_id: UUID, note: str) -> Alert:
    """Ends an alert with a note of what was done; commits. Raises Invalid without a note, Conflict for one that ended.

    The same cause opens no new alert until it has stopped, or has become graver than it was.
    """
    alert = _open(actor, alert_id)
    note = note.strip()
    if not 1 <= len(note) <= LONGEST_NOTE:
        words = f"Write what was done, in 1 to {LONGEST_NOTE} characters."
        raise Invalid("The note cannot be used.", fields={"note": words})
    alert.resolved_by, alert.resolved_name, alert.resolved_at, alert.note = actor.user_id, actor.name, now(), note
    _done(actor, alert, "alert.resolve")
    return alert


def _open(actor: Actor, alert_id: UUID) -> Alert:
    alert = alert_for(actor, alert_id)
    if ended_at(alert) is not None:
        raise Conflict("This alert has ended.")
    return alert


def _give(actor: Actor, alert: Alert, chosen: Colleague | None) -> Alert:
    alert.taken_by, alert.taken_name = (chosen.user_id, chosen.name) if chosen else (None, None)
    alert.taken_at = now() if chosen else None
    _done(actor, alert, "alert.assign", to=alert.taken_by)
    return alert


def _done(actor: Actor, alert: Alert, action: str, **details: Any) -> None:
    audit.record(actor, action, "alert", alert.id, patient_id=alert.patient_id, **details)
    db.session.commit()
    told(actor.organization_id, [alert], access.clinics_for(actor) if alert.clinic_id is None else ())


def _may_look_after(colleague: Actor, alert: Alert) -> bool:
    if not colleague.can(Permission.ALERTS_HANDLE):
        return False
    if alert.patient_id is None:
        return may_see(colleague, alert)
    return colleague.can(Permission.DASHBOARD_DOCTOR) and bool(access.chart_names(colleague, [alert.patient_id]))


def names_for(actor: Actor, found: Sequence[Alert]) -> Mapping[UUID, str | None]:
    """The names of the patients whom alerts are about, of those whose chart the actor may open, with a line of the
    audit log for each; commits."""
    asked = {alert.patient_id for alert in found if alert.patient_id is not None}
    names = access.chart_names(actor, asked)
    audit.record_reads(actor, "alerts.read", "patient", names, unless_within=access.LOOK)
    db.session.commit()
    return names
