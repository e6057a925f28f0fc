"""One FHIR resource: its type, its id, and the mapper that knows it."""

import re
from hashlib import sha256

import orjson

from app.ingest.mapping.fhir import MAPPERS
from app.ingest.mapping.fhir.elements import Resource, instant, objects, one, resource_id
from app.ingest.mapping.fhir.references import TABLE_NAMES, name
from app.ingest.mapping.rows import Alias, Mapped
from app.ingest.reject import Reject, Unused

_TYPE = re.compile(r"[A-Z][A-Za-z]{2,60}")
_URN = re.compile(r"urn:(?:uuid|oid):([A-Za-z0-9\-.]{1,64})")


def resource_type(resource: Resource) -> str:
    """The resource's type; raises Reject where there is none."""
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise Reject("resourceType", "no_type", "not a FHIR resource: it names no resourceType")
    return kind


def map_resource(resource: Resource, full_url: str | None = None) -> Mapped:
    """What a resource stands for. `full_url`: its name in a Bundle. Raises Reject or Unused.

    Without an id of its own a resource goes by the name it has in the Bundle, else by a digest of its content.
    """
    kind = resource_type(resource)
    own_id = resource_id(resource, kind)
    for contained in objects(resource, "contained", kind) if "contained" in resource else ():
        resource_id(contained, f"{kind}.contained")
    mapper = MAPPERS.get(kind)
    if mapper is None:
        raise Unused
    urn = _URN.fullmatch(full_url) if isinstance(full_url, str) else None
    own_id = own_id or (urn[1] if urn else _content_id(resource))
    mapped = mapper(resource, own_id)
    if urn and urn[1] != own_id:
        mapped.aliases += [Alias(name(table, kind, urn[1])) for table in _tables_of(kind) if mapped.rows]
    if "meta" in resource:
        mapped.version = instant(one(resource, "meta", kind), "lastUpdated", f"{kind}.meta")
    return mapped


def _content_id(resource: Resource) -> str:
    return "sha256-" + sha256(orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)).hexdigest()[:48]


def _tables_of(kind: str) -> list[str]:
    return [table for table, other in TABLE_NAMES if other == kind]
