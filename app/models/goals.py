"""Where care is going: goals of a patient, and plans with what is to be done."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Json, Sealed, Str, one_of
from app.models.keyring import sealed


class Goal(TenantRow, Base):
    """A health goal to be reached by `due_day`. `actions` opens to a JSON list of what the patient does for it.

    `targets` is {"targets": [{"kind", "low", "high", "unit"}]}: kinds of observations (systolic and diastolic for blood
    pressure) and the range to be in. `achievement` is the last judgement of whoever keeps the goal.
    """

    __tablename__ = "goals"
    __table_args__ = (
        one_of("status", "proposed", "active", "on_hold", "completed", "cancelled", "rejected", "unknown"),
        one_of("achievement", "in_progress", "improving", "worsening", "no_change", "achieved", "not_achieved"),
        *refs(clinic_id="clinics", patient_id="patients", practitioner_id="practitioners"),
        Index("ix_goals_patient", "organization_id", "patient_id"),
        Index("ix_goals_day", "organization_id", "due_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    status: Mapped[Str]
    achievement: Mapped[Str | None]
    title_sealed: Mapped[Sealed | None]
    actions_sealed: Mapped[Sealed | None]
    targets: Mapped[Json | None]
    starts_on: Mapped[Day | None]
    due_day: Mapped[Day | None]

    title = sealed()
    actions = sealed()


class CarePlan(TenantRow, Base):
    """A plan of care; `activities` opens to a JSON list of what is to be done."""

    __tablename__ = "care_plans"
    __table_args__ = (
        one_of("status", "draft", "active", "on_hold", "revoked", "completed", "unknown"),
        *refs(patient_id="patients", practitioner_id="practitioners", encounter_id="encounters"),
        Index("ix_care_plans_patient", "organization_id", "patient_id"),
        Index("ix_care_plans_encounter", "organization_id", "encounter_id"),
    )

    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    status: Mapped[Str] = mapped_column(default="unknown")
    code: Mapped[Str | None]
    title_sealed: Mapped[Sealed | None]
    activities_sealed: Mapped[Sealed | None]
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]

    title = sealed()
    activities = sealed()
