"""One FHIR resource: its type, its id, and the mapper that knows it."""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from app.ingest.mapping.fhir import MAPPERS
from app.ingest.mapping.fhir.elements import Resource, instant, objects, resource_id
from app.ingest.mapping.fhir.references import TABLE_NAMES, identified, identifiers, name
from app.ingest.mapping.rows import Alias, Mapped
from app.ingest.reject import Reject, Unused

_TYPE = re.compile(r"[A-Z][A-Za-z]{2,60}")
_IDENTIFIED = frozenset(
    {"Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "Patient"}
)
_OF_MONEY = frozenset(
    {"Invoice", "PaymentReconciliation", "PaymentNotice", "Claim", "ClaimResponse", "ExplanationOfBenefit"}
)
# What reading an element as something that it is not ends in, where no reader of `elements` has looked at it first.
_OF_ANOTHER_FORM = (TypeError, AttributeError, LookupError, ValueError, ArithmeticError)
_URN = re.compile(r"urn:(?:uuid|oid):([A-Za-z0-9\-.]{1,64})")


def resource_type(resource: Resource) -> str:
    """The resource's type; raises Reject where there is none."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise Reject("resourceType", "no_type", "not a FHIR resource: it names no resourceType")
    return kind


def map_resource(resource: Resource, full_url: str | None, currency: str) -> Mapped:
    """What a resource stands for. `full_url`: its name in a Bundle; `currency`: that of the organization's amounts,
    ISO 4217. Raises Reject or Unused.

    Without an id of its own a resource goes by the name it has in the Bundle, else by a digest of its content.
    """
    kind = resource_type(resource)
    own_id = resource_id(resource, kind)
    for contained in objects(resource, "contained", kind) if "contained" in resource else ():
        resource_id(contained, f"{kind}.contained")
    mapper = MAPPERS.get(kind)
    if mapper is None:
        raise Unused
    if kind in _OF_MONEY:
        _refuse_other_currency(resource, kind, currency)
    urn = _URN.fullmatch(full_url) if isinstance(full_url, str) else None
    own_id = own_id or (urn[1] if urn else _content_id(resource))
    try:
        mapped = mapper(resource, own_id)
        if not mapped.remove:
            mapped.aliases += _other_names(resource, kind, own_id, urn[1] if urn else own_id, mapped)
    except _OF_ANOTHER_FORM:
        raise Reject(kind, "bad_type", "an element has another form than R4 gives it") from None
    mapped.version = _version(resource)
    return mapped


def _refuse_other_currency(element: Any, path: str, currency: str) -> None:
    """Amounts are added up as they stand, so each has to be in the organization's currency, or name none."""
    if isinstance(element, dict):
        if element.get("currency", currency) != currency:
            raise Reject(f"{path}.currency", "other_currency", f"amounts here are in {currency}")
        for key, child in element.items():
            if isinstance(child, dict | list):
                _refuse_other_currency(child, f"{path}.{key}", currency)
    elif isinstance(element, list):
        for index, child in enumerate(element):
            _refuse_other_currency(child, f"{path}[{index}]", currency)


def _other_names(resource: Resource, kind: str, own_id: str, bundle_id: str, mapped: Mapped) -> Iterator[Alias]:
    """By identifier and by place in the Bundle a resource is whatever it is by its id, in each table."""
    pairs = list(identifiers(resource, kind)) if kind in _IDENTIFIED and "identifier" in resource else []
    if not pairs and bundle_id == own_id:
        return
    meanings = {alias.name: alias.targets for alias in mapped.aliases} | {row.name: None for row in mapped.rows[:1]}
    for table, other in TABLE_NAMES:
        own = name(table, other, own_id)
        if other != kind or own not in meanings:
            continue
        if bundle_id != own_id:
            yield Alias(name(table, kind, bundle_id), meanings[own])
        for system, value in pairs:
            yield Alias(identified(table, system, value), meanings[own])


def _version(resource: Resource) -> datetime | None:
    """When the source changed it last. It only orders versions, so what cannot be read counts as not said."""
    meta = resource.get("meta")
    try:
        return instant(meta, "lastUpdated", "meta") if isinstance(meta, dict) else None
    except Reject:
        return None


def _content_id(resource: Resource) -> str:
    return "sha256-" + sha256(orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)).hexdigest()[:48]
