"""Appointments, their types and the history of their status."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Money, Sealed, Small, Str, one_of
from app.models.keyring import sealed

STATUSES = ("booked", "arrived", "started", "completed", "cancelled", "no_show", "unknown")
OPEN = ("booked", "arrived", "started")  # without an outcome


class AppointmentType(TenantRow, Base):
    """A kind of visit with its planned length."""

    __tablename__ = "appointment_types"
    __table_args__ = (one_of("visit", "new", "return", "any"), *refs())

    name: Mapped[Str]
    minutes: Mapped[Small | None]
    visit: Mapped[Str] = mapped_column(default="any")
    price: Mapped[Money | None]
    active: Mapped[bool] = mapped_column(default=True)


class Appointment(TenantRow, Base):
    """A booked visit with its stamps. Minutes and local times are derived when it is stored, never in a query.

    status: booked (to come), arrived (waiting), started (in a room), completed, cancelled, no_show, or unknown
    (the source knows no outcome). `wait_minutes`: started − max(arrived, planned start), not below 0; None without
    both stamps. `lead_days`: days from booking to the visit. `cancelled_notice_hours`: from cancellation to the start.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        one_of("status", *STATUSES),
        one_of("cancelled_by", "patient", "clinic"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            appointment_type_id="appointment_types",
            room_id="rooms",
        ),
        Index("ix_appointments_day", "organization_id", "local_day", "clinic_id"),
        Index("ix_appointments_patient", "organization_id", "patient_id", "local_day"),
        Index("ix_appointments_doctor", "organization_id", "practitioner_id", "local_day"),
        Index(
            "ix_appointments_doctor_open",
            "organization_id",
            "practitioner_id",
            "starts_at",
            postgresql_where=text("status IN ('booked', 'arrived', 'started')"),
        ),
        Index("ix_appointments_upcoming", "organization_id", "starts_at", postgresql_where=text("status = 'booked'")),
        {
            "postgresql_with": {
                "autovacuum_vacuum_insert_scale_factor": "0.02",
                "autovacuum_vacuum_scale_factor": "0.02",
            }
        },
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    appointment_type_id: Mapped[UUID | None]
    room_id: Mapped[UUID | None]
    status: Mapped[Str]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    booked_at: Mapped[Instant | None]
    arrived_at: Mapped[Instant | None]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    cancelled_at: Mapped[Instant | None]
    cancelled_by: Mapped[Str | None]
    cancel_reason: Mapped[Str | None]  # a code of the source, never free text
    rescheduled: Mapped[bool] = mapped_column(default=False)  # moved to another time, counted there
    channel: Mapped[Str | None]  # phone, online, desk
    is_new_patient: Mapped[bool | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    local_day: Mapped[Day]
    local_hour: Mapped[Small]
    minutes: Mapped[Small | None]  # planned length
    wait_minutes: Mapped[Small | None]
    start_delay_minutes: Mapped[Small | None]  # started − planned start; negative = early; None for unbooked visits
    visit_minutes: Mapped[Small | None]  # finished − started
    cycle_minutes: Mapped[Small | None]  # finished − arrived
    lead_days: Mapped[Small | None]
    cancelled_notice_hours: Mapped[int | None]
    unlinked_visit: Mapped[bool] = mapped_column(default=False)  # made from an encounter that names no appointment
    note_sealed: Mapped[Sealed | None]  # what the visit is about, for the doctor
    instruction_sealed: Mapped[Sealed | None]  # what this patient prepares, beyond what the type asks for

    note = sealed()
    instruction = sealed()


class StatusChange(TenantRow, Base):
    """One step in the life of an appointment."""

    __tablename__ = "status_changes"
    __table_args__ = (
        one_of("status", *STATUSES),
        *refs(appointment_id="appointments"),
        Index(None, "organization_id", "appointment_id", "at"),
    )

    appointment_id: Mapped[UUID | None]
    status: Mapped[Str]
    at: Mapped[Instant]
