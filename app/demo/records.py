"""The records that are written: field names are the columns of the CSV files, values their text."""

from typing import Any, NamedTuple, overload

Text = str | None
Record = tuple[Any, ...]  # any of the records below


@overload
def money(cents: int) -> str: ...
@overload
def money(cents: None) -> None: ...
@overload
def money(cents: int | None) -> Text: ...
def money(cents: int | None) -> Text:
    """Cents as a decimal number of two places; None stays None."""
    if cents is None:
        return None
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def flag(value: bool) -> str:
    """A truth value as text."""
    return "true" if value else "false"


class Clinic(NamedTuple):
    id: str
    name: str
    zone: str
    line: str
    city: str
    region: str
    postal_code: str
    country: str
    phone: str
    opening_hours: str  # JSON
    established: str
    accreditation: Text


class Department(NamedTuple):
    id: str
    clinic_id: str
    name: str
    specialty: str


class Room(NamedTuple):
    id: str
    clinic_id: str
    department_id: Text
    name: str
    kind: str
    in_service: str = "true"


class Equipment(NamedTuple):
    id: str
    clinic_id: str
    name: str
    kind: str
    status: str
    status_since: Text
    maintenance_due: str
    minutes_a_day: int


class Practitioner(NamedTuple):
    id: str
    name: str
    prefix: str
    specialty: str
    license_number: str


class Affiliation(NamedTuple):
    id: str
    practitioner_id: str
    clinic_id: str
    department_id: str
    role: str
    is_primary: str
    starts_on: str


class AppointmentType(NamedTuple):
    id: str
    name: str
    minutes: int
    visit: str
    price: str


class Patient(NamedTuple):
    id: str
    record_number: str
    family: str
    given: str
    birth_date: str
    sex: str
    phone: str
    email: str
    line: str
    city: str
    postal_code: str
    country: str
    registered_on: str
    deceased_on: Text
    home_clinic_id: str
    practitioner_id: Text
    auto_pay: str


class Appointment(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    appointment_type_id: str
    room_id: Text
    status: str
    starts_at: str
    ends_at: str
    booked_at: str
    arrived_at: Text
    started_at: Text
    finished_at: Text
    cancelled_at: Text
    cancelled_by: Text
    cancel_reason: Text
    rescheduled: str
    channel: str
    is_new_patient: str
    is_test: str
    note: Text


class StatusChange(NamedTuple):
    id: str
    appointment_id: str
    status: str
    at: str


class Encounter(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    appointment_id: str
    status: str
    setting: str
    reason_code: str
    arrived_at: Text
    starts_at: str
    ends_at: Text
    signed_at: Text
    summary: Text
    actions: Text  # one a line


class Availability(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    kind: str
    reason: Text
    starts_at: str
    ends_at: str
    slots: int


class AccessSample(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    local_day: str
    days: int
    sampled_at: str


class Invoice(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    appointment_id: str
    encounter_id: Text
    number: str
    status: str
    service_day: str
    issue_day: str
    due_day: str
    total: str
    discount: str
    tax: str
    adjusted: str
    paid: str
    balance: str
    automatic: str
    sent_day: Text
    sent_automatically: Text


class InvoiceLine(NamedTuple):
    id: str
    invoice_id: str
    position: int
    code: str
    name: str
    quantity: str
    unit_price: str
    total: str


class Payment(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    invoice_id: str
    status: str
    method: str
    paid_at: str
    amount: str
    failure: Text


class Claim(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    invoice_id: str
    encounter_id: Text
    payer: str
    status: str
    submitted_day: str
    amount: str
    clean: str
    decided_day: Text
    final_day: Text
    first_outcome: Text
    paid: Text
    denied: Text
    adjusted: Text
    denial_code: Text


class Adjudication(NamedTuple):
    id: str
    claim_id: str
    sequence: int
    decided_day: str
    outcome: str
    allowed: str
    paid: str
    adjusted: str
    denied: str
    denial_code: Text


class Expense(NamedTuple):
    id: str
    clinic_id: str
    department_id: Text
    day: str
    category: str
    amount: str


class SurveyAnswer(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    appointment_id: str
    asked_day: str
    answered_at: Text
    satisfaction: int | None
    recommend: int | None
    comment: Text


class Complaint(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    practitioner_id: str
    patient_id: str
    received_day: str
    closed_day: Text
    category: str
    text: str


class Incident(NamedTuple):
    id: str
    clinic_id: str
    department_id: str
    day: str
    severity: str
    category: str


class Shift(NamedTuple):
    id: str
    clinic_id: str
    department_id: Text
    practitioner_id: Text
    person: str
    role: str
    starts_at: str
    ends_at: str
    absent: str


class ResourceUse(NamedTuple):
    id: str
    clinic_id: str
    room_id: Text
    equipment_id: Text
    appointment_id: str
    starts_at: str
    ends_at: Text


class Task(NamedTuple):
    id: str
    clinic_id: str
    department_id: Text
    practitioner_id: Text
    patient_id: Text
    appointment_id: Text
    kind: str
    priority: str
    title: str
    created_day: str
    due_day: str
    done_at: Text
    contacts: int
    contacted_at: Text
    contact_outcome: Text


class CalendarEvent(NamedTuple):
    id: str
    clinic_id: Text
    kind: str
    title: str
    starts_at: str
    ends_at: Text
    attendees: int | None
    impact: Text


class Target(NamedTuple):
    id: str
    clinic_id: Text
    practitioner_id: Text
    metric: str
    value: str
    valid_from: str
    set_by: str
    set_at: str
