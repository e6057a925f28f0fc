"""What a doctor's own patients need: alerts by urgency, results to review, messages to read.

A patient is the doctor's here by the record itself: the follow-up, the prescription, the result or the message names
the doctor. Each list is read over an index of what is still open, so that years of finished work cost nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import today
from app.core.errors import NotFound
from app.core.permissions import Permission, Role
from app.extensions import db
from app.insights.interactions import SUBSTANCES, Interaction, ingredients, interactions
from app.models import Appointment, Medication, Message, Organization, Patient, Result, Task
from app.services import audit

LISTED = 20
LATE_DAYS = 14  # a follow-up or a refill this far overdue is high
_ORDER = {"critical": 0, "high": 1, "normal": 2}

Kind = Literal["overdue_followup", "medication_interaction", "abnormal_result", "refill_overdue"]


@dataclass(frozen=True)
class Alert:
    """Something about one patient that should not wait. `overdue_days` and `medications` where the kind has them."""

    kind: Kind
    priority: str
    patient_id: UUID
    patient: str | None
    message: str
    since: date | None = None
    overdue_days: int | None = None
    medications: tuple[str, ...] = ()
    last_visit: date | None = None
    source: str | None = None


@dataclass(frozen=True)
class Pending:
    """A result that waits for review."""

    result_id: UUID
    patient_id: UUID
    patient: str | None
    name: str | None
    issued_at: datetime | None
    abnormal: bool | None


@dataclass(frozen=True)
class Unread:
    """A patient's message that nobody has read."""

    message_id: UUID
    patient_id: UUID
    patient: str | None
    subject: str | None
    sent_at: datetime


@dataclass(frozen=True)
class Attention:
    """All that waits for a doctor; the counts are of everything, the lists of the first rows."""

    alerts: tuple[Alert, ...]
    pending: tuple[Pending, ...]
    pending_count: int
    unread: tuple[Unread, ...]
    unread_count: int


def attention_of(actor: Actor, practitioner_id: UUID) -> Attention:
    """What waits for a doctor: for the doctor and the administration. Writes an audit line for each patient named and
    commits. Raises Forbidden without the right to charts, NotFound for another doctor."""
    actor.require(Permission.CHART_READ)
    if actor.roles and Role.ADMIN not in actor.roles and actor.practitioner_id != practitioner_id:
        raise NotFound("There is no such practitioner.")
    day = today(db.session.scalars(select(Organization.zone).where(Organization.id == actor.organization_id)).one())
    pending, pending_count = _pending(actor, practitioner_id)
    unread, unread_count = _unread(actor, practitioner_id)
    found = [
        *_interactions(actor, practitioner_id),
        *(_abnormal(each) for each in pending if each.abnormal),
        *_follow_ups(actor, practitioner_id, day),
        *_refills(actor, practitioner_id, day),
    ]
    alerts = _with_visits(actor, sorted(found, key=_urgency)[:LISTED], day)
    named = [*(a.patient_id for a in alerts), *(p.patient_id for p in pending), *(u.patient_id for u in unread)]
    audit.record_reads(actor, "doctor_patients.read", "patient", named)
    db.session.commit()
    return Attention(tuple(alerts), tuple(pending), pending_count, tuple(unread), unread_count)


def _urgency(alert: Alert) -> tuple[int, int]:
    return _ORDER[alert.priority], -(alert.overdue_days or 0)


def _with_patient(query: Any, model: Any) -> Any:
    """The query with the patient of each row beside it."""
    joined = (Patient.organization_id == model.organization_id) & (Patient.id == model.patient_id)
    return query.add_columns(Patient).join(Patient, joined)


def _pending(actor: Actor, practitioner_id: UUID) -> tuple[list[Pending], int]:
    query = _with_patient(select(Result, func.count().over()), Result).where(
        Result.organization_id == actor.organization_id,
        Result.practitioner_id == practitioner_id,
        Result.review == "pending",
        Result.status.in_(("final", "amended")),
    )
    query = query.order_by(Result.abnormal.is_(True).desc(), Result.issued_at, Result.id).limit(LISTED)
    found = db.session.execute(query).all()
    rows = [Pending(r.id, p.id, p.name, r.name, r.issued_at, r.abnormal) for r, _, p in found]
    return rows, found[0][1] if found else 0


