"""Appointment and Encounter."""

from datetime import datetime, timedelta
from typing import Any

from app.ingest.mapping import visit
from app.ingest.mapping.fhir.chart import kept
from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    boolean,
    code,
    codes,
    date_time,
    instant,
    label,
    many,
    noon,
    objects,
    one,
    period,
    positive_int,
    text,
)
from app.ingest.mapping.fhir.goals import lines
from app.ingest.mapping.fhir.references import name, target, targets
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.reject import Reject, Unused

APPOINTMENT_STATUS = {
    "pending": "booked",
    "booked": "booked",
    "arrived": "arrived",
    "checked-in": "arrived",
    "fulfilled": "completed",
    "cancelled": "cancelled",
    "noshow": "no_show",
}
_NO_BOOKING = frozenset({"proposed", "waitlist"})
_ERROR = "entered-in-error"
_APPOINTMENT_CODES = frozenset(APPOINTMENT_STATUS) | _NO_BOOKING | {_ERROR}
ENCOUNTER_STATUS = {
    "planned": "planned",
    "arrived": "arrived",
    "triaged": "arrived",
    "in-progress": "in_progress",
    "onleave": "in_progress",
    "finished": "finished",
    "cancelled": "cancelled",
    "unknown": "unknown",
}
_ENCOUNTER_CODES = frozenset(ENCOUNTER_STATUS) | {_ERROR}
_AMBULATORY = frozenset({"AMB", "VR", "HH", "FLD"})
_UNBOOKED = {"planned": "booked", "cancelled": "cancelled", "unknown": "unknown"}
_BY = frozenset({"patient", "clinic"})


def appointment(resource: Resource, own_id: str) -> Mapped:
    """A booking. Proposals and waiting lists are none; one entered in error is taken out again."""
    path = "Appointment"
    own = name("appointments", "Appointment", own_id)
    status = code(resource, "status", path, _APPOINTMENT_CODES)
    if status is None:
        raise Reject(f"{path}.status", "required", "an appointment needs a status")
    if status == _ERROR:
        return Mapped(path, own, remove=True)
    if status in _NO_BOOKING:
        raise Unused
    starts, ends = instant(resource, "start", path), instant(resource, "end", path)
    if starts is None:
        if status == "cancelled":
            raise Unused  # R4 app-3: only these may lack a time; they take none of anyone's
        raise Reject(f"{path}.start", "required", "an appointment of this status needs a start")
    if ends is not None and ends < starts:
        raise Reject(f"{path}.end", "bad_order", "the end is before the start")
    extensions = Extensions(resource, path)
    kind = _kind(resource)
    values = {
        "status": APPOINTMENT_STATUS[status],
        "starts_at": starts,
        "ends_at": ends,
        "minutes": positive_int(resource, "minutesDuration", path),
        **_stamps(resource, extensions),
        **_facts(resource, extensions),
    }
    if values["status"] == "arrived" and values["started_at"] is not None:
        values["status"] = "started"
    refs = _participants(resource) | _places(resource, extensions)
    if kind:
        refs["appointment_type_id"] = (kind.name,)
    texts = {"note": text(resource, "comment", path) or text(resource, "description", path)}
    texts["instruction"] = text(resource, "patientInstruction", path)
    return Mapped(path, own, [Row(own, values, refs, kept(texts))], ensured=[kind] if kind else [])


def _stamps(resource: Resource, extensions: Extensions) -> dict[str, Any]:
    def stamp(called: str) -> datetime | None:
        element, path = extensions(called)
        return instant(element, "valueInstant", path) or noon(date_time(element, "valueDateTime", path))

    return {
        "booked_at": stamp("booked") or noon(date_time(resource, "created", "Appointment")),
        "arrived_at": stamp("arrived"),
        "started_at": stamp("started"),
        "finished_at": stamp("finished"),
        "cancelled_at": stamp("cancelled-at"),
    }


def _facts(resource: Resource, extensions: Extensions) -> dict[str, Any]:
    path = "Appointment"

    def fact(called: str, key: str, read: Any, *more: Any) -> Any:
        element, inner = extensions(called)
        return read(element, key, inner, *more)

    reasons = codes(resource, "cancelationReason", path) if "cancelationReason" in resource else []
    by = fact("cancelled-by", "valueCode", code, _BY)
    return {
        "cancelled_by": by or _canceller(reasons),
        "cancel_reason": reasons[0] if reasons else None,
        "rescheduled": bool(fact("rescheduled", "valueBoolean", boolean)),
        "channel": fact("channel", "valueCode", code),
        "is_new_patient": fact("new-patient", "valueBoolean", boolean),
        "is_test": bool(fact("test", "valueBoolean", boolean)) or is_test(resource, path),
    }


def _canceller(reasons: list[str]) -> str | None:
    """HL7's appointment-cancellation-reason: `pat…` by the patient, `prov…` by the practice."""
    for reason in reasons:
        if reason.startswith("pat"):
            return "patient"
        if reason.startswith("prov"):
            return "clinic"
    return None


def is_test(resource: Resource, path: str) -> bool:
    """Is it marked as test data (HTEST) in its tags or security labels?"""
    meta = resource.get("meta")
    if not meta:
        return False
    meta = one(resource, "meta", path)
    labels = (each for key in ("tag", "security") for each in objects(meta, key, f"{path}.meta"))
    return any(label_.get("code") == "HTEST" for label_ in labels)


def _kind(resource: Resource) -> Row | None:
    """The appointment type: the service, else HL7's reason of the booking."""
    path = "Appointment"
    for key in ("serviceType", "appointmentType"):
        if key in resource and (called := label(resource, key, path)):
            found = codes(resource, key, path)
            return Row(Name("appointment_types", found[0] if found else called), {"name": called})
    return None


