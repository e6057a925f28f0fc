"""What the biller chases: overdue invoices and denied claims, by number and amount. No name and no diagnosis."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.core.actor import Actor
from app.core.permissions import Permission
from app.extensions import db
from app.models import Claim, Clinic, Invoice, Patient
from app.models.collection import InvoiceReminder
from app.services import audit
from app.services.access import LOOK
from app.services.dashboards.readings import Filters

LIMIT = 8
APPEAL_DAYS = 180  # the longest common time for an appeal; older denials are no longer work


@dataclass(frozen=True)
class Owed:
    """One bill: `reference` is the invoice's number, `record` the patient's record number, `days` its age."""

    id: UUID
    reference: str | None
    record: str | None
    clinic: str
    payer: str | None
    reason: str | None
    amount: Decimal
    since: date
    days: int
    reminders: int


@dataclass(frozen=True)
class Chase:
    """What is to be chased: overdue invoices, the largest debt first; denials, the first to run out of time first."""

    invoices: tuple[Owed, ...]
    denials: tuple[Owed, ...]


def to_chase(actor: Actor, filters: Filters, today: date, asks_again: bool = False) -> Chase:
    """Both lists; audited, since each row stands for a patient. Commits the audit lines before rows are handed out.

    `asks_again`: a page asks by itself, which leaves lines only for those who have come onto it since. Who may not read
    figures of money gets Forbidden.
    """
    actor.require(Permission.DASHBOARD_BILLING)
    invoices, owing = _overdue_invoices(actor, filters, today)
    denials, denied = _denied_claims(actor, filters, today)
    within = LOOK if asks_again else None
    audit.record_lists(actor, "patient", {"invoice.chase": owing, "claim.chase": denied}, within)
    db.session.commit()
    return Chase(invoices, denials)


Found = tuple[tuple[Owed, ...], list[UUID]]  # rows, and the patients whom they stand for


def _overdue_invoices(actor: Actor, filters: Filters, today: date) -> Found:
    """Issued invoices whose due date has passed, largest balance first."""
    reminders = (
        select(func.count())
        .where(InvoiceReminder.organization_id == Invoice.organization_id, InvoiceReminder.invoice_id == Invoice.id)
        .scalar_subquery()
    )
    query = (
        select(Invoice, Patient, Clinic.name, reminders)
        .join(Clinic, (Clinic.organization_id == Invoice.organization_id) & (Clinic.id == Invoice.clinic_id))
        .outerjoin(Patient, (Patient.organization_id == Invoice.organization_id) & (Patient.id == Invoice.patient_id))
        .where(
            Invoice.organization_id == actor.organization_id,
            Invoice.status.in_(("issued", "paid")),
            Invoice.balance > 0,
            Invoice.due_day < today,
            *_own(actor, filters, Invoice),
        )
        .order_by(Invoice.balance.desc(), Invoice.id)
        .limit(LIMIT)
    )
    found = db.session.execute(query).all()
    rows = tuple(
        Owed(
            invoice.id,
            invoice.number,
            patient.record_number if patient else None,
            clinic,
            None,
            None,
            invoice.balance,
            invoice.due_day,
            (today - invoice.due_day).days,
            count,
        )
        for invoice, patient, clinic, count in found
    )
    return rows, _named([row[0].patient_id for row in found])


def _denied_claims(actor: Actor, filters: Filters, today: date) -> Found:
    """Claims denied within the time of appeal, the first to run out of it first."""
    denied = func.coalesce(Claim.denied, Claim.amount)
    query = (
        select(Claim, Invoice.number, Patient, Clinic.name, denied)
        .join(Clinic, (Clinic.organization_id == Claim.organization_id) & (Clinic.id == Claim.clinic_id))
        .outerjoin(Invoice, (Invoice.organization_id == Claim.organization_id) & (Invoice.id == Claim.invoice_id))
        .outerjoin(Patient, (Patient.organization_id == Claim.organization_id) & (Patient.id == Claim.patient_id))
        .where(
            Claim.organization_id == actor.organization_id,
            Claim.status == "denied",
            Claim.decided_day >= today - timedelta(days=APPEAL_DAYS),
            *_own(actor, filters, Claim),
        )
        .order_by(Claim.decided_day, Claim.id)
        .limit(LIMIT)
    )
    found = db.session.execute(query).all()
    rows = tuple(
        Owed(
            claim.id,
            number,
            patient.record_number if patient else None,
            clinic,
            claim.payer,
            claim.denial_code,
            amount,
            decided,
            (today - decided).days,
            0,
        )
        for claim, number, patient, clinic, amount in found
        if (decided := claim.decided_day) is not None
    )
    return rows, _named([row[0].patient_id for row in found])


def _own(actor: Actor, filters: Filters, model: type[Invoice] | type[Claim]) -> list[ColumnElement[bool]]:
    """Within the actor's clinics and within what the dashboard is about."""
    conditions: list[ColumnElement[bool]] = [] if actor.clinic_ids is None else [model.clinic_id.in_(actor.clinic_ids)]
    for name, column in (("clinic", model.clinic_id), ("practitioner", model.practitioner_id)):
        if name in filters:
            conditions.append(column.in_(filters[name]))
    return conditions


def _named(patients: list[UUID | None]) -> list[UUID]:
    return [patient_id for patient_id in patients if patient_id is not None]
