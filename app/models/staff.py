"""Work: shifts, use of rooms and devices, tasks."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Str, one_of
from app.models.keyring import sealed

REQUESTS = ("refill_request", "visit_request")


class Shift(TenantRow, Base):
    """A planned stretch of work of one person; `absent` when nobody came. `person` is a staff code, not a name."""

    __tablename__ = "shifts"
    __table_args__ = (
        one_of("role", "doctor", "nurse", "support"),
        *refs(clinic_id="clinics", department_id="departments", practitioner_id="practitioners"),
        Index("ix_shifts_day", "organization_id", "local_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    person: Mapped[Str]
    role: Mapped[Str]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    local_day: Mapped[Day]
    minutes: Mapped[int]
    absent: Mapped[bool] = mapped_column(default=False)


class ResourceUse(TenantRow, Base):
    """A stretch of time in which a room or a device was in use; without `ends_at` it still is."""

    __tablename__ = "resource_uses"
    __table_args__ = (
        *refs(clinic_id="clinics", room_id="rooms", equipment_id="equipment", appointment_id="appointments"),
        Index("ix_resource_uses_day", "organization_id", "local_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    room_id: Mapped[UUID | None]
    equipment_id: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    local_day: Mapped[Day]
    minutes: Mapped[int | None]


class Task(TenantRow, Base):
    """Something to be done by a day; `follow_up` tasks about patients make the worklist of the clinic, `REQUESTS` are
    what patients asked for themselves."""

    __tablename__ = "tasks"
    __table_args__ = (
        one_of("kind", "follow_up", "lab_review", "referral", "billing", "administration", *REQUESTS),
        one_of("priority", "low", "normal", "high"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            appointment_id="appointments",
        ),
        Index("ix_tasks_day", "organization_id", "due_day", "clinic_id"),
        Index("ix_tasks_open", "organization_id", "clinic_id", "due_day", postgresql_where=text("done_at IS NULL")),
        Index(
            "ix_tasks_open_doctor",
            "organization_id",
            "practitioner_id",
            "due_day",
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_tasks_patient", "organization_id", "patient_id", "due_day"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]  # the visit that was booked for it
    kind: Mapped[Str]
    priority: Mapped[Str] = mapped_column(default="normal")
    title_sealed: Mapped[Sealed | None]
    created_day: Mapped[Day]
    due_day: Mapped[Day]
    done_at: Mapped[Instant | None]
    done_day: Mapped[Day | None]
    contacts: Mapped[int] = mapped_column(default=0)  # tries to reach the patient
    contacted_at: Mapped[Instant | None]
    contact_outcome: Mapped[Str | None]  # no_answer, reached, message

    title = sealed()
