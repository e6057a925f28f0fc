"""When doctors can be booked, and how soon they could be on a day."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Small, Str, one_of


class Availability(TenantRow, Base):
    """A stretch of a day that can be booked (`open`) or was taken out (`blocked`)."""

    __tablename__ = "availability"
    __table_args__ = (
        one_of("kind", "open", "blocked"),
        *refs(clinic_id="clinics", department_id="departments", practitioner_id="practitioners"),
        Index("ix_availability_day", "organization_id", "local_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    kind: Mapped[Str]
    reason: Mapped[Str | None]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    local_day: Mapped[Day]
    minutes: Mapped[int]
    slots: Mapped[Small | None]


class AccessSample(TenantRow, Base):
    """Third next available: on a day, the days until a doctor's third open slot. Sampled once a day, kept for ever."""

    __tablename__ = "access_samples"
    __table_args__ = (
        *refs(clinic_id="clinics", department_id="departments", practitioner_id="practitioners"),
        Index("ix_access_samples_day", "organization_id", "local_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    local_day: Mapped[Day]
    days: Mapped[Small]
    sampled_at: Mapped[Instant]
