"""Coverage: who pays for a patient, under which policy."""

from app.ingest.mapping.fhir.elements import (
    Resource,
    code,
    label,
    objects,
    one,
    positive_int,
    text,
    written_day,
)
from app.ingest.mapping.fhir.references import name, target
from app.ingest.mapping.rows import Mapped, Row
from app.ingest.reject import Reject

_ERROR = "entered-in-error"
_STATUS = frozenset({"active", "cancelled", "draft", _ERROR})
_LAST_RANK = 32767


def coverage(resource: Resource, own_id: str) -> Mapped:
    """A policy of its beneficiary; the subscriber's number, else the first identifier, is sealed."""
    path = "Coverage"
    own = name("coverages", path, own_id)
    status = code(resource, "status", path, _STATUS)
    if status is None:
        raise Reject(f"{path}.status", "required", "a coverage needs a status")
    if status == _ERROR:
        return Mapped(path, own, remove=True)
    found = target(resource, resource, "beneficiary", path, "patients")
    if not found:
        raise Reject(f"{path}.beneficiary", "required", "a coverage names whom it covers")
    span = one(resource, "period", path)
    values = {
        "status": status,
        "payer": _payer(resource, path),
        "kind": label(resource, "type", path) if "type" in resource else None,
        "rank": min(positive_int(resource, "order", path) or 1, _LAST_RANK),
        "starts_on": written_day(span, "start", f"{path}.period"),
        "ends_on": written_day(span, "end", f"{path}.period"),
    }
    row = Row(own, values, {"patient_id": found["patients"]})
    policy = _policy(resource, path)
    if policy:
        row.texts["policy"] = policy
    return Mapped(path, own, [row])


def _payer(resource: Resource, path: str) -> str | None:
    for payor in objects(resource, "payor", path):
        if called := text(payor, "display", f"{path}.payor"):
            return called
    return None


def _policy(resource: Resource, path: str) -> str | None:
    if number := text(resource, "subscriberId", path):
        return number
    found = (text(each, "value", f"{path}.identifier") for each in objects(resource, "identifier", path))
    return next((value for value in found if value), None)
