"""More records that are written: what follows an invoice, and insurance cover. As in `app.demo.records`."""

from typing import NamedTuple

from app.demo.records import Text


class PaymentPlan(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    invoice_id: str
    status: str
    started_day: str
    ended_day: Text
    total: str


class PlanInstalment(NamedTuple):
    id: str
    clinic_id: str
    plan_id: str
    position: int
    due_day: str
    amount: str
    paid_day: Text


class CreditAccount(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    status: str
    opened_day: str


class CreditEntry(NamedTuple):
    id: str
    clinic_id: str
    account_id: str
    kind: str
    day: str
    amount: str


class InvoiceReminder(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    invoice_id: str
    channel: str
    sent_day: str
    automatic: str


class Chargeback(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    payment_id: str
    status: str
    reason: str
    day: str
    amount: str


class Coverage(NamedTuple):
    id: str
    patient_id: str
    payer: str
    kind: str
    policy: str
    status: str
    rank: int
    starts_on: str
    ends_on: Text
