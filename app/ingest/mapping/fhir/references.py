"""References between resources: literal, absolute, by search, logical, contained, or by a Bundle's urn:uuid."""

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from app.ingest.mapping.fhir.elements import Resource, objects, one, text
from app.ingest.mapping.rows import Name
from app.ingest.reject import Reject

# The tables that a resource type may name a row of, and how its ids are told from another type's in the same table.
TABLE_NAMES: dict[tuple[str, str], str] = {
    ("clinics", "Location"): "",
    ("clinics", "Organization"): "Organization/",
    ("clinics", "Schedule"): "Schedule/",
    ("clinics", "HealthcareService"): "HealthcareService/",
    ("departments", "Organization"): "",
    ("departments", "Schedule"): "Schedule/",
    ("departments", "HealthcareService"): "HealthcareService/",
    ("rooms", "Location"): "",
    ("practitioners", "Practitioner"): "",
    ("practitioners", "PractitionerRole"): "PractitionerRole/",
    ("practitioners", "Schedule"): "Schedule/",
    ("affiliations", "PractitionerRole"): "",
    ("schedules", "Schedule"): "",
    ("availability", "Slot"): "",
    ("patients", "Patient"): "",
    ("coverages", "Coverage"): "",
    ("appointments", "Appointment"): "",
    ("appointments", "Encounter"): "Encounter/",
    ("encounters", "Encounter"): "",
    ("invoices", "Invoice"): "",
    ("claims", "Claim"): "",
    ("claims", "ExplanationOfBenefit"): "ExplanationOfBenefit/",
    ("adjudications", "ClaimResponse"): "",
    ("adjudications", "ExplanationOfBenefit"): "ExplanationOfBenefit/",
    ("payments", "PaymentReconciliation"): "",
    ("payments", "PaymentNotice"): "PaymentNotice/",
    ("survey_answers", "QuestionnaireResponse"): "",
    ("conditions", "Condition"): "",
    ("allergies", "AllergyIntolerance"): "",
    ("drugs", "Medication"): "",
    ("medications", "MedicationRequest"): "",
    ("medications", "MedicationStatement"): "MedicationStatement/",
    ("dispenses", "MedicationDispense"): "",
    ("doses", "MedicationAdministration"): "",
    ("clinical_orders", "ServiceRequest"): "",
    ("observations", "Observation"): "",
    ("results", "DiagnosticReport"): "",
    ("goals", "Goal"): "",
    ("care_plans", "CarePlan"): "",
    ("messages", "Communication"): "",
    ("procedures", "Procedure"): "",
    ("immunizations", "Immunization"): "",
}
TYPES_OF: dict[str, tuple[str, ...]] = {}  # table to types
_PREFIXES: dict[str, dict[str, str]] = {}  # type to table to what stands before the id
for (_table, _type), _prefix in TABLE_NAMES.items():
    TYPES_OF[_table] = (*TYPES_OF.get(_table, ()), _type)
    _PREFIXES.setdefault(_type, {})[_table] = _prefix

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_SEARCH = re.compile(r"([A-Z][A-Za-z]+)\?identifier=(.+)")
_URN = re.compile(r"urn:(?:uuid|oid):(.+)")
_ALLOWED = frozenset({"id", "extension", "reference", "type", "identifier", "display"})
# Numbers that identify a person to the state are no way to refer to a record, and are not kept in any form.
_STATE_NUMBERS = frozenset({"SS", "DL", "PPN", "TAX", "NI", "SB"})


def name(table: str, kind: str, text_id: str) -> Name:
    """The name of a table's row in a resource type's words."""
    return Name(table, TABLE_NAMES[table, kind] + text_id)


def identified(table: str, system: str, value: str) -> Name:
    """The name of a row by an identifier, as a digest: identifiers may be as telling as names."""
    return Name(table, "?" + blake2b(f"{system}|{value}".encode(), digest_size=16).hexdigest())


def identifiers(resource: Resource, path: str) -> Iterator[tuple[str, str]]:
    """(system, value) of each identifier by which other records may refer to this one."""
    for identifier in objects(resource, "identifier", path):
        inner = f"{path}.identifier"
        kinds = {text(coding, "code", inner) for coding in objects(one(identifier, "type", inner), "coding", inner)}
        system, value = text(identifier, "system", inner), text(identifier, "value", inner)
        if system and value and not kinds & _STATE_NUMBERS:
            yield system, value


def targets(resource: Resource, reference: Resource, path: str, *tables: str) -> dict[str, tuple[Name, ...]]:
    """For each of `tables`, the names that a Reference may mean there (left out where it means none)."""
    if not reference:
        return {}
    kind, _, own_id = str(reference.get("reference")).partition("/")
    if len(reference) == 1 and kind in _PREFIXES and _ID.fullmatch(own_id):
        return _literal(kind, own_id, tables)
    if unknown := {key for key in reference if not key.startswith("_")} - _ALLOWED:
        raise Reject(f"{path}.{min(unknown)}", "unknown_element", "a Reference has no such element")
    literal = text(reference, "reference", path)
    if literal is None:
        return _logical(reference, path, tables)
    if literal.startswith("#"):
        return _contained(resource, literal[1:], path, tables)
    if search := _SEARCH.fullmatch(literal):
        system, _, value = search[2].rpartition("|")
        return {t: (identified(t, system, value),) for t in tables if (t, search[1]) in TABLE_NAMES}
    if urn := _URN.fullmatch(literal):
        return _within_bundle(urn[1], tables)
    found = _LITERAL.fullmatch(literal)
    return _literal(found[1], found[2], tables) if found else {}


def _literal(kind: str, own_id: str, tables: tuple[str, ...]) -> dict[str, tuple[Name, ...]]:
    prefixes = _PREFIXES.get(kind, {})
    return {table: _only(table, prefixes[table] + own_id) for table in tables if table in prefixes}


@lru_cache(maxsize=20_000)
def _only(table: str, text_id: str) -> tuple[Name]:
    """One candidate; the same object for the same name, since most references are to few patients and places."""
    return (Name(table, text_id),)


def target(resource: Resource, element: Resource, key: str, path: str, *tables: str) -> dict[str, tuple[Name, ...]]:
    """The same for the Reference at `element[key]`."""
    reference = element.get(key)
    if reference is None:
        return {}
    return targets(resource, one(element, key, path), f"{path}.{key}", *tables)


def _within_bundle(local: str, tables: tuple[str, ...]) -> dict[str, tuple[Name, ...]]:
    """A Bundle's own name does not tell the type: the tables share their candidates, and a row of one table settles
    that the reference means none of another."""
    candidates = tuple(name(table, kind, local) for table in tables for kind in TYPES_OF[table])
    return {table: tuple(sorted(candidates, key=lambda one: one.table != table)) for table in tables}


def _logical(reference: Resource, path: str, tables: tuple[str, ...]) -> dict[str, tuple[Name, ...]]:
    identifier = one(reference, "identifier", path)
    system, value = text(identifier, "system", path), text(identifier, "value", path)
    if not system or not value:
        return {}
    return {t: (identified(t, system, value),) for t in tables}


def _contained(resource: Resource, local: str, path: str, tables: tuple[str, ...]) -> dict[str, tuple[Name, ...]]:
    """A contained resource has no record of its own; its identifier may name one."""
    for inner in objects(resource, "contained", path):
        if inner.get("id") == local:
            found = (_logical({"identifier": each}, path, tables) for each in objects(inner, "identifier", path))
            return next((each for each in found if each), {})
    return {}
