"""The clinical records that are written: field names are the columns of the CSV files, values their text."""

from typing import NamedTuple

from app.demo.records import Text


class Preparation(NamedTuple):
    id: str
    appointment_type_id: str
    audience: str
    position: int
    text: str


class Condition(NamedTuple):
    id: str
    patient_id: str
    practitioner_id: str
    code: str
    name: str
    status: str
    category: str
    confirmed: str
    onset_day: str
    recorded_day: str


class Allergy(NamedTuple):
    id: str
    patient_id: str
    practitioner_id: str
    allergen: str
    reaction: str
    status: str
    category: str
    criticality: str
    severity: str
    recorded_day: str


class Medication(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    practitioner_id: str
    status: str
    code: str
    name: str
    instruction: str
    doses_per_day: str
    units_per_dose: str
    dose_times: str  # JSON
    prescribed_day: str
    starts_on: str
    supply_days: int
    refills: int


class Dispense(NamedTuple):
    id: str
    medication_id: str
    status: str
    dispensed_at: str
    quantity: str
    days_supply: int


class Dose(NamedTuple):
    id: str
    patient_id: str
    medication_id: str
    status: str
    due_at: str


class ClinicalOrder(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    practitioner_id: str
    status: str
    kind: str
    code: str
    name: str
    ordered_at: str
    scheduled_at: Text
    place: Text
    fasting: Text
    preparation_hours: int | None
    preparation: Text


class Observation(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    practitioner_id: str
    code: str
    category: str
    name: str
    status: str
    observed_at: str
    value: Text
    unit: str
    systolic: int | None
    diastolic: int | None
    low: Text
    high: Text
    abnormal: Text


class Result(NamedTuple):
    id: str
    clinical_order_id: str
    status: str
    kind: str
    code: str
    name: str
    summary: str
    sampled_at: str
    issued_at: str
    review: str
    reviewed_at: Text


class ResultItem(NamedTuple):
    id: str
    result_id: str
    observation_id: str


class Goal(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    practitioner_id: str
    status: str
    achievement: str
    title: str
    actions: str  # JSON
    targets: str  # JSON
    starts_on: str
    due_day: str


class CarePlan(NamedTuple):
    id: str
    patient_id: str
    practitioner_id: str
    status: str
    title: str
    activities: str  # JSON
    starts_on: str


class Message(NamedTuple):
    id: str
    clinic_id: str
    patient_id: str
    practitioner_id: str
    in_reply_to_id: Text
    sender: str
    channel: str
    sent_at: str
    read_at: Text
    subject: str
    body: str
