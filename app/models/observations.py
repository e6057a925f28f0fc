"""What was measured: vital signs, laboratory values and other findings."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Small, Str, one_of
from app.models.keyring import sealed

Quantity = Annotated[Decimal, mapped_column(Numeric(18, 5))]


class Observation(TenantRow, Base):
    """One finding. `kind`: what our rules call it (blood_pressure, heart_rate, hba1c ...), None for all others.

    A number stands in `value` with its UCUM `unit`, blood pressure (mmHg) in `systolic` and `diastolic`, anything else
    in the sealed `text`. `abnormal`: as the source says, else by its reference range `low` to `high`; None without
    both. `hypertensive`: a blood pressure of a patient with diagnosed hypertension, kept by whoever stores either.
    """

    __tablename__ = "observations"
    __table_args__ = (
        one_of("status", "registered", "preliminary", "final", "amended", "cancelled", "unknown"),
        one_of("category", "vital_sign", "laboratory", "survey", "other"),
        *refs(clinic_id="clinics", patient_id="patients", practitioner_id="practitioners", encounter_id="encounters"),
        Index("ix_observations_patient", "organization_id", "patient_id", "kind", "observed_at"),
        Index("ix_observations_encounter", "organization_id", "encounter_id"),
        Index("ix_observations_day", "organization_id", "local_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    code: Mapped[Str | None]
    kind: Mapped[Str | None]
    category: Mapped[Str] = mapped_column(default="other")
    name_sealed: Mapped[Sealed | None]
    status: Mapped[Str] = mapped_column(default="unknown")
    observed_at: Mapped[Instant | None]
    local_day: Mapped[Day | None]
    value: Mapped[Quantity | None]
    unit: Mapped[Str | None]
    systolic: Mapped[Small | None]
    diastolic: Mapped[Small | None]
    text_sealed: Mapped[Sealed | None]
    low: Mapped[Quantity | None]
    high: Mapped[Quantity | None]
    abnormal: Mapped[bool | None]
    hypertensive: Mapped[bool] = mapped_column(default=False)

    name = sealed()
    text = sealed()
