"""Places: clinics, their departments, rooms and equipment."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Json, Small, Str, one_of


class Clinic(TenantRow, Base):
    """A location. `opening_hours` maps a weekday ("0" = Monday) to [["08:00", "17:00"], ...] in its own zone."""

    __tablename__ = "clinics"
    __table_args__ = (one_of("status", "active", "suspended", "inactive"), *refs())

    name: Mapped[Str]
    status: Mapped[Str] = mapped_column(default="active")
    zone: Mapped[Str]
    line: Mapped[Str | None]  # street and number
    city: Mapped[Str | None]
    region: Mapped[Str | None]
    postal_code: Mapped[Str | None]
    country: Mapped[Str | None]
    phone: Mapped[Str | None]
    opening_hours: Mapped[Json | None]
    established: Mapped[Day | None]
    accreditation: Mapped[Str | None]


class Department(TenantRow, Base):
    """A part of one clinic with its own doctors and its own waits."""

    __tablename__ = "departments"
    __table_args__ = (*refs(clinic_id="clinics"), Index(None, "organization_id", "clinic_id"))

    clinic_id: Mapped[UUID | None]
    name: Mapped[Str]
    specialty: Mapped[Str | None]


class Room(TenantRow, Base):
    """A room that visits take place in."""

    __tablename__ = "rooms"
    __table_args__ = (
        one_of("kind", "examination", "procedure", "consultation", "other"),
        *refs(clinic_id="clinics", department_id="departments"),
        Index(None, "organization_id", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    name: Mapped[Str]
    kind: Mapped[Str] = mapped_column(default="examination")
    in_service: Mapped[bool] = mapped_column(default=True)


class Equipment(TenantRow, Base):
    """A device that is booked, maintained and sometimes out of service; `kind` as the clinic names it (ecg, xray)."""

    __tablename__ = "equipment"
    __table_args__ = (
        one_of("status", "in_service", "out_of_service", "maintenance"),
        *refs(clinic_id="clinics", department_id="departments"),
        Index(None, "organization_id", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    name: Mapped[Str]
    kind: Mapped[Str]
    status: Mapped[Str] = mapped_column(default="in_service")
    status_since: Mapped[Day | None]
    maintenance_due: Mapped[Day | None]
    minutes_a_day: Mapped[Small | None]  # bookable minutes of an open day
