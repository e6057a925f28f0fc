"""What was done: procedures and immunizations."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Str, one_of
from app.models.keyring import sealed

_STATUS = ("planned", "in_progress", "not_done", "on_hold", "stopped", "completed", "unknown")
_WHO = {
    "clinic_id": "clinics",
    "patient_id": "patients",
    "practitioner_id": "practitioners",
    "encounter_id": "encounters",
}


class Procedure(TenantRow, Base):
    """Something done to or for a patient."""

    __tablename__ = "procedures"
    __table_args__ = (
        one_of("status", *_STATUS),
        *refs(**_WHO),
        Index("ix_procedures_patient", "organization_id", "patient_id", "local_day"),
        Index("ix_procedures_encounter", "organization_id", "encounter_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    status: Mapped[Str]
    code: Mapped[Str | None]
    name_sealed: Mapped[Sealed | None]
    performed_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]
    local_day: Mapped[Day | None]

    name = sealed()


class Immunization(TenantRow, Base):
    """A vaccination that was given, or not."""

    __tablename__ = "immunizations"
    __table_args__ = (
        one_of("status", "completed", "not_done"),
        *refs(**_WHO),
        Index("ix_immunizations_patient", "organization_id", "patient_id", "local_day"),
        Index("ix_immunizations_encounter", "organization_id", "encounter_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    status: Mapped[Str]
    code: Mapped[Str | None]
    name_sealed: Mapped[Sealed | None]
    given_at: Mapped[Instant | None]
    local_day: Mapped[Day | None]

    name = sealed()
