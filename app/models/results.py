"""Tests: what was ordered, what came back, and whether a doctor has looked at it."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Small, Str, one_of
from app.models.keyring import sealed

KINDS = ("laboratory", "imaging", "procedure", "other")
TO_REVIEW = "review = 'pending'"
TO_COME = "status = 'active'"


class ClinicalOrder(TenantRow, Base):
    """A test or service that was asked for; `scheduled_at` and `place`: when and where it will be done."""

    __tablename__ = "clinical_orders"
    __table_args__ = (
        one_of("status", "draft", "active", "on_hold", "completed", "revoked", "unknown"),
        one_of("kind", *KINDS),
        *refs(clinic_id="clinics", patient_id="patients", practitioner_id="practitioners", encounter_id="encounters"),
        Index("ix_clinical_orders_patient", "organization_id", "patient_id", "scheduled_at"),
        Index("ix_clinical_orders_encounter", "organization_id", "encounter_id"),
        Index(
            "ix_clinical_orders_open",
            "organization_id",
            "practitioner_id",
            "ordered_at",
            postgresql_where=text(TO_COME),
        ),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    status: Mapped[Str]
    kind: Mapped[Str] = mapped_column(default="other")
    code: Mapped[Str | None]
    name_sealed: Mapped[Sealed | None]
    ordered_at: Mapped[Instant | None]
    scheduled_at: Mapped[Instant | None]
    place: Mapped[Str | None]
    fasting: Mapped[bool | None]
    preparation_hours: Mapped[Small | None]
    preparation_sealed: Mapped[Sealed | None]

    name = sealed()
    preparation = sealed()


class Result(TenantRow, Base):
    """A report on one or more tests. `review`: does it wait for a doctor's eyes? None where the source does not say.

    `turnaround_minutes`: from the order (else the sample) to the issue; `review_minutes` from there to the review
    (each 32767 at most).
    """

    __tablename__ = "results"
    __table_args__ = (
        one_of("status", "registered", "preliminary", "final", "amended", "cancelled", "unknown"),
        one_of("kind", *KINDS),
        one_of("review", "pending", "reviewed"),
        *refs(
            clinic_id="clinics",
            patient_id="patients",
            practitioner_id="practitioners",
            encounter_id="encounters",
            clinical_order_id="clinical_orders",
        ),
        Index("ix_results_patient", "organization_id", "patient_id", "issued_at"),
        Index("ix_results_encounter", "organization_id", "encounter_id"),
        Index("ix_results_order", "organization_id", "clinical_order_id"),
        Index("ix_results_day", "organization_id", "local_day", "clinic_id"),
        Index(
            "ix_results_to_review",
            "organization_id",
            "practitioner_id",
            "issued_at",
            postgresql_where=text(TO_REVIEW),
        ),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]  # who ordered it
    encounter_id: Mapped[UUID | None]
    clinical_order_id: Mapped[UUID | None]
    status: Mapped[Str]
    kind: Mapped[Str] = mapped_column(default="other")
    code: Mapped[Str | None]
    name_sealed: Mapped[Sealed | None]
    summary_sealed: Mapped[Sealed | None]
    ordered_at: Mapped[Instant | None]  # taken from its order
    sampled_at: Mapped[Instant | None]
    issued_at: Mapped[Instant | None]
    local_day: Mapped[Day | None]
    turnaround_minutes: Mapped[Small | None]
    abnormal: Mapped[bool | None]
    review: Mapped[Str | None]
    reviewed_at: Mapped[Instant | None]
    review_minutes: Mapped[Small | None]
    viewed_at: Mapped[Instant | None]  # when the patient first opened it; a changed report is new again

    name = sealed()
    summary = sealed()


class ResultItem(TenantRow, Base):
    """A finding that a report rests on."""

    __tablename__ = "result_items"
    __table_args__ = (
        *refs(result_id="results", observation_id="observations"),
        Index(None, "organization_id", "result_id"),
        Index(None, "organization_id", "observation_id"),
    )

    result_id: Mapped[UUID | None]
    observation_id: Mapped[UUID | None]
