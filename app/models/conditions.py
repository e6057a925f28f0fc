"""What patients have: conditions and allergies. Codes are plain, names and words are sealed."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Sealed, Str, one_of
from app.models.keyring import sealed


class Condition(TenantRow, Base):
    """A diagnosis or a problem. `kind`: what our rules call it (hypertension, diabetes), None for all others."""

    __tablename__ = "conditions"
    __table_args__ = (
        one_of("status", "active", "recurrence", "relapse", "inactive", "remission", "resolved", "unknown"),
        one_of("category", "problem", "encounter_diagnosis", "health_concern"),
        *refs(patient_id="patients", practitioner_id="practitioners", encounter_id="encounters"),
        Index("ix_conditions_patient", "organization_id", "patient_id", "kind"),
        Index("ix_conditions_encounter", "organization_id", "encounter_id"),
    )

    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]  # who recorded it
    encounter_id: Mapped[UUID | None]
    code: Mapped[Str | None]
    kind: Mapped[Str | None]
    name_sealed: Mapped[Sealed | None]
    status: Mapped[Str] = mapped_column(default="unknown")
    category: Mapped[Str | None]
    confirmed: Mapped[bool | None]
    onset_day: Mapped[Day | None]
    recorded_day: Mapped[Day | None]
    abated_day: Mapped[Day | None]

    name = sealed()


class Allergy(TenantRow, Base):
    """An allergy or intolerance; `reaction` names its manifestations, `severity` the worst of them."""

    __tablename__ = "allergies"
    __table_args__ = (
        one_of("status", "active", "inactive", "resolved", "unknown"),
        one_of("category", "food", "medication", "environment", "biologic"),
        one_of("criticality", "low", "high"),
        one_of("severity", "mild", "moderate", "severe"),
        *refs(patient_id="patients", practitioner_id="practitioners", encounter_id="encounters"),
        Index("ix_allergies_patient", "organization_id", "patient_id"),
        Index("ix_allergies_encounter", "organization_id", "encounter_id"),
    )

    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    code: Mapped[Str | None]
    allergen_sealed: Mapped[Sealed | None]
    reaction_sealed: Mapped[Sealed | None]
    status: Mapped[Str] = mapped_column(default="unknown")
    category: Mapped[Str | None]
    criticality: Mapped[Str | None]
    severity: Mapped[Str | None]
    confirmed: Mapped[bool | None]
    recorded_day: Mapped[Day | None]

    allergen = sealed()
    reaction = sealed()
