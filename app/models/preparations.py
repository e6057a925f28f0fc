"""What has to be ready for a kind of visit, and who sees to it."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Small, Str, one_of


class Preparation(TenantRow, Base):
    """One thing to prepare for visits of a type: the patient brings or does it, or the doctor has it at hand."""

    __tablename__ = "preparations"
    __table_args__ = (
        one_of("audience", "patient", "doctor"),
        *refs(appointment_type_id="appointment_types"),
        Index(None, "organization_id", "appointment_type_id"),
    )

    appointment_type_id: Mapped[UUID | None]
    audience: Mapped[Str] = mapped_column(default="patient")
    position: Mapped[Small] = mapped_column(default=1)
    text: Mapped[Str]
