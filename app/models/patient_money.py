"""What patients owe over time and have in hand: payment plans with instalments, credit accounts with entries."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Money, Small, Str, one_of


class PaymentPlan(TenantRow, Base):
    """An agreement to pay `total` in instalments; `defaulted` when the clinic gave it up."""

    __tablename__ = "payment_plans"
    __table_args__ = (
        one_of("status", "active", "completed", "defaulted", "cancelled"),
        *refs(clinic_id="clinics", patient_id="patients", invoice_id="invoices"),
        Index("ix_payment_plans_day", "organization_id", "started_day", "clinic_id"),
        Index("ix_payment_plans_patient", "organization_id", "patient_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    status: Mapped[Str]
    started_day: Mapped[Day]
    ended_day: Mapped[Day | None]
    total: Mapped[Money]


class PlanInstalment(TenantRow, Base):
    """One part of a plan; without `paid_day` it has not been paid."""

    __tablename__ = "plan_instalments"
    __table_args__ = (
        *refs(clinic_id="clinics", plan_id="payment_plans"),
        Index("ix_plan_instalments_day", "organization_id", "due_day", "clinic_id"),
        Index("ix_plan_instalments_plan", "organization_id", "plan_id"),
    )

    clinic_id: Mapped[UUID | None]
    plan_id: Mapped[UUID | None]
    position: Mapped[Small]
    due_day: Mapped[Day]
    amount: Mapped[Money]
    paid_day: Mapped[Day | None]


class CreditAccount(TenantRow, Base):
    """A patient's money that the clinic holds, until it is used or given back."""

    __tablename__ = "credit_accounts"
    __table_args__ = (
        one_of("status", "open", "closed"),
        *refs(clinic_id="clinics", patient_id="patients"),
        Index("ix_credit_accounts_day", "organization_id", "opened_day", "clinic_id"),
        Index("ix_credit_accounts_patient", "organization_id", "patient_id"),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    status: Mapped[Str]
    opened_day: Mapped[Day]


class CreditEntry(TenantRow, Base):
    """A movement on a credit account; `amount` is positive, its kind says in which direction."""

    __tablename__ = "credit_entries"
    __table_args__ = (
        one_of("kind", "credited", "used", "returned"),
        *refs(clinic_id="clinics", account_id="credit_accounts", invoice_id="invoices"),
        Index("ix_credit_entries_day", "organization_id", "day", "clinic_id"),
        Index("ix_credit_entries_account", "organization_id", "account_id"),
    )

    clinic_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    kind: Mapped[Str]
    day: Mapped[Day]
    amount: Mapped[Money]
