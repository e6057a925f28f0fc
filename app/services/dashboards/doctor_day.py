"""A doctor's day: who comes next, and what waits. Opened from sealed columns: never cache it.

Whoever opens the page leaves an audit line for each patient that it names; a page that asks again by itself leaves
lines only for those who have come onto it since.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.actor import Actor
from app.extensions import db
from app.models import Appointment, AppointmentType, Clinic, Preparation
from app.models.appointments import OPEN
from app.models.settings import Rules
from app.services import audit
from app.services.access import LOOK
from app.services.dashboards.doctor_patients import (
    Attention,
    Pending,
    Unread,
    pending_for,
    require_own,
    unread_for,
    waiting_for,
)
from app.services.dashboards.patients_in_brief import Brief, briefs_of

LISTED = 12
WHOLE = 200  # rows of a list's own page
AHEAD = timedelta(days=7)
_READ = "doctor_patients.read"


@dataclass(frozen=True)
class Visit:
    """A booked visit: `patient` is None where the booking names none; times are UTC, `zone` the clinic's own."""

    id: UUID
    patient: Brief | None
    status: str
    starts_at: datetime
    day: date
    zone: str
    clinic: str
    type: str | None
    minutes: int | None
    note: str | None
    preparation: tuple[str, ...]


@dataclass(frozen=True)
class DoctorDay:
    """The next visits of today and the seven days after it, and what waits."""

    visits: tuple[Visit, ...]
    attention: Attention


def day_of(
    actor: Actor,
    doctor_id: UUID,
    clinic_id: UUID | None,
    day: date,
    asks_again: bool = False,
    rules: Rules | None = None,
) -> DoctorDay:
    """The day of a doctor, of all clinics or of one. Raises Forbidden and NotFound as `require_own` does; commits."""
    require_own(actor, doctor_id)
    rows = _rows(_ahead(actor, doctor_id, clinic_id, day))
    waiting = waiting_for(actor, doctor_id, day, rules)
    known = briefs_of(actor, {*_patients(rows), *waiting.patient_ids}, day)
    within = LOOK if asks_again else None
    audit.record_reads(actor, _READ, "patient", [*_patients(rows), *waiting.patient_ids], within)
    found = DoctorDay(tuple(_visit(row, known) for row in rows), waiting.with_visits(known))
    db.session.commit()
    return found


def schedule_of(actor: Actor, doctor_id: UUID, clinic_id: UUID | None, day: date) -> tuple[Visit, ...]:
    """Every visit of one day, those over and cancelled too, in order; audited, commits."""
    require_own(actor, doctor_id)
    query = _booked(actor, doctor_id, clinic_id).where(
        Appointment.local_day == day,
        Appointment.is_test.is_(False),
        ~((Appointment.status == "cancelled") & Appointment.rescheduled),
    )
    rows = _rows(query.order_by(Appointment.starts_at, Appointment.id).limit(WHOLE))
    known = briefs_of(actor, set(_patients(rows)), day)
    audit.record_reads(actor, _READ, "patient", _patients(rows))
    db.session.commit()
    return tuple(_visit(row, known) for row in rows)


def results_to_review(actor: Actor, doctor_id: UUID, day: date) -> tuple[list[Pending], int]:
    """Results that wait for the doctor, at most 200, and how many there are; audited, commits."""
    require_own(actor, doctor_id)
    found, count = pending_for(actor, doctor_id, day, WHOLE)
    _note(actor, [each.patient_id for each in found])
    return found, count


def unread_messages(actor: Actor, doctor_id: UUID, day: date) -> tuple[list[Unread], int]:
    """Messages to the doctor that nobody has read, at most 200, and how many there are; audited, commits."""
    require_own(actor, doctor_id)
    found, count = unread_for(actor, doctor_id, day, WHOLE)
    _note(actor, [each.patient_id for each in found])
    return found, count


def _note(actor: Actor, patient_ids: Iterable[UUID]) -> None:
    audit.record_reads(actor, _READ, "patient", patient_ids)
    db.session.commit()


def _ahead(actor: Actor, doctor_id: UUID, clinic_id: UUID | None, day: date) -> Select[Any]:
    """Visits without an outcome from the day on; over an index of these alone."""
    at = Appointment.starts_at
    query = _booked(actor, doctor_id, clinic_id).where(
        Appointment.status.in_(OPEN),
        at >= datetime.combine(day - timedelta(days=1), time(), UTC),
        Appointment.local_day.between(day, day + AHEAD),
        Appointment.is_test.is_(False),
    )
    return query.order_by(at, Appointment.id).limit(LISTED)


def _booked(actor: Actor, doctor_id: UUID, clinic_id: UUID | None) -> Select[Any]:
    """The doctor's appointments with clinic, type and what the doctor prepares for it."""
    prepared = (
        select(func.array_agg(aggregate_order_by(Preparation.text, Preparation.position, Preparation.id)))
        .where(
            Preparation.organization_id == Appointment.organization_id,
            Preparation.appointment_type_id == Appointment.appointment_type_id,
            Preparation.audience == "doctor",
        )
        .correlate(Appointment)
        .scalar_subquery()
    )
    query = (
        select(Appointment, Clinic.name, Clinic.zone, AppointmentType.name, prepared)
        .join(Clinic, (Clinic.organization_id == Appointment.organization_id) & (Clinic.id == Appointment.clinic_id))
        .outerjoin(
            AppointmentType,
            (AppointmentType.organization_id == Appointment.organization_id)
            & (AppointmentType.id == Appointment.appointment_type_id),
        )
        .where(Appointment.organization_id == actor.organization_id, Appointment.practitioner_id == doctor_id)
    )
    if clinic_id is not None:
        return query.where(Appointment.clinic_id == clinic_id)
    return query if actor.clinic_ids is None else query.where(Appointment.clinic_id.in_(actor.clinic_ids))


def _rows(query: Select[Any]) -> list[Any]:
    return list(db.session.execute(query).all())


def _patients(rows: Collection[Any]) -> list[UUID]:
    return [row[0].patient_id for row in rows if row[0].patient_id is not None]


def _visit(row: Any, known: dict[UUID, Brief]) -> Visit:
    booked, clinic, zone, kind, prepared = row
    return Visit(
        booked.id,
        known.get(booked.patient_id),
        booked.status,
        booked.starts_at,
        booked.local_day,
        zone,
        clinic,
        kind,
        booked.minutes,
        booked.note,
        tuple(prepared or ()),
    )
