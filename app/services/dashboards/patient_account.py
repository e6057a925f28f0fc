"""What a patient owes and was charged lately, and who pays for them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, exists, func, select

from app.extensions import db
from app.models import Claim, Coverage, Invoice, InvoiceLine, Patient, Payment
from app.services.chart.chart_reading import Found, Part

CHARGES = 5
COVERAGES = Part(
    Coverage, (Coverage.status != "draft",), (Coverage.rank, Coverage.starts_on.desc().nulls_last(), Coverage.id)
)


@dataclass(frozen=True)
class Charge:
    """An invoice: `amount`, less what is `reduced` by agreement and `covered` by insurance, leaves `own`.
    Covered and own are None while a claim waits."""

    day: date
    description: str | None
    amount: Decimal
    reduced: Decimal
    covered: Decimal | None
    own: Decimal | None
    open: Decimal
    due: date | None


@dataclass(frozen=True)
class Account:
    """The balance of all open invoices, the first day on which one is due, and the newest invoices.

    `undecided` is the part of the balance on invoices that an insurer still decides about; `own_due` is the first due
    day among the others.
    """

    balance: Decimal
    undecided: Decimal
    due: date | None
    own_due: date | None
    charges: tuple[Charge, ...]


@dataclass(frozen=True)
class Insurance:
    """A policy. `status`: active, ended, not_started or cancelled on the day asked about."""

    payer: str | None
    policy: str | None
    kind: str | None
    status: str


def is_owed() -> ColumnElement[bool]:
    """Is there something left to pay on an invoice that has been issued?"""
    return and_(Invoice.status == "issued", Invoice.balance > 0)


def account_of(patient: Patient) -> Account:
    """What a patient owes, in one statement."""
    of_patient = (Invoice.organization_id == patient.organization_id, Invoice.patient_id == patient.id)
    unpaid = is_owed()
    insured = (
        select(func.coalesce(func.sum(Payment.amount), 0))
        .where(
            Payment.organization_id == Invoice.organization_id,
            Payment.invoice_id == Invoice.id,
            Payment.method == "insurance",
            Payment.status != "failed",
        )
        .scalar_subquery()
    )
    waits = exists().where(
        Claim.organization_id == Invoice.organization_id, Claim.invoice_id == Invoice.id, Claim.status == "pending"
    )
    service = (
        select(func.min(InvoiceLine.name))
        .where(
            InvoiceLine.organization_id == Invoice.organization_id,
            InvoiceLine.invoice_id == Invoice.id,
            InvoiceLine.position <= 1,
        )
        .scalar_subquery()
    )
    query = (
        select(
            Invoice,
            service,
            insured,
            waits,
            func.coalesce(func.sum(Invoice.balance).filter(unpaid).over(), 0),
            func.coalesce(func.sum(Invoice.balance).filter(unpaid, waits).over(), 0),
            func.min(Invoice.due_day).filter(unpaid).over(),
            func.min(Invoice.due_day).filter(unpaid, ~waits).over(),
        )
        .where(*of_patient, Invoice.status.in_(("issued", "paid")))
        .order_by(Invoice.issue_day.desc(), Invoice.id)
        .limit(CHARGES)
    )
    rows = db.session.execute(query).all()
    if not rows:
        return Account(Decimal(0), Decimal(0), None, None, ())
    charges = tuple(_charge(invoice, name, None if pending else paid) for invoice, name, paid, pending, *_ in rows)
    *_, balance, undecided, due, own_due = rows[0]
    return Account(balance, undecided, due, own_due, charges)


def _charge(invoice: Invoice, name: str | None, covered: Decimal | None) -> Charge:
    whole = invoice.total - invoice.adjusted
    return Charge(
        day=invoice.service_day or invoice.issue_day,
        description=name,
        amount=invoice.total,
        reduced=invoice.adjusted,
        covered=covered,
        own=None if covered is None else max(Decimal(0), whole - covered),
        open=invoice.balance,
        due=invoice.due_day if invoice.balance > 0 else None,
    )


def insurance_in(found: tuple[Found, ...], day: date) -> Insurance | None:
    """The policy that pays first among those in force, else the latest; None without any."""
    policies = [_insurance(each.record, day) for each in found]
    return next((each for each in policies if each.status == "active"), policies[0] if policies else None)


def _insurance(cover: Coverage, day: date) -> Insurance:
    status = "cancelled" if cover.status == "cancelled" else "active"
    if status == "active" and cover.ends_on is not None and cover.ends_on < day:
        status = "ended"
    if status == "active" and cover.starts_on is not None and cover.starts_on > day:
        status = "not_started"
    return Insurance(cover.payer, cover.policy, cover.kind, status)
