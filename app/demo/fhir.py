"""Records as FHIR R4 resources, in the words that the mapping of `app.ingest` understands."""

from collections.abc import Callable
from typing import Any

from app.demo import account_records, records

EXTENSION = "https://mediconnect.example/fhir/"
_TYPES = "http://terminology.hl7.org/CodeSystem/"
_STATUS = {
    "booked": "booked",
    "arrived": "arrived",
    "started": "arrived",
    "completed": "fulfilled",
    "cancelled": "cancelled",
    "no_show": "noshow",
}
_CANCELLED = {
    "patient_ill": "pat-illness",
    "work": "pat-schedule",
    "transport": "pat-transport",
    "better": "pat-better",
    "other": "pat",
    "practitioner_ill": "prov-illness",
    "practitioner_away": "prov-pers",
    "equipment": "prov-equip",
    "overbooked": "prov-sched",
}

Resource = dict[str, Any]


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"reference": f"{kind}/{name}"}


def _coding(system: str, code: str, display: str | None = None) -> Resource:
    coding = {"system": _TYPES + system, "code": code}
    return {"coding": [coding | {"display": display} if display else coding]}


def _extension(name: str, key: str, value: Any) -> Resource:
    return {"url": EXTENSION + name, key: value}


def _without_nothing(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if value is not None}


def department(row: records.Department) -> Resource:
    """A department is an Organization of type dept; its clinic is a Location."""
    return {
        "resourceType": "Organization",
        "id": row.id,
        "type": [_coding("organization-type", "dept")],
        "name": row.name,
        "extension": [
            _extension("clinic", "valueReference", _reference("Location", row.clinic_id)),
            _extension("specialty", "valueString", row.specialty),
        ],
    }


def room(row: records.Room) -> Resource:
    """A room is a Location of physical type ro within the clinic's."""
    return {
        "resourceType": "Location",
        "id": row.id,
        "status": "active",
        "name": row.name,
        "physicalType": _coding("location-physical-type", "ro"),
        "partOf": _reference("Location", row.clinic_id),
        "extension": [_extension("department", "valueReference", _reference("Organization", row.department_id or ""))],
    }


def practitioner(row: records.Practitioner) -> Resource:
    """A doctor with licence and specialty."""
    family, given = row.name.split(", ")
    return {
        "resourceType": "Practitioner",
        "id": row.id,
        "identifier": [{"type": _coding("v2-0203", "MD"), "value": row.license_number}],
        "active": True,
        "name": [{"use": "official", "family": family, "given": [given], "prefix": [row.prefix]}],
        "qualification": [{"code": {"text": row.specialty}}],
    }


def affiliation(row: records.Affiliation) -> Resource:
    """A PractitionerRole in a department of a clinic."""
    return {
        "resourceType": "PractitionerRole",
        "id": row.id,
        "active": True,
        "period": {"start": row.starts_on},
        "practitioner": _reference("Practitioner", row.practitioner_id),
        "organization": _reference("Organization", row.department_id),
        "location": [_reference("Location", row.clinic_id)],
        "code": [{"text": row.role}],
        "extension": [_extension("primary", "valueBoolean", row.is_primary == "true")],
    }


def patient(row: records.Patient) -> Resource:
    """A patient; any department of the home clinic stands for the clinic that keeps the record."""
    return _without_nothing(
        {
            "resourceType": "Patient",
            "id": row.id,
            "extension": [
                _extension("registered", "valueDate", row.registered_on),
                _extension("auto-pay", "valueBoolean", row.auto_pay == "true"),
            ],
            "identifier": [{"type": _coding("v2-0203", "MR"), "value": row.record_number}],
            "active": True,
            "name": [{"use": "official", "family": row.family, "given": [row.given]}],
            "telecom": [{"system": "phone", "value": row.phone}, {"system": "email", "value": row.email}],
            "gender": row.sex,
            "birthDate": row.birth_date,
            "address": [{"line": [row.line], "city": row.city, "postalCode": row.postal_code, "country": row.country}],
            "generalPractitioner": [_reference("Practitioner", row.practitioner_id)] if row.practitioner_id else None,
            "managingOrganization": _reference("Organization", f"{row.home_clinic_id}-GP"),
        }
    )


def coverage(row: account_records.Coverage) -> Resource:
    """A policy of a patient."""
    period = {"start": row.starts_on} if row.ends_on is None else {"start": row.starts_on, "end": row.ends_on}
    return {
        "resourceType": "Coverage",
        "id": row.id,
        "status": row.status,
        "type": {"text": row.kind},
        "subscriberId": row.policy,
        "beneficiary": _reference("Patient", row.patient_id),
        "order": row.rank,
        "period": period,
        "payor": [{"display": row.payer}],
    }