def _participants(resource: Resource) -> dict[str, tuple[Name, ...]]:
    """Patient, practitioner and place of the first participant of each kind."""
    refs: dict[str, tuple[Name, ...]] = {}
    for index, participant in enumerate(objects(resource, "participant", "Appointment")):
        path = f"Appointment.participant[{index}].actor"
        actor = one(participant, "actor", path)
        found = targets(resource, actor, path, "patients", "practitioners", "rooms", "clinics", "departments")
        for table, names in found.items():
            refs.setdefault(f"{table[:-1]}_id", names)
    return refs


def _places(resource: Resource, extensions: Extensions) -> dict[str, tuple[Name, ...]]:
    refs: dict[str, tuple[Name, ...]] = {}
    for called, tables in (("room", ("rooms",)), ("department", ("departments",)), ("clinic", ("clinics",))):
        element, path = extensions(called)
        for table, names in target(resource, element, "valueReference", path, *tables).items():
            refs[f"{table[:-1]}_id"] = names
    return refs


def encounter(resource: Resource, own_id: str) -> Mapped:
    """A contact. One of an ambulatory class that names no appointment also counts as an (unlinked) appointment."""
    path = "Encounter"
    own, unbooked = name("encounters", "Encounter", own_id), name("appointments", "Encounter", own_id)
    status = code(resource, "status", path, _ENCOUNTER_CODES)
    if status is None:
        raise Reject(f"{path}.status", "required", "an encounter needs a status")
    if status == _ERROR:
        return Mapped(path, own, remove=True, gone=(unbooked,))
    many(resource, "type", path)
    starts, ends = period(resource, "period", path)
    if starts and ends and ends < starts:
        raise Reject(f"{path}.period.end", "bad_order", "the end is before the start")
    setting = code(one(resource, "class", path), "code", f"{path}.class")
    extensions = Extensions(resource, path)
    element, inner = extensions("signed")
    values = {
        "status": ENCOUNTER_STATUS[status],
        "setting": setting,
        "type_code": next(iter(codes(resource, "type", path) if "type" in resource else ()), None),
        "reason_code": next(iter(_reasons(resource)), None),
        "starts_at": starts,
        "ends_at": ends,
        "signed_at": instant(element, "valueInstant", inner),
        **_history(resource, ENCOUNTER_STATUS[status], starts),
    }
    refs = _encounter_refs(resource)
    summary, actions = extensions("summary"), extensions("actions")
    texts = {"summary": text(summary[0], "valueString", summary[1])}
    texts["actions"] = lines(text(actions[0], "valueString", actions[1]))
    row = Row(own, values, refs, kept(texts))
    if "appointment_id" in refs or setting not in _AMBULATORY or starts is None:
        return Mapped(path, own, [row], gone=(unbooked,))
    visit_ = _unlinked(resource, unbooked, values, refs)
    refs["appointment_id"] = (unbooked,)
    return Mapped(path, own, [row, visit_])


def _reasons(resource: Resource) -> list[str]:
    path = "Encounter"
    objects(resource, "reasonCode", path)
    return codes(resource, "reasonCode", path) if "reasonCode" in resource else []


def _history(resource: Resource, status: str, starts: datetime | None) -> dict[str, datetime | None]:
    """When the patient arrived and care began: from the status history, else care began with the period."""
    path = "Encounter.statusHistory"
    began: dict[str, datetime] = {}
    for step in objects(resource, "statusHistory", "Encounter"):
        reached = ENCOUNTER_STATUS.get(code(step, "status", path, _ENCOUNTER_CODES) or "")
        at, _ = period(step, "period", path)
        if reached and at:
            began[reached] = min(at, began.get(reached, at))
    if not began:
        return {"arrived_at": None, "started_at": starts if status in ("in_progress", "finished") else None}
    return {"arrived_at": began.get("arrived"), "started_at": began.get("in_progress")}


def _encounter_refs(resource: Resource) -> dict[str, tuple[Name, ...]]:
    path = "Encounter"
    found = target(resource, resource, "subject", path, "patients")
    booked = objects(resource, "appointment", path)
    if booked:
        found |= targets(resource, booked[0], f"{path}.appointment[0]", "appointments")
    for index, participant in enumerate(objects(resource, "participant", path)):
        inner = f"{path}.participant[{index}]"
        if "practitioners" not in found:
            found |= target(resource, participant, "individual", inner, "practitioners")
    for place in objects(resource, "location", path):
        if "clinics" not in found:
            found |= target(resource, place, "location", f"{path}.location", "clinics")
    provider = target(resource, resource, "serviceProvider", path, "clinics", "departments")
    refs = {f"{table[:-1]}_id": names for table, names in found.items()}
    refs["clinic_id"] = (*refs.get("clinic_id", ()), *provider.get("clinics", ()))
    if "departments" in provider:
        refs["department_id"] = provider["departments"]
    return refs


def _unlinked(resource: Resource, own: Name, seen: dict[str, Any], refs: dict[str, tuple[Name, ...]]) -> Row:
    """The appointment that an encounter without one stands for."""
    values = {
        "status": _UNBOOKED.get(seen["status"], "arrived"),
        "starts_at": seen["starts_at"],
        "ends_at": _planned_end(seen),
        "unlinked_visit": True,
        "is_test": is_test(resource, "Encounter"),
    }
    visit.merge(values, seen)
    places = {column: names for column, names in refs.items() if column != "appointment_id"}
    return Row(own, values, places)


def _planned_end(seen: dict[str, Any]) -> datetime | None:
    """Without a booking nothing was planned; a visit of a day at most is taken to have been as long as it was."""
    starts, ends = seen["starts_at"], seen["ends_at"]
    return ends if ends is not None and ends - starts <= timedelta(days=1) else None
