"""Medication: drugs, what was prescribed or is taken, what was dispensed, and which doses were taken."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from sqlalchemy import Index, Numeric, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Json, Sealed, Small, Str, one_of
from app.models.keyring import sealed
from app.models.observations import Quantity

Rate = Annotated[Decimal, mapped_column(Numeric(9, 4))]
TAKEN = "status = 'active'"


class Drug(TenantRow, Base):
    """An entry of a source's drug list. `substance`: its ingredients in lower case, joined by " / "."""

    __tablename__ = "drugs"
    __table_args__ = refs()

    code: Mapped[Str | None]
    name: Mapped[Str | None]
    substance: Mapped[Str | None]


class Medication(TenantRow, Base):
    """A prescription (`reported` false) or what a patient says to take (true); without a name, see its drug.

    `doses_per_day` and `units_per_dose` (tablets, mL) give what a day needs; `dose_times` is {"times": ["08:00"]} on
    the clinic's wall. `covered_until`: the last day that the dispensed supply reaches, kept by whoever stores a
    dispense (definition: `app.ingest.upsert.clinical`); without dispenses it is unknown.
    """

    __tablename__ = "medications"
    __table_args__ = (
        one_of("status", "active", "on_hold", "cancelled", "completed", "stopped", "draft", "unknown"),
        *refs(
            clinic_id="clinics",
            patient_id="patients",
            practitioner_id="practitioners",
            encounter_id="encounters",
            drug_id="drugs",
        ),
        Index("ix_medications_patient", "organization_id", "patient_id"),
        Index("ix_medications_encounter", "organization_id", "encounter_id"),
        Index("ix_medications_drug", "organization_id", "drug_id"),
        Index(
            "ix_medications_taken",
            "organization_id",
            "practitioner_id",
            "covered_until",
            postgresql_where=text(TAKEN),
        ),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]  # who prescribed it
    encounter_id: Mapped[UUID | None]
    drug_id: Mapped[UUID | None]
    status: Mapped[Str]
    reported: Mapped[bool] = mapped_column(default=False)
    code: Mapped[Str | None]
    substance: Mapped[Str | None]
    name_sealed: Mapped[Sealed | None]
    dosage_sealed: Mapped[Sealed | None]  # strength of one dose, "10 mg"
    instruction_sealed: Mapped[Sealed | None]
    doses_per_day: Mapped[Rate | None]
    units_per_dose: Mapped[Rate | None]
    dose_times: Mapped[Json | None]
    as_needed: Mapped[bool | None]
    prescribed_day: Mapped[Day | None]
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]
    supply_days: Mapped[Small | None]  # of one dispense, as prescribed
    quantity: Mapped[Quantity | None]
    refills: Mapped[Small | None]  # allowed beyond the first dispense
    covered_until: Mapped[Day | None]

    name = sealed()
    dosage = sealed()
    instruction = sealed()


class Dispense(TenantRow, Base):
    """Medication handed out. `runs_out`: the last day that it supplies, begun when the supply before it is used up.

    `next_day`: the day of the next dispense of the same medication, None while there is none; `interval_days` from
    this to the next, `covered_days` those of them that the supply reaches. `expected`: is another dispense due when it
    runs out, or has there been one? (Definitions: `app.ingest.upsert.clinical`.)
    """

    __tablename__ = "dispenses"
    __table_args__ = (
        one_of("status", "completed", "in_progress", "cancelled", "stopped", "unknown"),
        *refs(clinic_id="clinics", patient_id="patients", practitioner_id="practitioners", medication_id="medications"),
        Index("ix_dispenses_medication", "organization_id", "medication_id", "local_day"),
        Index("ix_dispenses_patient", "organization_id", "patient_id", "local_day"),
        Index("ix_dispenses_due", "organization_id", "runs_out", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    medication_id: Mapped[UUID | None]
    status: Mapped[Str]
    dispensed_at: Mapped[Instant | None]
    local_day: Mapped[Day | None]
    quantity: Mapped[Quantity | None]
    days_supply: Mapped[Small | None]
    runs_out: Mapped[Day | None]
    next_day: Mapped[Day | None]
    interval_days: Mapped[Small | None]
    covered_days: Mapped[Small | None]
    expected: Mapped[bool] = mapped_column(default=False)


class Dose(TenantRow, Base):
    """One dose that was due: taken or missed, as the patient or a device reported it."""

    __tablename__ = "doses"
    __table_args__ = (
        one_of("status", "taken", "missed"),
        *refs(patient_id="patients", medication_id="medications"),
        Index("ix_doses_medication", "organization_id", "medication_id", "due_at"),
        Index("ix_doses_patient", "organization_id", "patient_id", "due_at"),
    )

    patient_id: Mapped[UUID | None]
    medication_id: Mapped[UUID | None]
    status: Mapped[Str]
    due_at: Mapped[Instant]