def appointment(row: records.Appointment) -> Resource:
    """An appointment; its stamps are extensions, for R4 has no place for them."""
    extensions = [
        _extension("clinic", "valueReference", _reference("Location", row.clinic_id)),
        _extension("department", "valueReference", _reference("Organization", row.department_id)),
        _extension("channel", "valueCode", row.channel),
        _extension("new-patient", "valueBoolean", row.is_new_patient == "true"),
    ]
    if row.room_id:
        extensions.append(_extension("room", "valueReference", _reference("Location", row.room_id)))
    for name, at in (
        ("arrived", row.arrived_at),
        ("started", row.started_at),
        ("finished", row.finished_at),
        ("cancelled-at", row.cancelled_at),
    ):
        if at:
            extensions.append(_extension(name, "valueInstant", at))
    if row.cancelled_by:
        extensions.append(_extension("cancelled-by", "valueCode", row.cancelled_by))
    if row.rescheduled == "true":
        extensions.append(_extension("rescheduled", "valueBoolean", True))
    resource: Resource = {
        "resourceType": "Appointment",
        "id": row.id,
        "extension": extensions,
        "status": _STATUS[row.status],
        "serviceType": [{"coding": [{"code": row.appointment_type_id}]}],
        "start": row.starts_at,
        "end": row.ends_at,
        "created": row.booked_at,
        "participant": [
            {"actor": _reference("Patient", row.patient_id), "status": "accepted"},
            {"actor": _reference("Practitioner", row.practitioner_id), "status": "accepted"},
        ],
    }
    if row.cancel_reason:
        resource["cancelationReason"] = _coding("appointment-cancellation-reason", _CANCELLED[row.cancel_reason])
    if row.note:
        resource["comment"] = row.note
    if row.is_test == "true":
        resource["meta"] = {"tag": [{"system": _TYPES + "v3-ActReason", "code": "HTEST"}]}
    return resource


def encounter(row: records.Encounter) -> Resource:
    """An encounter with the history of its status, from which waits follow."""
    history = []
    if row.arrived_at:
        history.append({"status": "arrived", "period": {"start": row.arrived_at, "end": row.starts_at}})
    working = {"start": row.starts_at, "end": row.ends_at} if row.ends_at else {"start": row.starts_at}
    history.append({"status": "in-progress", "period": working})
    resource: Resource = {
        "resourceType": "Encounter",
        "id": row.id,
        "status": "finished" if row.ends_at else "in-progress",
        "statusHistory": history,
        "class": {"system": _TYPES + "v3-ActCode", "code": row.setting},
        "subject": _reference("Patient", row.patient_id),
        "appointment": [_reference("Appointment", row.appointment_id)],
        "participant": [{"individual": _reference("Practitioner", row.practitioner_id)}],
        "period": working,
        "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": row.reason_code}]}],
        "location": [{"location": _reference("Location", row.clinic_id)}],
        "serviceProvider": _reference("Organization", row.department_id),
    }
    told = (
        ("signed", "valueInstant", row.signed_at),
        ("summary", "valueString", row.summary),
        ("actions", "valueString", row.actions),
    )
    if row.signed_at:
        resource["extension"] = [_extension(name, key, value) for name, key, value in told if value]
    return resource


def invoice(row: records.Invoice, lines: list[records.InvoiceLine]) -> Resource:
    """An invoice issued by a department, with a price component for each line and one for the discount."""
    return {
        "resourceType": "Invoice",
        "id": row.id,
        "extension": [
            _extension("appointment", "valueReference", _reference("Appointment", row.appointment_id)),
            _extension("encounter", "valueReference", _reference("Encounter", row.encounter_id or "")),
            _extension("clinic", "valueReference", _reference("Location", row.clinic_id)),
            _extension("service-day", "valueDate", row.service_day),
            _extension("due", "valueDate", row.due_day),
            _extension("discount", "valueMoney", _money(row.discount)),
            _extension("automatic", "valueBoolean", row.automatic == "true"),
            _extension("sent", "valueDate", row.sent_day),
            _extension("sent-automatically", "valueBoolean", row.sent_automatically == "true"),
        ],
        "identifier": [{"value": row.number}],
        "status": row.status,
        "subject": _reference("Patient", row.patient_id),
        "date": row.issue_day,
        "participant": [{"actor": _reference("Practitioner", row.practitioner_id)}],
        "issuer": _reference("Organization", row.department_id),
        "lineItem": [
            {
                "sequence": line.position,
                "chargeItemCodeableConcept": {"coding": [{"code": line.code, "display": line.name}]},
                "priceComponent": [{"type": "base", "amount": _money(line.unit_price)}],
            }
            for line in lines
        ],
        "totalGross": _money(row.total),
    }


def payment(name: str, invoice_id: str, at: str, method: str, amount: str) -> Resource:
    """Money for an invoice, received or given back at an instant."""
    return {
        "resourceType": "PaymentNotice",
        "id": name,
        "extension": [_extension("method", "valueCode", method)],
        "status": "active",
        "request": _reference("Invoice", invoice_id),
        "created": at,
        "amount": _money(amount),
    }


def _money(amount: str) -> dict[str, float]:
    return {"value": float(amount)}


RESOURCES: dict[type[records.Record], tuple[str, Callable[[Any], Resource]]] = {
    records.Department: ("Organization", department),
    records.Room: ("Location", room),
    records.Practitioner: ("Practitioner", practitioner),
    records.Affiliation: ("PractitionerRole", affiliation),
    records.Patient: ("Patient", patient),
    account_records.Coverage: ("Coverage", coverage),
    records.Appointment: ("Appointment", appointment),
    records.Encounter: ("Encounter", encounter),
}
