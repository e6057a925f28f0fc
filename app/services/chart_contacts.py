"""What passes between a patient and the practice: tests, results, messages, recalls, visits with what came of them.

Everything is opened from sealed columns: never cache it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

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
from app.services.chart_health import listed
from app.services.chart_reading import LISTED, Found, Part, spoken

READY = ("final", "amended")


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
    new: bool  # the patient has not opened it


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


def tests_to_come() -> Part:
    """Tests that are planned for later than now, the next first."""
    to_come = (ClinicalOrder.status == "active", ClinicalOrder.scheduled_at >= now())
    return Part(ClinicalOrder, to_come, (ClinicalOrder.scheduled_at, ClinicalOrder.id), LISTED)


RESULTS = Part(
    Result,
    (Result.status != "cancelled",),
    (Result.issued_at.desc().nulls_first(), Result.id),
    LISTED,
    marked=Result.status.in_(READY) & Result.viewed_at.is_(None),
)
MESSAGES = Part(
    Message,
    (),
    (Message.sent_at.desc(), Message.id),
    LISTED,
    marked=(Message.sender == "practice") & Message.read_at.is_(None),
)
RECALLS = Part(Task, (Task.kind == "follow_up", Task.done_at.is_(None)), (Task.due_day, Task.id), LISTED)


def tests_in(found: Sequence[Found]) -> tuple[ScheduledTest, ...]:
    """Tests to come, the next first."""
    records = (each.record for each in found)
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
        for each in records
    )


def results_in(found: Sequence[Found]) -> tuple[ResultLine, ...]:
    """Reports, the newest first; those still to be issued before all."""
    return tuple(result_line(each.record) for each in found)


def result_line(result: Result) -> ResultLine:
    """One report in a list."""
    available = result.status in READY
    return ResultLine(
        result.id,
        result.name,
        result.kind,
        result.issued_at or result.sampled_at,
        result.status,
        available,
        result.abnormal,
        result.review,
        result.summary,
        available and result.viewed_at is None,
    )


def messages_in(found: Sequence[Found]) -> tuple[MessageLine, ...]:
    """Messages, the newest first."""
    return tuple(
        MessageLine(
            each.record.id,
            each.record.sender,
            spoken(each.doctor),
            each.record.sent_at,
            each.record.subject,
            each.record.body,
            each.record.read_at is not None,
        )
        for each in found
    )


def recalls_in(found: Sequence[Found], day: date) -> tuple[Recall, ...]:
    """Follow-ups that are not done, the oldest due first."""
    records = (each.record for each in found)
    return tuple(
        Recall(each.title, each.due_day, max(0, (day - each.due_day).days), each.appointment_id) for each in records
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
