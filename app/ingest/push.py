"""Records that are pushed: one transaction, an answer for each, seen by the dashboards at the next refresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core import versions
from app.core.actor import Actor
from app.core.clock import now
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest.counts import Counts
from app.ingest.mapping.fhir.elements import Resource
from app.ingest.mapping.fhir.resource import map_resource, resource_type
from app.ingest.mapping.rows import Mapped
from app.ingest.reject import Reject, Unused
from app.ingest.sources.registered import feed_source, source_for
from app.ingest.sources.strict_json import parse, refuse_empty
from app.ingest.upsert.settle import Zones
from app.ingest.upsert.store import Outcome, Target
from app.ingest.upsert.store import store as store_batch
from app.models import Organization, Source
from app.models.keyring import keyring

MAX_RESOURCES = 2000
_STATUS = {Outcome.STORED: 200, Outcome.UNCHANGED: 200, Outcome.UNUSED: 200}


@dataclass(frozen=True)
class Pushed:
    """What became of one resource: `outcome` is stored, unchanged, unused or rejected; `status` its HTTP status."""

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


@dataclass(slots=True)
class _One:
    resource: Resource
    full_url: str | None = None
    mapped: Mapped | None = None
    pushed: Pushed | None = None


def read(data: bytes) -> Resource:
    """The resource in a request's body; raises Reject for what is no JSON object by the rules of imports."""
    resource, may_be_empty = parse(data)
    if may_be_empty:
        refuse_empty(resource, str(resource.get("resourceType") or ""))
    return resource


def store(actor: Actor, resources: Sequence[Resource], source_key: str = "push") -> list[Pushed]:
    """Stores single resources; each is judged on its own and the good ones are stored in one transaction.

    A name that another FHIR source of the organization knows, and only one, means that source's record."""
    return _store(actor, [_One(resource) for resource in resources], source_key, together=False)


def store_bundle(actor: Actor, bundle: Resource, source_key: str = "push") -> list[Pushed]:
    """Stores a Bundle's entries: a `transaction` as a whole or not at all, a `batch` or `collection` one by one.

    Raises Reject where the Bundle itself cannot be used."""
    if resource_type(bundle) != "Bundle":
        raise Reject("resourceType", "not_a_bundle", "a Bundle was expected")
    kind = bundle.get("type")
    if kind not in ("transaction", "batch", "collection"):
        raise Reject("Bundle.type", "unknown_code", "not one of batch, collection, transaction")
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise Reject("Bundle.entry", "bad_type", "an array was expected")
    return _store(actor, [_entry(entry, n) for n, entry in enumerate(entries)], source_key, kind == "transaction")


def _entry(entry: Any, index: int) -> _One:
    path = f"Bundle.entry[{index}]"
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return _One({}, pushed=_rejected("?", None, Reject(f"{path}.resource", "required", "a resource was expected")))
    request = entry.get("request", {})
    if isinstance(request, dict) and request.get("method", "PUT") not in ("PUT", "POST"):
        refused = Reject(f"{path}.request.method", "not_supported", "only PUT and POST are supported")
        return _One({}, pushed=_rejected(str(resource.get("resourceType")), None, refused))
    return _One(resource, entry.get("fullUrl"))


def _store(actor: Actor, batch: list[_One], source_key: str, together: bool) -> list[Pushed]:
    actor.require(Permission.DATA_PUSH)
    if len(batch) > MAX_RESOURCES:
        raise Reject("Bundle.entry", "too_large", f"more than {MAX_RESOURCES} resources at once")
    for one in batch:
        _map(one)
    if together and any(one.pushed and one.pushed.outcome == "rejected" for one in batch):
        return [one.pushed or _not_taken(one) for one in batch]
    with tenant_scope(actor.organization_id):
        outcomes = iter(_commit(actor, source_key, [one for one in batch if one.mapped is not None]))
        answers = [one.pushed or _accepted(one, next(outcomes)) for one in batch]
    versions.ring(actor.organization_id)
    return answers


def _map(one: _One) -> None:
    if one.pushed:
        return
    kind, own_id = str(one.resource.get("resourceType")), one.resource.get("id")
    try:
        one.mapped = map_resource(one.resource, one.full_url)
    except Unused:
        one.pushed = Pushed(kind, own_id, Outcome.UNUSED, 200)
    except Reject as reject:
        one.pushed = _rejected(kind, own_id, reject)


def _rejected(kind: str, own_id: str | None, reject: Reject) -> Pushed:
    shown = own_id if isinstance(own_id, str) else None
    return Pushed(kind, shown, "rejected", 422, reject.code, reject.path, reject.reason)


def _not_taken(one: _One) -> Pushed:
    kind, own_id = str(one.resource.get("resourceType")), one.resource.get("id")
    return Pushed(kind, own_id, "rejected", 424, "transaction", "", "another entry of the transaction was rejected")


def _accepted(one: _One, outcome: Outcome) -> Pushed:
    return Pushed(one.mapped.kind, one.mapped.holder.text, outcome, _STATUS[outcome])


def _commit(actor: Actor, source_key: str, batch: list[_One]) -> list[Outcome]:
    """Stores in one transaction, with the source's freshness; commits, last."""
    if not batch:
        return []
    organization = db.session.get_one(Organization, actor.organization_id)
    source = source_for(actor.organization_id, source_key, "push")
    others = select(Source.id).where(
        Source.organization_id == actor.organization_id, Source.kind.in_(("fhir", "push")), Source.id != source.id
    )
    target = Target(
        actor.organization_id,
        source.id,
        (source.id, *db.session.scalars(others)),
        int(now().timestamp() * 1000),
        keyring(actor.organization_id),
        Zones(organization.zone),
    )
    cursor = db.session.connection().connection.cursor()
    outcomes = store_batch(cursor, target, [one.mapped for one in batch])
    counts = Counts()
    for one, outcome in zip(batch, outcomes, strict=True):
        counts.add(one.mapped.kind, outcome.value)
    feed_source(actor.organization_id, source.id, counts)
    db.session.commit()
    return outcomes
