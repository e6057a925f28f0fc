"""What passes between a patient and the practice: tests, results, messages, recalls, visits with what came of them.

Everything is opened from sealed columns: never cache it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.core.clock import now, today
from app.extensions import db
from app.models import (
    Appointment,
    AppointmentType,
    ClinicalOrder,
    Encounter,
    Message,
    Patient,
    Practitioner,
    Result,
    Task,
)
from app.services.chart_health import LISTED, listed


@dataclass(frozen=True)
class ScheduledTest:
    """A test or service to come."""

    name: str | None
    kind: str
    at: datetime
    place: str | None
    fasting: bool | None
    preparation_hours: int | None
    preparation: str | None


@dataclass(frozen=True)
class ResultLine:
    """A report, newest first. `abnormal` and `review` are None where no source says."""

    id: UUID
    name: str | None
    kind: str
    at: datetime | None
    status: str
    available: bool
    abnormal: bool | None
    review: str | None
    summary: str | None


@dataclass(frozen=True)
class MessageLine:
    """A message; `is_read` by whom it was for."""

    id: UUID
    sender: str
    doctor: str | None
    at: datetime
    subject: str | None
    body: str | None
    is_read: bool


@dataclass(frozen=True)
class Recall:
    """A follow-up that is due: `visit_id` is what has been booked for it."""

    title: str | None
    due: date
    overdue_days: int
    visit_id: UUID | None


@dataclass(frozen=True)
class Visit:
    """A visit that took place, with what the patient was given afterwards."""

    at: datetime | None
    doctor: str | None
    type: str | None
    summary: str | None
    actions: tuple[str, ...]


def tests_of(patient: Patient) -> tuple[ScheduledTest, ...]:
    """Tests to come, the next first."""
    query = (
        select(ClinicalOrder)
        .where(
            ClinicalOrder.organization_id == patient.organization_id,
            ClinicalOrder.patient_id == patient.id,
            ClinicalOrder.status == "active",
            ClinicalOrder.scheduled_at >= now(),
        )
        .order_by(ClinicalOrder.scheduled_at, ClinicalOrder.id)
        .limit(LISTED)
    )
    return tuple(
        ScheduledTest(
            each.name,
            each.kind,
            each.scheduled_at,
            each.place,
            each.fasting,
            each.preparation_hours,
            each.preparation,
        )
        for each in db.session.scalars(query)
        if each.scheduled_at is not None
    )


def results_of(patient: Patient) -> tuple[ResultLine, ...]:
    """Reports, the newest first; those still to be issued before all."""
    at = func.coalesce(Result.issued_at, Result.sampled_at)
    query = (
        select(Result, at)
        .where(
            Result.organization_id == patient.organization_id,
            Result.patient_id == patient.id,
            Result.status != "cancelled",
        )
        .order_by(Result.issued_at.desc().nulls_first(), Result.id)
        .limit(LISTED)
    )
    return tuple(
        ResultLine(
            each.id,
            each.name,
            each.kind,
            when,
            each.status,
            each.status in ("final", "amended"),
            each.abnormal,
            each.review,
            each.summary,
        )
        for each, when in db.session.execute(query)
    )


def messages_of(patient: Patient) -> tuple[tuple[MessageLine, ...], int]:
    """The newest messages, and how many of the practice's the patient has not read."""
    of_patient = (Message.organization_id == patient.organization_id, Message.patient_id == patient.id)
    unread = select(func.count()).where(*of_patient, Message.sender == "practice", Message.read_at.is_(None))
    query = (
        select(Message, Practitioner, unread.scalar_subquery())
        .outerjoin(
            Practitioner,
            (Practitioner.organization_id == Message.organization_id) & (Practitioner.id == Message.practitioner_id),
        )
        .where(*of_patient)
        .order_by(Message.sent_at.desc(), Message.id)
        .limit(LISTED)
    )
    found = db.session.execute(query).all()
    lines = tuple(
        MessageLine(
            each.id, each.sender, spoken(doctor), each.sent_at, each.subject, each.body, each.read_at is not None
        )
        for each, doctor, _ in found
    )
    return lines, found[0][2] if found else 0


def recalls_of(patient: Patient, day: date) -> tuple[Recall, ...]:
    """Follow-ups that are not done, the oldest due first."""
    query = (
        select(Task)
        .where(
            Task.organization_id == patient.organization_id,
            Task.patient_id == patient.id,
            Task.kind == "follow_up",
            Task.done_at.is_(None),
        )
        .order_by(Task.due_day, Task.id)
        .limit(LISTED)
    )
    return tuple(
        Recall(each.title, each.due_day, max(0, (day - each.due_day).days), each.appointment_id)
        for each in db.session.scalars(query)
    )


def visits_of(patient: Patient) -> tuple[Visit, ...]:
    """Visits that took place, the newest first."""
    query = (
        select(Encounter, Practitioner, AppointmentType.name)
        .outerjoin(
            Practitioner,
            (Practitioner.organization_id == Encounter.organization_id)
            & (Practitioner.id == Encounter.practitioner_id),
        )
        .outerjoin(
            Appointment,
            (Appointment.organization_id == Encounter.organization_id) & (Appointment.id == Encounter.appointment_id),
        )
        .outerjoin(
            AppointmentType,
            (AppointmentType.organization_id == Appointment.organization_id)
            & (AppointmentType.id == Appointment.appointment_type_id),
        )
        .where(
            Encounter.organization_id == patient.organization_id,
            Encounter.patient_id == patient.id,
            Encounter.status == "finished",
            Encounter.local_day <= today("UTC") + timedelta(days=1),
        )
        .order_by(Encounter.local_day.desc(), Encounter.starts_at.desc(), Encounter.id)
        .limit(LISTED)
    )
    return tuple(
        Visit(each.starts_at, spoken(doctor), kind, each.summary, listed(each.actions))
        for each, doctor, kind in db.session.execute(query)
    )


def spoken(doctor: Practitioner | None) -> str | None:
    """A doctor's name as people say it, with the title."""
    return None if doctor is None else f"{doctor.prefix or ''} {doctor.name}".strip()
