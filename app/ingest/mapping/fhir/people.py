"""Patient, Practitioner, PractitionerRole."""

import json
from datetime import datetime
from typing import Any

from app.ingest.mapping.calendar import is_to_come
from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    boolean,
    code,
    codes,
    date_time,
    day,
    label,
    objects,
    one,
    period,
    strings,
    text,
)
from app.ingest.mapping.fhir.references import name, target, targets
from app.ingest.mapping.rows import Alias, Mapped, Name, Row
from app.ingest.reject import Reject

_GENDERS = frozenset({"male", "female", "other", "unknown"})
_CHANNELS = frozenset({"portal", "email", "sms", "phone", "letter"})
_NAME_USES = ("official", "usual", None)
_PAST = frozenset({"old", "maiden"})


def patient(resource: Resource, own_id: str) -> Mapped:
    """A patient; one who died on an unknown day, or whose record another one replaced, is kept as inactive."""
    path = "Patient"
    own = name("patients", "Patient", own_id)
    birth = day(resource, "birthDate", path)
    if birth and is_to_come(birth):
        raise Reject(f"{path}.birthDate", "bad_date", "a birth date is not after today")
    deceased = date_time(resource, "deceasedDateTime", path)
    is_dead = boolean(resource, "deceasedBoolean", path) is True
    address = next(iter(objects(resource, "address", path)), {})
    postal = text(address, "postalCode", f"{path}.address")
    extensions = Extensions(resource, path)
    element, inner = extensions("registered")
    channel, consent, reminders = (extensions(each) for each in ("channel", "marketing-consent", "reminders"))
    pays, pays_path = extensions("auto-pay")
    replaced = any(link.get("type") == "replaced-by" for link in objects(resource, "link", path))
    values = {
        "birth_date": birth,
        "sex": code(resource, "gender", path, _GENDERS) or "unknown",
        "postal_area": postal[:3] if postal else None,
        "deceased_on": deceased.date() if isinstance(deceased, datetime) else deceased,
        "active": boolean(resource, "active", path) is not False and not replaced and not is_dead,
        "registered_on": day(element, "valueDate", inner),
        "preferred_channel": code(channel[0], "valueCode", channel[1], _CHANNELS),
        "marketing_consent": boolean(consent[0], "valueBoolean", consent[1]),
        "appointment_reminders": boolean(reminders[0], "valueBoolean", reminders[1]),
        "auto_pay": boolean(pays, "valueBoolean", pays_path),
    }
    return Mapped("Patient", own, [Row(own, values, _usual(resource), *_sealed(resource, address))])


def _usual(resource: Resource) -> dict[str, Any]:
    """The usual doctor and the clinic that keeps the record."""
    path = "Patient"
    refs: dict[str, tuple[Name, ...]] = {}
    for reference in objects(resource, "generalPractitioner", path):
        found = targets(resource, reference, f"{path}.generalPractitioner", "practitioners")
        if "practitioners" in found and "practitioner_id" not in refs:
            refs["practitioner_id"] = found["practitioners"]
    managing = target(resource, resource, "managingOrganization", path, "clinics")
    if "clinics" in managing:
        refs["home_clinic_id"] = managing["clinics"]
    return refs


def _sealed(resource: Resource, address: Resource) -> tuple[dict[str, str], dict[str, str]]:
    """Sealed texts and the values of blind indexes."""
    path = "Patient"
    called, number = human_name(resource, path), _record_number(resource)
    points = {
        system: text(point, "value", f"{path}.telecom")
        for point in reversed(objects(resource, "telecom", path))
        if (system := point.get("system")) in ("phone", "email") and point.get("use") != "old"
    }
    contact: dict[str, str | list[str] | None] = {
        "phone": points.get("phone"),
        "email": points.get("email"),
        "lines": strings(address, "line", f"{path}.address"),
        "city": text(address, "city", f"{path}.address"),
        "region": text(address, "state", f"{path}.address"),
        "postal_code": text(address, "postalCode", f"{path}.address"),
        "country": text(address, "country", f"{path}.address"),
    }
    known = {key: value for key, value in contact.items() if value}
    texts = {"name": called, "record_number": number}
    texts["contact"] = json.dumps(known, ensure_ascii=False, sort_keys=True) if known else None
    blinds = {"record_number_index": number, "email_index": points.get("email")}
    return {k: v for k, v in texts.items() if v}, {k: v for k, v in blinds.items() if v}


def human_name(resource: Resource, path: str) -> str | None:
    """ "Family, Given" of the name in use: official before usual before any that is not past."""
    names = [each for each in objects(resource, "name", path) if code(each, "use", f"{path}.name") not in _PAST]
    names.sort(key=lambda each: _NAME_USES.index(each.get("use")) if each.get("use") in _NAME_USES else 9)
    inner = f"{path}.name"
    for each in names:
        family, given = text(each, "family", inner), " ".join(strings(each, "given", inner))
        joined = ", ".join(part for part in (family, given) if part)
        if found := joined or text(each, "text", inner):
            return found
    return None


def _record_number(resource: Resource) -> str | None:
    path = "Patient.identifier"
    for identifier in objects(resource, "identifier", "Patient"):
        kinds = {text(coding, "code", path) for coding in objects(one(identifier, "type", path), "coding", path)}
        if "MR" in kinds:
            return text(identifier, "value", path)
    return None


def practitioner(resource: Resource, own_id: str) -> Mapped:
    """A practitioner; the licence number is the identifier of type MD or LN."""
    path = "Practitioner"
    own = name("practitioners", "Practitioner", own_id)
    called = human_name(resource, path) or f"Practitioner {own_id}"
    first = next(iter(objects(resource, "name", path)), {})
    qualification = next(iter(objects(resource, "qualification", path)), {})
    values = {
        "name": called,
        "prefix": " ".join(strings(first, "prefix", f"{path}.name")) or None,
        "specialty": label(qualification, "code", f"{path}.qualification"),
        "license_number": _license(resource, path),
        "active": boolean(resource, "active", path) is not False,
    }
    return Mapped("Practitioner", own, [Row(own, values)])


def _license(resource: Resource, path: str) -> str | None:
    for identifier in objects(resource, "identifier", path):
        if {"MD", "LN"} & set(codes(identifier, "type", f"{path}.identifier")):
            return text(identifier, "value", f"{path}.identifier")
    return None


def practitioner_role(resource: Resource, own_id: str) -> Mapped:
    """A practitioner's work in a clinic and department; also a way to refer to the practitioner."""
    path = "PractitionerRole"
    own = name("affiliations", "PractitionerRole", own_id)
    who = target(resource, resource, "practitioner", path, "practitioners")
    employer = target(resource, resource, "organization", path, "clinics", "departments")
    sites = (targets(resource, each, f"{path}.location", "clinics") for each in objects(resource, "location", path))
    site = next((each["clinics"] for each in sites if each), employer.get("clinics", ()))
    starts, ends = period(resource, "period", path)
    primary, inner = Extensions(resource, path)("primary")
    values = {
        "role": label(resource, "code", path) or label(resource, "specialty", path),
        "is_primary": bool(boolean(primary, "valueBoolean", inner)),
        "starts_on": starts.date() if starts else None,
        "ends_on": ends.date() if ends else None,
    }
    refs = {
        "practitioner_id": who.get("practitioners", ()),
        "clinic_id": site,
        "department_id": employer.get("departments", ()),
    }
    alias = Alias(name("practitioners", "PractitionerRole", own_id), who.get("practitioners", ()))
    return Mapped("PractitionerRole", own, [Row(own, values, refs)], [alias])
