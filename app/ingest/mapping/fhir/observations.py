"""Observation: vital signs, laboratory values, answers and other findings."""

from decimal import Decimal
from typing import Any

from app.ingest.mapping import kinds
from app.ingest.mapping.fhir.chart import about, at, by, kept, quantity, small, status_of
from app.ingest.mapping.fhir.elements import Resource, boolean, codes, instant, label, objects, one, text
from app.ingest.mapping.fhir.references import name
from app.ingest.mapping.rows import Mapped, Row
from app.ingest.reject import Reject

_STATUS = {
    "registered": "registered",
    "preliminary": "preliminary",
    "final": "final",
    "amended": "amended",
    "corrected": "amended",
    "cancelled": "cancelled",
    "unknown": "unknown",
}
_CATEGORIES = {"vital-signs": "vital_sign", "laboratory": "laboratory", "survey": "survey"}
_NORMAL = frozenset({"N"})
_ABNORMAL = frozenset({"A", "AA", "H", "HH", "HU", "HX", "L", "LL", "LU", "LX"})
_PARTS = {"systolic", "diastolic"}


def observation(resource: Resource, own_id: str) -> Mapped:
    """A finding about a patient; of a panel the parts that it holds itself."""
    path = "Observation"
    own = name("observations", path, own_id)
    status = status_of(resource, path, _STATUS)
    if status is None:
        return Mapped(path, own, remove=True)
    refs = about(resource, path) | by(resource, path, "performer")
    found = codes(resource, "code", path)
    parts = objects(resource, "component", path)
    value, unit = quantity(resource, "valueQuantity", path)
    if value is None and (number := _integer(resource, path)) is not None:
        value = number
    low, high = _range(resource, path)
    values = {
        "code": found[0] if found else None,
        "kind": kinds.finding(found),
        "category": _category(resource, path),
        "status": status,
        "observed_at": at(resource, path, "effective") or instant(resource, "issued", path),
        "value": value,
        "unit": unit if value is not None else None,
        "low": low,
        "high": high,
        "abnormal": _abnormal(resource, path, value, low, high),
    }
    pressure = _pressure(parts, path)
    if len(pressure) == len(_PARTS):
        values |= pressure | {"kind": kinds.BLOOD_PRESSURE, "unit": "mm[Hg]"}
        parts = []
    said = [_said(resource, path), *(_part(part, f"{path}.component") for part in parts)]
    texts = {"name": label(resource, "code", path), "text": "; ".join(each for each in said if each)}
    return Mapped(path, own, [Row(own, values, refs, kept(texts))])


def _category(resource: Resource, path: str) -> str:
    found = codes(resource, "category", path)
    return next((_CATEGORIES[each] for each in found if each in _CATEGORIES), "other")


def _integer(resource: Resource, path: str) -> Decimal | None:
    value = resource.get("valueInteger")
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**31:
        raise Reject(f"{path}.valueInteger", "bad_number", "a whole number was expected")
    return Decimal(value)


def _said(element: Resource, path: str) -> str | None:
    """What was found where it is no plain number, in words."""
    if "valueBoolean" in element:
        return "yes" if boolean(element, "valueBoolean", path) else "no"
    if comparator := text(one(element, "valueQuantity", path), "comparator", f"{path}.valueQuantity"):
        value, unit = quantity(element, "valueQuantity", path)
        return None if value is None else f"{comparator} {value.normalize():f} {unit or ''}".strip()
    found = text(element, "valueString", path) or label(element, "valueCodeableConcept", path)
    return found or text(element, "valueDateTime", path) or text(element, "valueTime", path)


def _part(part: Resource, path: str) -> str | None:
    value, unit = quantity(part, "valueQuantity", path)
    shown = _said(part, path) or (None if value is None else f"{value.normalize():f} {unit or ''}".strip())
    return f"{label(part, 'code', path)}: {shown}" if shown else None


def _pressure(parts: list[Resource], path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        kind = kinds.finding(codes(part, "code", f"{path}.component"))
        value, _ = quantity(part, "valueQuantity", f"{path}.component")
        if kind in _PARTS and (whole := small(value)) is not None:
            found[kind] = whole
    return found


def _range(resource: Resource, path: str) -> tuple[Decimal | None, Decimal | None]:
    """The normal range; ranges of another type (treatment, therapeutic) are passed over."""
    inner = f"{path}.referenceRange"
    for each in objects(resource, "referenceRange", path):
        if set(codes(each, "type", inner)) <= {"normal"}:
            return quantity(each, "low", inner)[0], quantity(each, "high", inner)[0]
    return None, None


def _abnormal(
    resource: Resource, path: str, value: Decimal | None, low: Decimal | None, high: Decimal | None
) -> bool | None:
    said = set(codes(resource, "interpretation", path)) if "interpretation" in resource else set()
    if said & _ABNORMAL:
        return True
    if said & _NORMAL:
        return False
    if value is None or (low is None and high is None):
        return None
    return (low is not None and value < low) or (high is not None and value > high)
