"""What passes between a patient and the practice: tests, results, messages, recalls, visits with what came of them.

Everything is opened from sealed columns: never cache it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from app.core.clock import now, today
from app.extensions import db
from app.models import (
    Appointment,
    AppointmentType,
    ClinicalOrder,
    Encounter,
    Message,
    Preparation,
    Result,
    Task,
)
from app.services.chart.chart_health import listed
from app.services.chart.chart_reading import LISTED, Found, Part, spoken

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
class VisitKind:
    """A kind of visit: its name, planned minutes, and what patients bring or do before it."""

    name: str
    minutes: int | None
    preparation: tuple[str, ...]


@dataclass(frozen=True)
class Booking:
    """A visit to come. `instruction`: what this patient prepares beyond what the kind of visit asks for."""

    id: UUID
    at: datetime
    doctor: str | None
    specialty: str | None
    type: str | None
    clinic_id: UUID | None
    minutes: int | None
    preparation: tuple[str, ...]
    instruction: str | None


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


def is_to_come() -> ColumnElement[bool]:
    """Is an appointment booked and still to come?"""
    return and_(Appointment.status == "booked", Appointment.starts_at >= now(), Appointment.is_test.is_(False))


def booked_visits() -> Part:
    """Visits to come, the next first."""
    return Part(Appointment, (is_to_come(),), (Appointment.starts_at, Appointment.id), LISTED)


def past_visits() -> Part:
    """Visits that took place, the newest first."""
    over = (Encounter.status == "finished", Encounter.local_day <= today("UTC") + timedelta(days=1))
    order = (Encounter.local_day.desc(), Encounter.starts_at.desc(), Encounter.id)
    return Part(Encounter, over, order, LISTED, beside=Appointment, by="appointment_id")


def booked_in(found: Sequence[Found], kinds: Mapping[UUID, VisitKind]) -> tuple[Booking, ...]:
    """Visits to come, the next first."""
    return tuple(_booking(each, kinds.get(each.record.appointment_type_id)) for each in found)


def _booking(found: Found, kind: VisitKind | None) -> Booking:
    visit: Appointment = found.record
    own = visit.instruction
    return Booking(
        id=visit.id,
        at=visit.starts_at,
        doctor=spoken(found.doctor),
        specialty=found.doctor.specialty if found.doctor else None,
        type=kind.name if kind else None,
        clinic_id=visit.clinic_id,
        minutes=visit.minutes,
        preparation=kind.preparation if kind else (),
        instruction=own,
    )


def visits_in(found: Sequence[Found], kinds: Mapping[UUID, VisitKind]) -> tuple[Visit, ...]:
    """Visits that took place, the newest first."""
    return tuple(_visit(each, kinds) for each in found)


def _visit(found: Found, kinds: Mapping[UUID, VisitKind]) -> Visit:
    kind = kinds.get(found.beside.appointment_type_id) if found.beside else None
    record: Encounter = found.record
    name = kind.name if kind else None
    return Visit(record.starts_at, spoken(found.doctor), name, record.summary, listed(record.actions))


def kinds_of(organization_id: UUID) -> dict[UUID, VisitKind]:
    """The kinds of visit of an organization with what patients prepare for each, in order; one statement."""
    query = (
        select(AppointmentType, Preparation.text)
        .outerjoin(
            Preparation,
            (Preparation.organization_id == AppointmentType.organization_id)
            & (Preparation.appointment_type_id == AppointmentType.id)
            & (Preparation.audience == "patient"),
        )
        .where(AppointmentType.organization_id == organization_id)
        .order_by(AppointmentType.id, Preparation.position, Preparation.id)
    )
    found: dict[UUID, VisitKind] = {}
    for kind, text in db.session.execute(query):
        before = found[kind.id].preparation if kind.id in found else ()
        found[kind.id] = VisitKind(kind.name, kind.minutes, before if text is None else (*before, text))
    return found
