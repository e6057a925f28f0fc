"""What follows an invoice until its money is in, or out again: reminders, chargebacks."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Money, Str, one_of

PATIENCE = timedelta(days=14)  # a payment that follows a reminder within this time counts as its effect


class InvoiceReminder(TenantRow, Base):
    """A reminder of an unpaid invoice. Whether it worked is known on `judged_day`, its day plus `PATIENCE`.

    `answered_day`: of the first money that came for the invoice on or after the reminder's day.
    """

    __tablename__ = "invoice_reminders"
    __table_args__ = (
        one_of("channel", "email", "text", "letter", "phone"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            invoice_id="invoices",
        ),
        Index("ix_invoice_reminders_day", "organization_id", "judged_day", "clinic_id"),
        Index("ix_invoice_reminders_invoice", "organization_id", "invoice_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    invoice_id: Mapped[UUID | None]
    channel: Mapped[Str]
    sent_day: Mapped[Day]
    judged_day: Mapped[Day]
    answered_day: Mapped[Day | None]
    automatic: Mapped[bool | None]


class Chargeback(TenantRow, Base):
    """A payment that the payer's bank took back, for a reason code of its network."""

    __tablename__ = "chargebacks"
    __table_args__ = (
        one_of("status", "open", "won", "lost"),
        *refs(
            clinic_id="clinics",
            department_id="departments",
            practitioner_id="practitioners",
            patient_id="patients",
            payment_id="payments",
        ),
        Index("ix_chargebacks_day", "organization_id", "day", "clinic_id"),
        Index("ix_chargebacks_payment", "organization_id", "payment_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    status: Mapped[Str]
    reason: Mapped[Str | None]
    day: Mapped[Day]
    amount: Mapped[Money]