def _unread(actor: Actor, practitioner_id: UUID) -> tuple[list[Unread], int]:
    query = _with_patient(select(Message, func.count().over()), Message).where(
        Message.organization_id == actor.organization_id,
        Message.practitioner_id == practitioner_id,
        Message.sender == "patient",
        Message.read_at.is_(None),
    )
    found = db.session.execute(query.order_by(Message.sent_at, Message.id).limit(LISTED)).all()
    return [Unread(m.id, p.id, p.name, m.subject, m.sent_at) for m, _, p in found], found[0][1] if found else 0


def _abnormal(pending: Pending) -> Alert:
    called = pending.name or "A result"
    since = None if pending.issued_at is None else pending.issued_at.date()
    message = f"{called} is out of range and not reviewed"
    return Alert("abnormal_result", "high", pending.patient_id, pending.patient, message, since)


def _follow_ups(actor: Actor, practitioner_id: UUID, day: date) -> Iterable[Alert]:
    query = _with_patient(select(Task), Task).where(
        Task.organization_id == actor.organization_id,
        Task.practitioner_id == practitioner_id,
        Task.kind == "follow_up",
        Task.done_at.is_(None),
        Task.due_day < day,
    )
    for task, patient in db.session.execute(query.order_by(Task.due_day, Task.id).limit(LISTED)):
        days = (day - task.due_day).days
        message = f"{task.title or 'Follow-up'}: overdue by {_days(days)}"
        yield Alert("overdue_followup", _late(days), patient.id, patient.name, message, task.due_day, days)


def _refills(actor: Actor, practitioner_id: UUID, day: date) -> Iterable[Alert]:
    query = _with_patient(select(Medication), Medication).where(
        Medication.organization_id == actor.organization_id,
        Medication.practitioner_id == practitioner_id,
        Medication.status == "active",
        Medication.covered_until < day,
    )
    query = query.order_by(Medication.covered_until.desc(), Medication.id).limit(LISTED)
    for medication, patient in db.session.execute(query):
        days = (day - medication.covered_until).days
        called = medication.name or medication.substance or "Medication"
        message = f"{called}: the supply ran out {_days(days)} ago"
        since, names = medication.covered_until, (called,)
        yield Alert("refill_overdue", _late(days), patient.id, patient.name, message, since, days, names)


def _interactions(actor: Actor, practitioner_id: UUID) -> Iterable[Alert]:
    """Patients for whom the doctor prescribes a substance of the table, and whatever else of it they take."""
    taken = (Medication.organization_id == actor.organization_id, Medication.status == "active")
    prescribed = select(Medication.patient_id, Medication.substance).where(
        *taken, Medication.practitioner_id == practitioner_id, Medication.substance.is_not(None)
    )
    patients = {
        patient_id
        for patient_id, substance in db.session.execute(prescribed)
        if patient_id is not None and ingredients([substance]) & SUBSTANCES
    }
    if not patients:
        return
    query = _with_patient(select(Medication.substance), Medication).where(*taken, Medication.patient_id.in_(patients))
    by_patient: dict[UUID, tuple[Patient, list[str | None]]] = {}
    for substance, patient in db.session.execute(query):
        by_patient.setdefault(patient.id, (patient, []))[1].append(substance)
    for patient, substances in by_patient.values():
        for found in interactions(substances):
            yield _interaction(patient, found)


def _interaction(patient: Patient, found: Interaction) -> Alert:
    one, other = (each.capitalize() for each in found.substances)
    message = f"{one} with {other}: {found.rule.effect[0].lower()}{found.rule.effect[1:]}"
    return Alert(
        "medication_interaction",
        found.rule.priority,
        patient.id,
        patient.name,
        message,
        medications=(one, other),
        source=found.rule.source,
    )


def _with_visits(actor: Actor, alerts: list[Alert], day: date) -> list[Alert]:
    """The same with each patient's last visit."""
    query = (
        select(Appointment.patient_id, func.max(Appointment.local_day))
        .where(
            Appointment.organization_id == actor.organization_id,
            Appointment.patient_id.in_({each.patient_id for each in alerts}),
            Appointment.status == "completed",
            Appointment.local_day <= day,
        )
        .group_by(Appointment.patient_id)
    )
    last: dict[UUID, date] = {patient: seen for patient, seen in db.session.execute(query) if patient is not None}
    return [Alert(**(vars(each) | {"last_visit": last.get(each.patient_id)})) for each in alerts]


def _late(days: int) -> str:
    return "high" if days >= LATE_DAYS else "normal"


def _days(days: int) -> str:
    weeks, rest = divmod(days, 7)
    if rest == 0 and weeks:
        return "1 week" if weeks == 1 else f"{weeks} weeks"
    return "1 day" if days == 1 else f"{days} days"
