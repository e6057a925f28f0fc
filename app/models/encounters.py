"""Encounters: what took place, booked or not."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Str, one_of
from app.models.keyring import sealed


class Encounter(TenantRow, Base):
    """A contact with a patient. `signed_at`: when its note was signed.

    After the visit the patient gets a `summary`, and `actions`: a JSON list of what to do next.
    """

    __tablename__ = "encounters"
    __table_args__ = (
        one_of("status", "planned", "arrived", "in_progress", "finished", "cancelled", "unknown"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            appointment_id="appointments",
        ),
        Index("ix_encounters_day", "organization_id", "local_day", "clinic_id"),
        Index("ix_encounters_patient", "organization_id", "patient_id", "local_day"),
        Index("ix_encounters_appointment", "organization_id", "appointment_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]
    status: Mapped[Str]
    setting: Mapped[Str | None]  # AMB, EMER, IMP, VR ...
    reason_code: Mapped[Str | None]
    starts_at: Mapped[Instant | None]
    arrived_at: Mapped[Instant | None]
    started_at: Mapped[Instant | None]  # care began
    ends_at: Mapped[Instant | None]
    signed_at: Mapped[Instant | None]
    local_day: Mapped[Day | None]
    summary_sealed: Mapped[Sealed | None]
    actions_sealed: Mapped[Sealed | None]

    summary = sealed()
    actions = sealed()
