"""Medication, MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.ingest.mapping.fhir.chart import Refs, about, at, by, kept, on, quantity, small, span, status_of
from app.ingest.mapping.fhir.elements import (
    Resource,
    boolean,
    code,
    codes,
    decimal,
    label,
    objects,
    one,
    positive_int,
    strings,
    text,
    written_day,
)
from app.ingest.mapping.fhir.references import name, target, targets
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.mapping.substances import strength, substance
from app.ingest.reject import Reject, Unused

_REQUEST = {
    "active": "active",
    "on-hold": "on_hold",
    "cancelled": "cancelled",
    "completed": "completed",
    "stopped": "stopped",
    "draft": "draft",
    "unknown": "unknown",
}
_STATEMENT = {
    "active": "active",
    "completed": "completed",
    "intended": "draft",
    "stopped": "stopped",
    "on-hold": "on_hold",
    "unknown": "unknown",
    "not-taken": "stopped",
}
_DISPENSE = {
    "preparation": "in_progress",
    "in-progress": "in_progress",
    "on-hold": "in_progress",
    "cancelled": "cancelled",
    "declined": "cancelled",
    "completed": "completed",
    "stopped": "stopped",
    "unknown": "unknown",
}
_ADMINISTRATION = {
    "completed": "taken",
    "not-done": "missed",
    "in-progress": "",
    "on-hold": "",
    "stopped": "",
    "unknown": "",
}
_DAYS = {"s": 86400, "min": 1440, "h": 24, "d": 1}  # how many of the unit make a day
_LONGER = {"wk": 7, "mo": 30, "a": 365}  # how many days make the unit
_TIMES_A_DAY = {"QD": 1, "AM": 1, "PM": 1, "BED": 1, "BID": 2, "TID": 3, "QID": 4, "Q4H": 6, "Q6H": 4, "Q8H": 3}
_RATE = Decimal("0.0001")
_LARGEST_RATE = Decimal(10) ** 5


def medication(resource: Resource, own_id: str) -> Mapped:
    """An entry of the drug list."""
    path = "Medication"
    own = name("drugs", path, own_id)
    if code(resource, "status", path) == "entered-in-error":
        return Mapped(path, own, remove=True)
    found, called = codes(resource, "code", path), label(resource, "code", path)
    return Mapped(
        path, own, [Row(own, {"code": found[0] if found else None, "name": called, "substance": substance(called)})]
    )


def medication_request(resource: Resource, own_id: str) -> Mapped:
    """A prescription, or what a patient reports to take; requests not to give something are not used."""
    path = "MedicationRequest"
    own = name("medications", path, own_id)
    status = status_of(resource, path, _REQUEST)
    if status is None:
        return Mapped(path, own, remove=True)
    if boolean(resource, "doNotPerform", path):
        raise Unused
    refs = about(resource, path) | by(resource, path, "requester", "recorder")
    prescribed = written_day(resource, "authoredOn", path)
    supply = one(resource, "dispenseRequest", path)
    inner = f"{path}.dispenseRequest"
    values = {
        "status": status,
        "reported": bool(boolean(resource, "reportedBoolean", path)) or "reportedReference" in resource,
        "prescribed_day": prescribed,
        "supply_days": _days(supply, "expectedSupplyDuration", inner),
        "quantity": quantity(supply, "quantity", inner)[0],
        "refills": _refills(supply, inner),
    }
    return Mapped(path, own, [_row(resource, path, own, values, refs, "dosageInstruction", prescribed)])


def medication_statement(resource: Resource, own_id: str) -> Mapped:
    """What a patient says to take."""
    path = "MedicationStatement"
    own = name("medications", path, own_id)
    status = status_of(resource, path, _STATEMENT)
    if status is None:
        return Mapped(path, own, remove=True)
    refs = about(resource, path, encounter="context")
    begun = on(resource, path, "effective")
    return Mapped(path, own, [_row(resource, path, own, {"status": status, "reported": True}, refs, "dosage", begun)])


def _row(
    resource: Resource, path: str, own: Name, values: dict[str, Any], refs: Refs, key: str, begun: date | None
) -> Row:
    dosages = objects(resource, key, path)
    dosage, inner = (dosages[0] if dosages else {}), f"{path}.{key}"
    drug, called, drug_refs = _drug(resource, path)
    repeat = one(one(dosage, "timing", inner), "repeat", f"{inner}.timing")
    start, end = span(repeat, "boundsPeriod", f"{inner}.timing.repeat")
    said, last = span(resource, "effectivePeriod", path)
    each, unit = _dose(dosage, inner)
    values |= drug | {
        "doses_per_day": _doses_per_day(dosage, repeat, inner),
        "units_per_dose": each,
        "dose_times": _times(repeat, f"{inner}.timing.repeat"),
        "as_needed": boolean(dosage, "asNeededBoolean", inner) or ("asNeededCodeableConcept" in dosage or None),
        "starts_on": start or said or begun,
        "ends_on": end or last,
    }
    amount = f"{each.normalize():f} {unit}" if each is not None and unit else strength(called)
    told = text(dosage, "text", inner) or text(dosage, "patientInstruction", inner)
    return Row(own, values, refs | drug_refs, kept({"name": called, "dosage": amount, "instruction": told}))


def _drug(resource: Resource, path: str) -> tuple[dict[str, Any], str | None, Refs]:
    """Code and name of what is taken, or the reference to it; a contained Medication is read on the spot."""
    reference = one(resource, "medicationReference", path)
    local = reference.get("reference")
    place: Resource = resource
    key = "medicationCodeableConcept"
    if isinstance(local, str) and local.startswith("#"):
        place = next((each for each in objects(resource, "contained", path) if each.get("id") == local[1:]), {})
        key = "code"
    elif reference:
        found = targets(resource, reference, f"{path}.medicationReference", "drugs")
        return {}, text(reference, "display", f"{path}.medicationReference"), {"drug_id": found.get("drugs", ())}
    found_codes, called = codes(place, key, path), label(place, key, path)
    return {"code": found_codes[0] if found_codes else None, "substance": substance(called)}, called, {}


def _dose(dosage: Resource, path: str) -> tuple[Decimal | None, str | None]:
    for each in objects(dosage, "doseAndRate", path):
        value, unit = quantity(each, "doseQuantity", f"{path}.doseAndRate")
        if value is not None and 0 < value < _LARGEST_RATE:
            return value.quantize(_RATE), unit
    return None, None


def _doses_per_day(dosage: Resource, repeat: Resource, path: str) -> Decimal | None:
    inner = f"{path}.timing.repeat"
    times, every = positive_int(repeat, "frequency", inner), decimal(repeat, "period", inner)
    unit = code(repeat, "periodUnit", inner, frozenset(_DAYS | _LONGER))
    if unit is None or not every or every < 0:
        found = codes(one(dosage, "timing", path), "code", f"{path}.timing")
        known = next((_TIMES_A_DAY[each] for each in found if each in _TIMES_A_DAY), None)
        return None if known is None else Decimal(known)
    rate = Decimal(times or 1) / every * _DAYS.get(unit, 1) / _LONGER.get(unit, 1)
    return rate.quantize(_RATE) if rate < _LARGEST_RATE else None


def _times(repeat: Resource, path: str) -> dict[str, list[str]] | None:
    found = [each[:5] for each in strings(repeat, "timeOfDay", path)]
    return {"times": found} if found else None


def _refills(supply: Resource, path: str) -> int | None:
    value = supply.get("numberOfRepeatsAllowed")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Reject(f"{path}.numberOfRepeatsAllowed", "bad_number", "a whole number from 0 was expected")
    return small(value)


def _days(element: Resource, key: str, path: str) -> int | None:
    """A Duration in days; without a unit it counts days."""
    value, unit = quantity(element, key, path)
    if value is None or value <= 0:
        return None
    return small(value * _LONGER.get(unit or "d", 1) / _DAYS.get(unit or "d", 1))


def medication_dispense(resource: Resource, own_id: str) -> Mapped:
    """Medication handed out for a prescription."""
    path = "MedicationDispense"
    own = name("dispenses", path, own_id)
    status = status_of(resource, path, _DISPENSE)
    if status is None:
        return Mapped(path, own, remove=True)
    refs = {key: names for key, names in about(resource, path, encounter="context").items() if key == "patient_id"}
    for asked in objects(resource, "authorizingPrescription", path)[:1]:
        found = targets(resource, asked, f"{path}.authorizingPrescription", "medications")
        refs |= {"medication_id": found.get("medications", ())}
    stamp = {"whenDateTime": resource.get("whenHandedOver") or resource.get("whenPrepared")}
    values = {
        "status": status,
        "dispensed_at": at(stamp, path, "when"),
        "quantity": quantity(resource, "quantity", path)[0],
        "days_supply": _days(resource, "daysSupply", path),
    }
    return Mapped(path, own, [Row(own, values, refs)])


def medication_administration(resource: Resource, own_id: str) -> Mapped:
    """A dose of a prescription that was taken or missed; without a prescription it is not used."""
    path = "MedicationAdministration"
    own = name("doses", path, own_id)
    status = status_of(resource, path, _ADMINISTRATION)
    if status is None:
        return Mapped(path, own, remove=True)
    due = at(resource, path, "effective")
    asked = target(resource, resource, "request", path, "medications")
    if not status or not asked:
        raise Unused
    if due is None:
        raise Reject(f"{path}.effectiveDateTime", "required", "a dose needs its time")
    refs = {"patient_id": about(resource, path)["patient_id"], "medication_id": asked["medications"]}
    return Mapped(path, own, [Row(own, {"status": status, "due_at": due}, refs)])
