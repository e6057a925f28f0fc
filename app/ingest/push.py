"""Records that are pushed: one transaction, an answer for each, seen by the dashboards at the next refresh."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import DataError
from sqlalchemy import select

from app.core import versions
from app.core.actor import Actor
from app.core.clock import now
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest.counts import Counts
from app.ingest.mapping.fhir import MAPPERS
from app.ingest.mapping.fhir.elements import Resource
from app.ingest.mapping.fhir.resource import map_resource, resource_type
from app.ingest.mapping.rows import Mapped
from app.ingest.reject import Reject, Unused
from app.ingest.sources.registered import feed_source, source_for
from app.ingest.sources.strict_json import parse, refuse_empty
from app.ingest.upsert.refused import refusal
from app.ingest.upsert.settle import Zones
from app.ingest.upsert.statements import raw_cursor
from app.ingest.upsert.store import Outcome, Target
from app.ingest.upsert.store import store as store_batch
from app.models import Organization, Source
from app.models.keyring import keyring

MAX_RESOURCES = 2000
_CONDITIONS = frozenset({"ifNoneMatch", "ifModifiedSince", "ifMatch", "ifNoneExist"})


@dataclass(frozen=True)
class Pushed:
    """What became of one resource: `outcome` is stored, unchanged, unused or rejected; `status` its HTTP status
    (201 where the record is new)."""

    kind: str
    id: str | None
    outcome: str
    status: int
    code: str = ""
    path: str = ""
    reason: str = ""

    def issues(self) -> Resource:
        """The same as a FHIR OperationOutcome."""
        severity, type_ = ("error", "invalid") if self.outcome == "rejected" else ("information", "informational")
        issue = {"severity": severity, "code": type_, "diagnostics": self.reason or self.outcome}
        return {
            "resourceType": "OperationOutcome",
            "issue": [issue | ({"expression": [self.path]} if self.path else {})],
        }


Note = Callable[[str, Sequence[Pushed]], None]  # the source's key, and what became of each resource


def _no_note(_source_key: str, _answers: Sequence[Pushed]) -> None:
    """For pushes that nobody has to answer for."""


@dataclass(slots=True)
class _One:
    resource: Resource
    full_url: str | None = None
    path: str = ""
    mapped: Mapped | None = None
    pushed: Pushed | None = None


def read(data: bytes) -> Resource:
    """The resource in a request's body; raises Reject for what is no JSON object by the rules of imports."""
    resource, may_be_empty = parse(data)
    if may_be_empty:
        refuse_empty(resource, str(resource.get("resourceType") or ""))
    return resource


def is_known(kind: str) -> bool:
    """Is it the name of a resource type that is stored here?"""
    return kind in MAPPERS


def store(actor: Actor, resources: Sequence[Resource], source_key: str = "push", note: Note = _no_note) -> list[Pushed]:
    """Stores single resources; each is judged on its own and the good ones are stored in one transaction.

    A name that another FHIR source of the organization knows, and only one, means that source's record. `note` is told
    what came of it before that is committed."""
    return _store(actor, [_One(resource) for resource in resources], source_key, False, note)


def store_bundle(actor: Actor, bundle: Resource, source_key: str = "push", note: Note = _no_note) -> list[Pushed]:
    """Stores a Bundle's entries: a `transaction` as a whole or not at all, a `batch` or `collection` one by one.

    Raises Reject where the Bundle itself cannot be used; `note` as in `store`."""
    if resource_type(bundle) != "Bundle":
        raise Reject("resourceType", "not_a_bundle", "a Bundle was expected")
    kind = bundle.get("type")
    if kind not in ("transaction", "batch", "collection"):
        raise Reject("Bundle.type", "unknown_code", "not one of batch, collection, transaction")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Reject("Bundle.entry", "bad_type", "an array was expected")
    return _store(actor, [_entry(entry, n) for n, entry in enumerate(entries)], source_key, kind == "transaction", note)


def _entry(entry: Any, index: int) -> _One:
    path = f"Bundle.entry[{index}]"
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return _One({}, pushed=_rejected("?", None, Reject(f"{path}.resource", "required", "a resource was expected")))
    try:
        _check_request(resource, entry.get("request", {}), f"{path}.request")
    except Reject as reject:
        return _One({}, pushed=_rejected(str(resource.get("resourceType")), None, reject))
    return _One(resource, entry.get("fullUrl"), path)


