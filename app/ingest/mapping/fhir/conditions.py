"""Condition and AllergyIntolerance."""

from app.ingest.mapping import kinds
from app.ingest.mapping.fhir.chart import ERROR, about, by, kept, on
from app.ingest.mapping.fhir.elements import Resource, code, codes, label, many, objects, written_day
from app.ingest.mapping.fhir.references import name
from app.ingest.mapping.rows import Mapped, Row

_CLINICAL = frozenset({"active", "recurrence", "relapse", "inactive", "remission", "resolved"})
_CATEGORIES = {
    "problem-list-item": "problem",
    "encounter-diagnosis": "encounter_diagnosis",
    "health-concern": "health_concern",
}
_ALLERGY_CATEGORIES = frozenset({"food", "medication", "environment", "biologic"})
_SEVERITIES = ("mild", "moderate", "severe")
_CRITICALITY = {"low": "low", "high": "high", "unable-to-assess": None}


def condition(resource: Resource, own_id: str) -> Mapped:
    """A diagnosis, problem or concern."""
    path = "Condition"
    own = name("conditions", path, own_id)
    if _verification(resource, path) in (ERROR, "refuted"):
        return Mapped(path, own, remove=True)
    refs = about(resource, path) | by(resource, path, "recorder", "asserter")
    found = codes(resource, "code", path)
    categories = codes(resource, "category", path)
    values = {
        "code": found[0] if found else None,
        "kind": kinds.condition(found),
        "status": _clinical(resource, path),
        "category": next((_CATEGORIES[each] for each in categories if each in _CATEGORIES), None),
        "confirmed": _confirmed(resource, path),
        "onset_day": on(resource, path, "onset"),
        "recorded_day": written_day(resource, "recordedDate", path),
        "abated_day": on(resource, path, "abatement"),
    }
    return Mapped(path, own, [Row(own, values, refs, kept({"name": label(resource, "code", path)}))])


def _clinical(resource: Resource, path: str) -> str:
    return next((each for each in codes(resource, "clinicalStatus", path) if each in _CLINICAL), "unknown")


def _verification(resource: Resource, path: str) -> str | None:
    return next(iter(codes(resource, "verificationStatus", path)), None)


def _confirmed(resource: Resource, path: str) -> bool | None:
    found = _verification(resource, path)
    return None if found is None else found == "confirmed"


def allergy_intolerance(resource: Resource, own_id: str) -> Mapped:
    """An allergy or intolerance with the worst of its reactions."""
    path = "AllergyIntolerance"
    own = name("allergies", path, own_id)
    if _verification(resource, path) == ERROR:
        return Mapped(path, own, remove=True)
    refs = about(resource, path, "patient") | by(resource, path, "recorder", "asserter")
    found = codes(resource, "code", path)
    status = _clinical(resource, path)
    categories = [each for each in many(resource, "category", path) if each in _ALLERGY_CATEGORIES]
    reactions = objects(resource, "reaction", path)
    values = {
        "code": found[0] if found else None,
        "status": status if status in ("active", "inactive", "resolved") else "unknown",
        "category": categories[0] if categories else None,
        "criticality": _CRITICALITY[code(resource, "criticality", path, frozenset(_CRITICALITY)) or "unable-to-assess"],
        "severity": _worst(reactions, path),
        "confirmed": _confirmed(resource, path),
        "recorded_day": written_day(resource, "recordedDate", path),
    }
    shown = [each for reaction in reactions if (each := label(reaction, "manifestation", f"{path}.reaction"))]
    texts = kept({"allergen": label(resource, "code", path), "reaction": ", ".join(dict.fromkeys(shown))})
    return Mapped(path, own, [Row(own, values, refs, texts)])


def _worst(reactions: list[Resource], path: str) -> str | None:
    found = [code(each, "severity", f"{path}.reaction", frozenset(_SEVERITIES)) for each in reactions]
    return max((each for each in found if each), key=_SEVERITIES.index, default=None)
