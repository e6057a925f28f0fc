"""Claims to insurers and what they decided."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Money, Small, Str, one_of


class Claim(TenantRow, Base):
    """A claim; `status` and the decided amounts follow its latest adjudication."""

    __tablename__ = "claims"
    __table_args__ = (
        one_of("status", "pending", "paid", "partial", "denied", "cancelled"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            invoice_id="invoices",
            encounter_id="encounters",
        ),
        Index("ix_claims_submitted_day", "organization_id", "submitted_day", "clinic_id"),
        Index("ix_claims_decided_day", "organization_id", "decided_day", "clinic_id"),
        Index("ix_claims_denied", "organization_id", "decided_day", postgresql_where=text("status = 'denied'")),
        Index("ix_claims_invoice", "organization_id", "invoice_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    payer: Mapped[Str | None]
    status: Mapped[Str]
    submitted_day: Mapped[Day]
    amount: Mapped[Money]
    clean: Mapped[bool | None]  # accepted without a manual touch
    decided_day: Mapped[Day | None]  # of the first decision
    final_day: Mapped[Day | None]
    first_outcome: Mapped[Str | None]
    paid: Mapped[Money | None]
    denied: Mapped[Money | None]
    adjusted: Mapped[Money | None]
    denial_code: Mapped[Str | None]


class Adjudication(TenantRow, Base):
    """One decision of an insurer on a claim, in sequence: the first is the initial one."""

    __tablename__ = "adjudications"
    __table_args__ = (
        one_of("outcome", "paid", "partial", "denied", "pending"),
        *refs(claim_id="claims"),
        Index(None, "organization_id", "claim_id"),
    )

    claim_id: Mapped[UUID | None]
    sequence: Mapped[Small]
    decided_day: Mapped[Day]
    outcome: Mapped[Str]
    allowed: Mapped[Money | None]
    paid: Mapped[Money | None]
    adjusted: Mapped[Money | None]
    denied: Mapped[Money | None]
    denial_code: Mapped[Str | None]
