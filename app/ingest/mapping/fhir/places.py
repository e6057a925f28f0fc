"""Organization, Location, HealthcareService: clinics, departments, rooms."""

from datetime import time
from typing import Any

from app.ingest.mapping.derive import known_zone
from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    boolean,
    code,
    codes,
    label,
    objects,
    one,
    strings,
    text,
)
from app.ingest.mapping.fhir.references import name, target, targets
from app.ingest.mapping.hours import check_hours
from app.ingest.mapping.rows import Alias, Mapped, Name, Row
from app.ingest.reject import Reject, Unused

_NOT_CARE = frozenset({"pay", "ins", "govt", "cg", "bus", "crs", "edu", "reli"})
_PART = frozenset({"dept", "team"})
_ROOM = frozenset({"ro", "bd"})
_WITHIN = frozenset({"wi", "wa", "lvl", "co", "ca", "area", "jdn"})  # parts of a site that are neither room nor clinic
_NO_PLACE = frozenset({"ho", "ve", "rd"})
_ROOM_KINDS = {"ER": "other", "OR": "procedure", "ENDOS": "procedure", "SLEEP": "procedure", "GACH": "other"}
_DAYS = {day: str(index) for index, day in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}
_CLINIC_STATUS = {"active": "active", "suspended": "suspended", "inactive": "inactive", None: "active"}


def organization(resource: Resource, own_id: str) -> Mapped:
    """A provider is a clinic, a department or team a department of the one it is part of; payers are not kept."""
    path = "Organization"
    kinds = set(codes(resource, "type", path)) if "type" in resource else set()
    if kinds & _NOT_CARE and not kinds & (_PART | {"prov"}):
        raise Unused
    called = text(resource, "name", path) or f"Organization {own_id}"
    if kinds & _PART:
        return _department(resource, own_id, called)
    own = name("clinics", "Organization", own_id)
    active = boolean(resource, "active", path)
    address = next(iter(objects(resource, "address", path)), {})
    values = {"name": called, "status": "inactive" if active is False else "active"}
    values |= _address(address, f"{path}.address") | _clinic_details(resource, path)
    none = Alias(name("departments", "Organization", own_id), ())
    return Mapped("Organization", own, [Row(own, values)], [none])


def _department(resource: Resource, own_id: str, called: str) -> Mapped:
    path = "Organization"
    own = name("departments", "Organization", own_id)
    extensions = Extensions(resource, path)
    element, inner = extensions("clinic")
    refs = target(resource, resource, "partOf", path, "clinics") or target(
        resource, element, "valueReference", inner, "clinics"
    )
    clinic = Alias(name("clinics", "Organization", own_id), refs.get("clinics", ()))
    values = {"name": called, "specialty": _specialty(extensions)}
    row = Row(own, values, {f"{table[:-1]}_id": names for table, names in refs.items()})
    return Mapped("Organization", own, [row], [clinic])


def _specialty(extensions: Extensions) -> str | None:
    element, path = extensions("specialty")
    return text(element, "valueString", path)


def location(resource: Resource, own_id: str) -> Mapped:
    """A room by `physicalType`; else a clinic, or another name of the clinic that its managing organization is."""
    path = "Location"
    kinds = set(codes(resource, "physicalType", path)) if "physicalType" in resource else set()
    status = code(resource, "status", path, frozenset({"active", "suspended", "inactive"}))
    called = text(resource, "name", path)
    if kinds & _ROOM:
        return _room(resource, own_id, called, status)
    if kinds & _NO_PLACE:
        return _nowhere(own_id)
    if kinds & _WITHIN:
        return _part_of_a_site(resource, own_id)
    own, no_room = name("clinics", "Location", own_id), Alias(name("rooms", "Location", own_id), ())
    managing = one(resource, "managingOrganization", path)
    manager = targets(resource, managing, f"{path}.managingOrganization", "clinics")
    if manager and called and called == managing.get("display"):
        return Mapped("Location", Name("locations", own_id), [], [Alias(own, manager["clinics"]), no_room])
    called = called or text(resource, "description", path) or f"Location {own_id}"
    values = {"name": called, "status": _CLINIC_STATUS[status]}
    values |= _address(one(resource, "address", path), f"{path}.address") | _clinic_details(resource, path)
    return Mapped("Location", own, [Row(own, values)], [no_room])


