"""The clinic's worklist: follow-ups that are overdue, who to ring next, and what came of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.clock import local_day, now, today
from app.core.errors import Conflict, Invalid, NotFound
from app.core.permissions import Permission
from app.extensions import db
from app.models import Clinic, Patient, Practitioner, Task
from app.models.staff import REQUESTS
from app.services import audit
from app.services.access import LOOK

CONTACT_OUTCOMES = ("no_answer", "message", "reached")


@dataclass(frozen=True)
class Overdue:
    """A follow-up past its day (`days` above 0), or a request that waits.

    `patient` and `title` are opened from sealed columns: never cache them.
    """

    task_id: UUID
    patient_id: UUID | None
    patient: str | None
    record_number: str | None
    title: str | None
    due_day: date
    days: int
    doctor: str | None
    contacts: int
    contacted_at: datetime | None
    contact_outcome: str | None
    done: bool


@dataclass(frozen=True)
class Worklist:
    """The longest overdue rows, and how many there are in all."""

    rows: tuple[Overdue, ...]
    total: int


def overdue_follow_ups(actor: Actor, clinic: Clinic, limit: int = 5, asks_again: bool = False) -> Worklist:
    """Open follow-ups of a clinic whose day has passed, longest overdue first.

    Writes an audit line for each patient and commits it before anything is handed out. `asks_again`: a page asks by
    itself, which leaves lines only for those who have come onto it since.
    """
    within = LOOK if asks_again else None
    return _open(actor, clinic, limit, within, Task.kind == "follow_up", Task.due_day < today(clinic.zone))


def requests_of_patients(actor: Actor, clinic: Clinic, limit: int = 5) -> Worklist:
    """What patients asked a clinic for and wait for, the first to be answered first; audited as the follow-ups are."""
    return _open(actor, clinic, limit, None, Task.kind.in_(REQUESTS))


def _open(
    actor: Actor, clinic: Clinic, limit: int, unless_within: timedelta | None, *which: ColumnElement[bool]
) -> Worklist:
    actor.require(Permission.RECORDS_READ)
    query = (
        select(Task, Patient, Practitioner, func.count().over())
        .outerjoin(Patient, (Patient.organization_id == Task.organization_id) & (Patient.id == Task.patient_id))
        .outerjoin(
            Practitioner,
            (Practitioner.organization_id == Task.organization_id) & (Practitioner.id == Task.practitioner_id),
        )
        .where(
            Task.organization_id == actor.organization_id,
            Task.clinic_id == clinic.id,
            Task.done_at.is_(None),
            *which,
        )
        .order_by(Task.due_day, Task.id)
        .limit(limit)
    )
    if actor.practitioner_id is not None:
        query = query.where(Task.practitioner_id == actor.practitioner_id)
    found = db.session.execute(query).all()
    shown = [patient.id for _, patient, _, _ in found if patient is not None]
    audit.record_reads(actor, "worklist.read", "patient", shown, unless_within)
    day = today(clinic.zone)
    rows = tuple(_row(task, patient, doctor, day) for task, patient, doctor, _ in found)
    db.session.commit()
    return Worklist(rows, found[0][3] if found else 0)


def _row(task: Task, patient: Patient | None, doctor: Practitioner | None, day: date) -> Overdue:
    return Overdue(
        task_id=task.id,
        patient_id=task.patient_id,
        patient=patient.name if patient else None,
        record_number=patient.record_number if patient else None,
        title=task.title,
        due_day=task.due_day,
        days=(day - task.due_day).days,
        doctor=doctor.spoken if doctor else None,
        contacts=task.contacts,
        contacted_at=task.contacted_at,
        contact_outcome=task.contact_outcome,
        done=task.done_at is not None,
    )


def log_contact(actor: Actor, task_id: UUID, outcome: str) -> Task:
    """Notes a try to reach the patient; commits."""
    if outcome not in CONTACT_OUTCOMES:
        raise Invalid("Say what came of the contact.", field="outcome", allowed=list(CONTACT_OUTCOMES))
    task = _task(actor, task_id)
    task.contacts += 1
    task.contacted_at = now()
    task.contact_outcome = outcome
    audit.record(actor, "task.contact", "task", task.id, task.patient_id, result=outcome)
    db.session.commit()
    return task


def finish(actor: Actor, task_id: UUID) -> Task:
    """Takes a follow-up off the list because the visit is booked; commits."""
    task = _task(actor, task_id)
    if task.done_at is not None:
        raise Conflict("This follow-up is already done.")
    task.done_at = now()
    task.done_day = local_day(task.done_at, _zone(db.session(), task))
    audit.record(actor, "task.finish", "task", task.id, task.patient_id)
    db.session.commit()
    return task


def reopen(actor: Actor, task_id: UUID) -> Task:
    """Undoes `finish`; commits."""
    task = _task(actor, task_id)
    task.done_at = task.done_day = None
    audit.record(actor, "task.reopen", "task", task.id, task.patient_id)
    db.session.commit()
    return task


def _task(actor: Actor, task_id: UUID) -> Task:
    actor.require(Permission.WORKLIST_WRITE)
    query = select(Task).where(Task.organization_id == actor.organization_id, Task.id == task_id).with_for_update()
    task = db.session.scalars(query).one_or_none()
    if task is None or task.clinic_id is None or not actor.sees_clinic(task.clinic_id):
        raise NotFound("There is no such task.")
    return task


def _zone(session: Session, task: Task) -> str:
    return session.get_one(Clinic, (task.organization_id, task.clinic_id)).zone
