"""What the resources of a patient's chart have in common: whose they are, when, and by which code."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.ingest.mapping.fhir.elements import Resource, code, date_time, decimal, instant, noon, one, written_day
from app.ingest.mapping.fhir.references import target
from app.ingest.mapping.rows import Name
from app.ingest.reject import Reject, Unused

ERROR = "entered-in-error"
Refs = dict[str, tuple[Name, ...]]
_LARGEST = Decimal(10) ** 13
_STEP = Decimal("0.00001")


def about(resource: Resource, path: str, subject: str = "subject", encounter: str = "encounter") -> Refs:
    """Patient and encounter; raises Unused for a record about anything but a patient."""
    found = target(resource, resource, subject, path, "patients")
    if not found:
        raise Unused
    found |= target(resource, resource, encounter, path, "encounters")
    return {f"{table[:-1]}_id": names for table, names in found.items()}


def by(resource: Resource, path: str, *keys: str) -> Refs:
    """The practitioner at the first of these elements that names one."""
    for key in keys:
        element = resource.get(key)
        reference = element[0] if isinstance(element, list) and element else element
        if isinstance(reference, dict):
            inner = reference.get("actor") if isinstance(reference.get("actor"), dict) else reference
            found = target(resource, {key: inner}, key, path, "practitioners")
            if found:
                return {"practitioner_id": found["practitioners"]}
    return {}


def status_of(resource: Resource, path: str, known: Mapping[str, str], key: str = "status") -> str | None:
    """Our word for a required status; None where it was entered in error."""
    found = code(resource, key, path, frozenset(known) | {ERROR})
    if found is None:
        raise Reject(f"{path}.{key}", "required", "it needs a status")
    return None if found == ERROR else known[found]


def at(resource: Resource, path: str, stem: str) -> datetime | None:
    """The instant of a choice such as effective[x]: DateTime, Instant, or the start of a Period."""
    found = instant(resource, f"{stem}Instant", path) or noon(date_time(resource, f"{stem}DateTime", path))
    span = one(resource, f"{stem}Period", path)
    return found or noon(date_time(span, "start", f"{path}.{stem}Period"))


def on(resource: Resource, path: str, stem: str) -> date | None:
    """The day of the same choice, as written."""
    found = written_day(resource, f"{stem}DateTime", path)
    span = one(resource, f"{stem}Period", path)
    return found or written_day(span, "start", f"{path}.{stem}Period")


def span(resource: Resource, key: str, path: str) -> tuple[date | None, date | None]:
    """First and last day of a Period, as written."""
    period, inner = one(resource, key, path), f"{path}.{key}"
    return written_day(period, "start", inner), written_day(period, "end", inner)


def quantity(element: Resource, key: str, path: str) -> tuple[Decimal | None, str | None]:
    """Value and unit of a Quantity; its code stands before the unit's name."""
    found, inner = one(element, key, path), f"{path}.{key}"
    value = decimal(found, "value", inner)
    if value is not None and abs(value) >= _LARGEST:
        raise Reject(f"{inner}.value", "bad_number", "a quantity has at most 13 digits before the point")
    unit = found.get("code") or found.get("unit")
    return None if value is None else value.quantize(_STEP), unit if isinstance(unit, str) else None


def small(value: Decimal | int | None) -> int | None:
    """A whole number within a smallint, None beyond."""
    whole = None if value is None else round(value)
    return whole if whole is not None and abs(whole) <= 32767 else None


def kept(texts: Mapping[str, Any]) -> dict[str, str]:
    """The sealed texts that say something."""
    return {key: value for key, value in texts.items() if value}