def _room(resource: Resource, own_id: str, called: str | None, status: str | None) -> Mapped:
    path = "Location"
    own = name("rooms", "Location", own_id)
    clinic = _site(resource)
    element, inner = Extensions(resource, path)("department")
    department = target(resource, element, "valueReference", inner, "departments")
    kinds = codes(resource, "type", path) if "type" in resource else []
    kind = next((_ROOM_KINDS[each] for each in kinds if each in _ROOM_KINDS), "examination")
    refs = {"clinic_id": clinic.targets or (), "department_id": department.get("departments", ())}
    values = {"name": called or f"Room {own_id}", "kind": kind, "in_service": status in (None, "active")}
    row = Row(own, values, refs)
    return Mapped("Location", own, [row], [Alias(name("clinics", "Location", own_id), clinic.targets)])


def _part_of_a_site(resource: Resource, own_id: str) -> Mapped:
    own = name("clinics", "Location", own_id)
    aliases = [Alias(own, _site(resource).targets), Alias(name("rooms", "Location", own_id), ())]
    return Mapped("Location", Name("locations", own_id), [], aliases)


def _nowhere(own_id: str) -> Mapped:
    """A patient's home or a vehicle: a place of care that is no place of ours."""
    aliases = [Alias(name(table, "Location", own_id), ()) for table in ("clinics", "rooms")]
    return Mapped("Location", Name("locations", own_id), [], aliases)


def _site(resource: Resource) -> Alias:
    path = "Location"
    clinic = target(resource, resource, "partOf", path, "clinics") or target(
        resource, resource, "managingOrganization", path, "clinics"
    )
    return Alias(name("clinics", "Location", ""), clinic.get("clinics", ()))


def healthcare_service(resource: Resource, own_id: str) -> Mapped:
    """A service of a clinic: a department of it, so that schedules and appointments may name it."""
    path = "HealthcareService"
    called = text(resource, "name", path) or label(resource, "specialty", path) or label(resource, "type", path)
    own = name("departments", "HealthcareService", own_id)
    places = [targets(resource, each, f"{path}.location", "clinics") for each in objects(resource, "location", path)]
    places.append(target(resource, resource, "providedBy", path, "clinics"))
    clinic = next((place["clinics"] for place in places if place), ())
    values = {"name": called or f"Service {own_id}", "specialty": label(resource, "specialty", path)}
    row = Row(own, values, {"clinic_id": clinic})
    return Mapped("HealthcareService", own, [row], [Alias(name("clinics", "HealthcareService", own_id), clinic)])


def _address(address: Resource, path: str) -> dict[str, Any]:
    return {
        "line": ", ".join(strings(address, "line", path)) or None,
        "city": text(address, "city", path),
        "region": text(address, "state", path),
        "postal_code": text(address, "postalCode", path),
        "country": text(address, "country", path),
    }


def _clinic_details(resource: Resource, path: str) -> dict[str, Any]:
    """What clinics have beside their address; a clinic that names no zone gets its organization's."""
    element, inner = Extensions(resource, path)("timezone")
    zone = code(element, "valueCode", inner)
    if zone is not None and not known_zone(zone):
        raise Reject(inner, "unknown_zone", "not a zone of the IANA database")
    return {"zone": zone, "phone": _phone(resource, path), "opening_hours": _opening_hours(resource, path)}


def _phone(resource: Resource, path: str) -> str | None:
    phones = (
        text(point, "value", f"{path}.telecom")
        for point in objects(resource, "telecom", path)
        if point.get("system") == "phone"
    )
    return next((phone for phone in phones if phone), None)


def _opening_hours(resource: Resource, path: str) -> dict[str, list[list[str]]] | None:
    inner = f"{path}.hoursOfOperation"
    hours: dict[str, list[list[str]]] = {}
    for span in objects(resource, "hoursOfOperation", path):
        opens, closes = ("00:00", "24:00") if boolean(span, "allDay", inner) else _span(span, inner)
        if opens is None or closes is None:
            continue
        for day in strings(span, "daysOfWeek", inner):
            if day not in _DAYS:
                raise Reject(f"{inner}.daysOfWeek", "unknown_code", f"not one of {', '.join(_DAYS)}")
            hours.setdefault(_DAYS[day], []).append([opens, "24:00" if closes == "00:00" else closes])
    check_hours(hours, inner)
    return {day: sorted(spans) for day, spans in sorted(hours.items())} or None


def _span(span: Resource, path: str) -> tuple[str | None, str | None]:
    found = []
    for key in ("openingTime", "closingTime"):
        value = text(span, key, path)
        try:
            found.append(None if value is None else time.fromisoformat(value).strftime("%H:%M"))
        except ValueError:
            raise Reject(f"{path}.{key}", "bad_time", "a time is hh:mm:ss") from None
    return found[0], found[1]