def _check_request(resource: Resource, asked: Any, path: str) -> None:
    """An entry may ask for nothing but to be stored as what it is; raises Reject."""
    if not isinstance(asked, dict):
        raise Reject(path, "bad_type", "an object was expected")
    method, url = asked.get("method", "PUT"), asked.get("url")
    if method not in ("PUT", "POST"):
        raise Reject(f"{path}.method", "not_supported", "only PUT and POST are supported")
    if not _CONDITIONS.isdisjoint(asked):
        raise Reject(path, "not_supported", "conditional requests are not supported")
    own = resource.get("resourceType") if method == "POST" else f"{resource.get('resourceType')}/{resource.get('id')}"
    if url is not None and url != own:
        raise Reject(f"{path}.url", "other_record", "the address names another record than the resource")


def _store(actor: Actor, batch: list[_One], source_key: str, together: bool, note: Note) -> list[Pushed]:
    actor.require(Permission.DATA_PUSH)
    if len(batch) > MAX_RESOURCES:
        raise Reject("Bundle.entry", "too_large", f"more than {MAX_RESOURCES} resources at once")
    currency = db.session.get_one(Organization, actor.organization_id).currency
    for one in batch:
        _map(one, currency)
    if together and any(one.pushed and one.pushed.outcome == "rejected" for one in batch):
        for one in batch:
            one.mapped, one.pushed = None, one.pushed or _not_taken(one)
    with tenant_scope(actor.organization_id):
        outcomes = iter(_taken(actor, source_key, batch))
        answers = [one.pushed or _accepted(one, next(outcomes)) for one in batch]
        note(source_key, answers)
        db.session.commit()
    if any(answer.outcome == Outcome.STORED for answer in answers):
        versions.ring(actor.organization_id)
    return answers


def _map(one: _One, currency: str) -> None:
    if one.pushed:
        return
    kind, own_id = str(one.resource.get("resourceType")), one.resource.get("id")
    try:
        one.mapped = map_resource(one.resource, one.full_url, currency)
    except Unused:
        one.pushed = Pushed(kind, own_id, Outcome.UNUSED, 200)
    except Reject as reject:
        place = ".".join(part for part in (one.path and f"{one.path}.resource", reject.path) if part)
        one.pushed = _rejected(kind, own_id, Reject(place, reject.code, reject.reason))


def _rejected(kind: str, own_id: str | None, reject: Reject) -> Pushed:
    shown = own_id if isinstance(own_id, str) else None
    return Pushed(kind, shown, "rejected", 422, reject.code, reject.path, reject.reason)


def _not_taken(one: _One) -> Pushed:
    kind, own_id = str(one.resource.get("resourceType")), one.resource.get("id")
    return Pushed(kind, own_id, "rejected", 424, "transaction", "", "another entry of the transaction was rejected")


def _accepted(one: _One, outcome: Outcome) -> Pushed:
    assert one.mapped is not None
    own_id = one.mapped.holder.text.rpartition("/")[2]  # some tables tell their types apart by a prefix
    return Pushed(one.mapped.kind, own_id, outcome.counted, 201 if outcome is Outcome.CREATED else 200)


def _taken(actor: Actor, source_key: str, batch: list[_One]) -> list[Outcome]:
    """Stores what is mapped; where the database does not take it, none of it is stored and each is rejected."""
    mapped = [one.mapped for one in batch if one.mapped is not None]
    try:
        return _outcomes(actor, source_key, mapped)
    except DataError as error:
        db.session.rollback()
        for one in batch:
            one.pushed = one.pushed or _rejected(str(one.resource.get("resourceType")), None, refusal(error))
        return []


def _outcomes(actor: Actor, source_key: str, mapped: list[Mapped]) -> list[Outcome]:
    """Stores in the transaction that is open, with the source's freshness."""
    if not mapped:
        return []
    organization = db.session.get_one(Organization, actor.organization_id)
    source, *others = _sources(actor.organization_id, source_key)
    target = Target(
        actor.organization_id,
        source.id,
        (source.id, *(other.id for other in others)),
        int(now().timestamp() * 1000),
        keyring(actor.organization_id),
        Zones(organization.zone),
    )
    outcomes = store_batch(raw_cursor(db.session()), target, mapped)
    counts = Counts()
    for record, outcome in zip(mapped, outcomes, strict=True):
        counts.add(record.kind, outcome.counted)
    feed_source(actor.organization_id, source.id, counts)
    return outcomes


def _sources(organization_id: UUID, key: str) -> list[Source]:
    """The sources whose names a push may use: its own first, made where it is missing, then those that speak FHIR."""
    found = db.session.scalars(select(Source).where(Source.organization_id == organization_id)).all()
    own = next((source for source in found if source.key == key), None) or source_for(organization_id, key, "push")
    return [own, *(other for other in found if other is not own and other.kind in ("fhir", "push"))]
