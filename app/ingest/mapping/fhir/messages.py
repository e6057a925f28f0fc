"""Communication: messages between patient and practice."""

from datetime import datetime
from typing import Any

from app.ingest.mapping.fhir.chart import ERROR, Refs, about
from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    code,
    codes,
    date_time,
    instant,
    label,
    noon,
    objects,
    one,
    text,
)
from app.ingest.mapping.fhir.references import name, target, targets
from app.ingest.mapping.rows import Mapped, Row
from app.ingest.reject import Reject, Unused

_SENT = frozenset({"completed", "in-progress"})
_CODES = _SENT | {"preparation", "not-done", "on-hold", "stopped", "unknown", ERROR}
_CHANNELS = {"EMAILWRIT": "email", "SMSWRIT": "sms", "PHONE": "phone", "WRITTEN": "letter", "ELECTRONIC": "portal"}


def communication(resource: Resource, own_id: str) -> Mapped:
    """A message that was sent; without a patient, or not sent, it is not used."""
    path = "Communication"
    own = name("messages", path, own_id)
    status = code(resource, "status", path, _CODES)
    if status is None:
        raise Reject(f"{path}.status", "required", "it needs a status")
    if status == ERROR:
        return Mapped(path, own, remove=True)
    if status not in _SENT:
        raise Unused
    sent = noon(date_time(resource, "sent", path))
    if sent is None:
        raise Reject(f"{path}.sent", "required", "a message needs the time at which it was sent")
    refs, is_patients = _people(resource, path)
    for earlier in objects(resource, "inResponseTo", path)[:1]:
        found = targets(resource, earlier, f"{path}.inResponseTo", "messages")
        refs |= {"in_reply_to_id": found.get("messages", ())}
    values: dict[str, Any] = {
        "sender": "patient" if is_patients else "practice",
        "channel": next((_CHANNELS[each] for each in codes(resource, "medium", path) if each in _CHANNELS), None),
        "sent_at": sent,
        "read_at": _read(resource, path),
    }
    bodies = (text(each, "contentString", f"{path}.payload") for each in objects(resource, "payload", path))
    texts = {"subject": label(resource, "topic", path), "body": "\n\n".join(each for each in bodies if each)}
    return Mapped(path, own, [Row(own, values, refs, {key: said for key, said in texts.items() if said})])


def _people(resource: Resource, path: str) -> tuple[Refs, bool]:
    """Patient and practitioner, and whether the patient is who wrote."""
    people = ("patients", "practitioners")
    sender = target(resource, resource, "sender", path, *people)
    wrote, whose = (one(resource, key, path).get("reference") for key in ("sender", "subject"))
    is_patients = wrote is not None and (wrote == whose or "Patient/" in str(wrote))
    refs: Refs = dict(about(resource, path)) if resource.get("subject") else {}
    refs.pop("encounter_id", None)
    for found in (sender, *(targets(resource, each, path, *people) for each in objects(resource, "recipient", path))):
        for table, names in found.items():
            refs.setdefault(f"{table[:-1]}_id", names)
    if "patient_id" not in refs:
        raise Unused
    return refs, is_patients


def _read(resource: Resource, path: str) -> datetime | None:
    element, inner = Extensions(resource, path)("read")
    return instant(element, "valueInstant", inner) or noon(date_time(resource, "received", path))
