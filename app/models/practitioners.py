"""Practitioners and where they work."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Str


class Practitioner(TenantRow, Base):
    """A person who treats patients; the screens say doctor."""

    __tablename__ = "practitioners"
    __table_args__ = refs()

    name: Mapped[Str]
    prefix: Mapped[Str | None]
    specialty: Mapped[Str | None]
    license_number: Mapped[Str | None]
    active: Mapped[bool] = mapped_column(default=True)


class Affiliation(TenantRow, Base):
    """A practitioner's work in one clinic and department."""

    __tablename__ = "affiliations"
    __table_args__ = (
        *refs(practitioner_id="practitioners", clinic_id="clinics", department_id="departments"),
        Index(None, "organization_id", "practitioner_id"),
        Index(None, "organization_id", "clinic_id"),
    )

    practitioner_id: Mapped[UUID | None]
    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    role: Mapped[Str | None]
    is_primary: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]
