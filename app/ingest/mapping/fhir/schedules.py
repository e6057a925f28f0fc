"""Schedule and Slot: when doctors can be booked."""

from app.ingest.mapping.fhir.elements import Extensions, Resource, code, instant, objects, positive_int, text
from app.ingest.mapping.fhir.references import name, target, targets
from app.ingest.mapping.rows import Alias, Mapped, Name, Row
from app.ingest.reject import Reject

_KINDS = {"free": "open", "busy": "open", "busy-tentative": "open", "busy-unavailable": "blocked"}
_ERROR = "entered-in-error"
_CODES = frozenset(_KINDS) | {_ERROR}
_CAPACITY = "http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity"
_TABLES = ("practitioners", "clinics", "departments")


def schedule(resource: Resource, own_id: str) -> Mapped:
    """No row of its own: a name under which slots find practitioner, clinic and department."""
    path = "Schedule"
    meant: dict[str, tuple[Name, ...]] = {}
    for index, actor in enumerate(objects(resource, "actor", path)):
        for table, names in targets(resource, actor, f"{path}.actor[{index}]", *_TABLES).items():
            meant.setdefault(table, names)
    aliases = [Alias(name(table, path, own_id), meant.get(table, ())) for table in _TABLES]
    return Mapped(path, name("schedules", path, own_id), [], aliases)


def slot(resource: Resource, own_id: str) -> Mapped:
    """A stretch that can be booked, taken or not; `busy-unavailable` was taken out of the schedule."""
    path = "Slot"
    own = name("availability", path, own_id)
    status = code(resource, "status", path, _CODES)
    if status is None:
        raise Reject(f"{path}.status", "required", "a slot needs a status")
    if status == _ERROR:
        return Mapped(path, own, remove=True)
    starts, ends = instant(resource, "start", path), instant(resource, "end", path)
    if starts is None or ends is None:
        raise Reject(f"{path}.{'end' if starts else 'start'}", "required", "a slot needs start and end")
    if ends < starts:
        raise Reject(f"{path}.end", "bad_order", "the end is before the start")
    kind = _KINDS[status]
    values = {
        "kind": kind,
        "starts_at": starts,
        "ends_at": ends,
        "slots": _capacity(resource) if kind == "open" else None,
    }
    element, inner = Extensions(resource, path)("reason")
    values["reason"] = code(element, "valueCode", inner)
    planned = target(resource, resource, "schedule", path, *_TABLES)
    refs = {f"{table[:-1]}_id": names for table, names in planned.items()}
    return Mapped(path, own, [Row(own, values, refs)])


def _capacity(resource: Resource) -> int:
    """How many bookings it takes: one, unless the SMART Scheduling Links extension says more."""
    for extension in objects(resource, "extension", "Slot"):
        if text(extension, "url", "Slot.extension") == _CAPACITY:
            return min(positive_int(extension, "valueInteger", "Slot.extension(slot-capacity)") or 1, 32767)
    return 1
