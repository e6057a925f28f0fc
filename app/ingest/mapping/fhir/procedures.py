"""Procedure and Immunization."""

from app.ingest.mapping.fhir.chart import about, at, by, kept, status_of
from app.ingest.mapping.fhir.elements import Resource, codes, date_time, label, noon, one
from app.ingest.mapping.fhir.references import name
from app.ingest.mapping.rows import Mapped, Row

_PROCEDURE = {
    "preparation": "planned",
    "in-progress": "in_progress",
    "not-done": "not_done",
    "on-hold": "on_hold",
    "stopped": "stopped",
    "completed": "completed",
    "unknown": "unknown",
}
_IMMUNIZATION = {"completed": "completed", "not-done": "not_done"}


def procedure(resource: Resource, own_id: str) -> Mapped:
    """Something done to or for a patient."""
    path = "Procedure"
    own = name("procedures", path, own_id)
    status = status_of(resource, path, _PROCEDURE)
    if status is None:
        return Mapped(path, own, remove=True)
    refs = about(resource, path) | by(resource, path, "performer", "recorder")
    found = codes(resource, "code", path)
    span = one(resource, "performedPeriod", path)
    values = {
        "status": status,
        "code": found[0] if found else None,
        "performed_at": at(resource, path, "performed"),
        "ended_at": noon(date_time(span, "end", f"{path}.performedPeriod")),
    }
    return Mapped(path, own, [Row(own, values, refs, kept({"name": label(resource, "code", path)}))])


def immunization(resource: Resource, own_id: str) -> Mapped:
    """A vaccination."""
    path = "Immunization"
    own = name("immunizations", path, own_id)
    status = status_of(resource, path, _IMMUNIZATION)
    if status is None:
        return Mapped(path, own, remove=True)
    refs = about(resource, path, "patient") | by(resource, path, "performer")
    found = codes(resource, "vaccineCode", path)
    values = {
        "status": status,
        "code": found[0] if found else None,
        "given_at": at(resource, path, "occurrence"),
    }
    return Mapped(path, own, [Row(own, values, refs, kept({"name": label(resource, "vaccineCode", path)}))])
