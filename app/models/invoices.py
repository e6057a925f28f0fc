"""Money: invoices with lines, payments, expenses. Amounts are in the organization's currency."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Money, Str, one_of

METHODS = ("insurance", "card", "cash", "transfer", "other")


class Invoice(TenantRow, Base):
    """What was charged for one visit. `balance` = total − adjusted − paid, kept by whoever stores a payment.

    Three dates: the service, the issue, and (on payments) the payment; each metric of money names the one it uses.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        one_of("status", "draft", "issued", "paid", "cancelled"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            appointment_id="appointments",
            encounter_id="encounters",
        ),
        Index("ix_invoices_issue_day", "organization_id", "issue_day", "clinic_id"),
        Index("ix_invoices_service_day", "organization_id", "service_day", "clinic_id"),
        Index("ix_invoices_patient", "organization_id", "patient_id"),
        Index("ix_invoices_largest", "organization_id", text("balance DESC"), postgresql_where=text("balance > 0")),
        Index("ix_invoices_open", "organization_id", "due_day", postgresql_where=text("balance > 0")),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    number: Mapped[Str | None]
    status: Mapped[Str]
    service_day: Mapped[Day | None]
    issue_day: Mapped[Day]
    due_day: Mapped[Day | None]
    total: Mapped[Money]  # after discount, with tax
    discount: Mapped[Money] = mapped_column(default=Decimal(0))
    tax: Mapped[Money] = mapped_column(default=Decimal(0))
    adjusted: Mapped[Money] = mapped_column(default=Decimal(0))  # contractual write-off
    paid: Mapped[Money] = mapped_column(default=Decimal(0))
    balance: Mapped[Money] = mapped_column(default=Decimal(0))
    automatic: Mapped[bool | None]  # made by rule
    sent_day: Mapped[Day | None]
    sent_automatically: Mapped[bool | None]


class InvoiceLine(TenantRow, Base):
    """One service on an invoice."""

    __tablename__ = "invoice_lines"
    __table_args__ = (*refs(invoice_id="invoices"), Index(None, "organization_id", "invoice_id"))

    invoice_id: Mapped[UUID | None]
    position: Mapped[int]
    code: Mapped[Str | None]
    name: Mapped[Str]
    quantity: Mapped[Money]
    unit_price: Mapped[Money]
    total: Mapped[Money]


class Payment(TenantRow, Base):
    """Money received, given back (negative amount, status refunded), or tried in vain (failed)."""

    __tablename__ = "payments"
    __table_args__ = (
        one_of("status", "settled", "refunded", "failed"),
        one_of("method", *METHODS),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            invoice_id="invoices",
        ),
        Index("ix_payments_day", "organization_id", "local_day", "clinic_id"),
        Index("ix_payments_invoice", "organization_id", "invoice_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    status: Mapped[Str]
    method: Mapped[Str]
    paid_at: Mapped[Instant]
    local_day: Mapped[Day]
    invoiced_day: Mapped[Day | None]  # the issue of its invoice
    amount: Mapped[Money]
    failure: Mapped[Str | None]  # a code such as declined


class Expense(TenantRow, Base):
    """A cost of running a clinic."""

    __tablename__ = "expenses"
    __table_args__ = (
        *refs(clinic_id="clinics", department_id="departments"),
        Index("ix_expenses_day", "organization_id", "day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    day: Mapped[Day]
    category: Mapped[Str]
    amount: Mapped[Money]
