"""ServiceRequest and DiagnosticReport: what was ordered and what came back."""

from app.ingest.mapping.fhir.chart import Refs, about, at, by, kept, small, status_of
from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    boolean,
    code,
    codes,
    date_time,
    instant,
    label,
    noon,
    objects,
    positive_int,
    text,
)
from app.ingest.mapping.fhir.references import name, targets
from app.ingest.mapping.rows import Mapped, Name, Row
from app.ingest.reject import Unused

_ORDER = {
    "draft": "draft",
    "active": "active",
    "on-hold": "on_hold",
    "revoked": "revoked",
    "completed": "completed",
    "unknown": "unknown",
}
_REPORT = {
    "registered": "registered",
    "partial": "preliminary",
    "preliminary": "preliminary",
    "final": "final",
    "amended": "amended",
    "corrected": "amended",
    "appended": "amended",
    "cancelled": "cancelled",
    "unknown": "unknown",
}
_KINDS = {
    "laboratory": ("108252007", "laboratory", "LAB", "HM", "CH", "MB", "SR", "BLB", "CP", "GE", "TX", "VR"),
    "imaging": ("363679005", "imaging", "RAD", "IMG", "CT", "CUS", "NMR", "NMS", "OUS", "RUS", "VUS", "RX", "XRC"),
    "procedure": ("387713003", "409063005", "procedure", "CTH", "OTH-PROC"),
}
_KIND_OF = {code_: kind for kind, found in _KINDS.items() for code_ in found}
_REVIEW = frozenset({"pending", "reviewed"})


def _kind(resource: Resource, path: str) -> str:
    found = codes(resource, "category", path)
    return next((_KIND_OF[each] for each in found if each in _KIND_OF), "other")


def service_request(resource: Resource, own_id: str) -> Mapped:
    """A test or service that was asked for; requests not to do something are not used."""
    path = "ServiceRequest"
    own = name("clinical_orders", path, own_id)
    status = status_of(resource, path, _ORDER)
    if status is None:
        return Mapped(path, own, remove=True)
    if boolean(resource, "doNotPerform", path):
        raise Unused
    extensions = Extensions(resource, path)
    fasting, hours = extensions("fasting"), extensions("preparation-hours")
    found = codes(resource, "code", path)
    values = {
        "status": status,
        "kind": _kind(resource, path),
        "code": found[0] if found else None,
        "ordered_at": noon(date_time(resource, "authoredOn", path)),
        "scheduled_at": at(resource, path, "occurrence"),
        "place": _place(resource, path),
        "fasting": boolean(fasting[0], "valueBoolean", fasting[1]),
        "preparation_hours": small(positive_int(hours[0], "valueInteger", hours[1])),
    }
    refs = about(resource, path) | by(resource, path, "requester")
    texts = {"name": label(resource, "code", path), "preparation": text(resource, "patientInstruction", path)}
    return Mapped(path, own, [Row(own, values, refs, kept(texts))])


def _place(resource: Resource, path: str) -> str | None:
    for reference in objects(resource, "locationReference", path):
        if shown := text(reference, "display", f"{path}.locationReference"):
            return shown
    return label(resource, "locationCode", path) if resource.get("locationCode") else None


def diagnostic_report(resource: Resource, own_id: str) -> Mapped:
    """A report with the findings it rests on."""
    path = "DiagnosticReport"
    own = name("results", path, own_id)
    status = status_of(resource, path, _REPORT)
    if status is None:
        return Mapped(path, own, remove=True)
    extensions = Extensions(resource, path)
    review, reviewed = extensions("review"), extensions("reviewed")
    reviewed_at = instant(reviewed[0], "valueInstant", reviewed[1])
    found = codes(resource, "code", path)
    values = {
        "status": status,
        "kind": _kind(resource, path),
        "code": found[0] if found else None,
        "sampled_at": at(resource, path, "effective"),
        "issued_at": instant(resource, "issued", path),
        "review": "reviewed" if reviewed_at else code(review[0], "valueCode", review[1], _REVIEW),
        "reviewed_at": reviewed_at,
    }
    refs = about(resource, path) | _ordered(resource, path)
    refs |= by(resource, path, "resultsInterpreter", "performer")
    texts = {"name": label(resource, "code", path), "summary": text(resource, "conclusion", path)}
    return Mapped(path, own, [Row(own, values, refs, kept(texts)), *_items(resource, path, own, own_id)])


def _ordered(resource: Resource, path: str) -> Refs:
    for reference in objects(resource, "basedOn", path):
        found = targets(resource, reference, f"{path}.basedOn", "clinical_orders")
        if found:
            return {"clinical_order_id": found["clinical_orders"]}
    return {}


def _items(resource: Resource, path: str, own: Name, own_id: str) -> list[Row]:
    rows = []
    for index, reference in enumerate(objects(resource, "result", path)):
        found = targets(resource, reference, f"{path}.result[{index}]", "observations")
        if found:
            refs = {"result_id": (own,), "observation_id": found["observations"]}
            rows.append(Row(Name("result_items", f"{own_id}/{index}"), {}, refs))
    return rows
