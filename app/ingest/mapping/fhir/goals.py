"""Goal and CarePlan: what is to be reached, and what is to be done for it."""

import json
from datetime import date
from typing import Any

from app.ingest.mapping import kinds
from app.ingest.mapping.fhir.chart import about, by, kept, quantity, span, status_of
from app.ingest.mapping.fhir.elements import (
    Extensions,
    Resource,
    codes,
    label,
    objects,
    one,
    text,
    written_day,
)
from app.ingest.mapping.fhir.references import name
from app.ingest.mapping.rows import Mapped, Row

_GOAL = {
    "proposed": "proposed",
    "planned": "proposed",
    "accepted": "active",
    "active": "active",
    "on-hold": "on_hold",
    "completed": "completed",
    "cancelled": "cancelled",
    "rejected": "rejected",
}
_ACHIEVEMENT = {
    "in-progress": "in_progress",
    "improving": "improving",
    "worsening": "worsening",
    "no-change": "no_change",
    "no-progress": "no_change",
    "achieved": "achieved",
    "sustaining": "achieved",
    "not-achieved": "not_achieved",
    "not-attainable": "not_achieved",
}
_PLAN = {
    "draft": "draft",
    "active": "active",
    "on-hold": "on_hold",
    "revoked": "revoked",
    "completed": "completed",
    "unknown": "unknown",
}


def goal(resource: Resource, own_id: str) -> Mapped:
    """A health goal with the ranges to be in."""
    path = "Goal"
    own = name("goals", path, own_id)
    status = status_of(resource, path, _GOAL, "lifecycleStatus")
    if status is None:
        return Mapped(path, own, remove=True)
    refs = about(resource, path) | by(resource, path, "expressedBy")
    judged = [_ACHIEVEMENT[each] for each in codes(resource, "achievementStatus", path) if each in _ACHIEVEMENT]
    targets = [found for each in objects(resource, "target", path) if (found := _target(each, f"{path}.target"))]
    values = {
        "status": status,
        "achievement": judged[0] if judged else None,
        "targets": {"targets": targets} if targets else None,
        "starts_on": written_day(resource, "startDate", path),
        "due_day": _due(resource, path),
    }
    element, inner = Extensions(resource, path)("actions")
    actions = text(element, "valueString", inner)
    texts = {"title": label(resource, "description", path), "actions": lines(actions)}
    return Mapped(path, own, [Row(own, values, refs, kept(texts))])


def lines(said: str | None) -> str | None:
    """A text of one action a line as the JSON list that is sealed."""
    found = [line.strip() for line in (said or "").splitlines() if line.strip()]
    return json.dumps(found, ensure_ascii=False) if found else None


def _due(resource: Resource, path: str) -> date | None:
    found = [written_day(each, "dueDate", f"{path}.target") for each in objects(resource, "target", path)]
    return max((each for each in found if each), default=None)


def _target(element: Resource, path: str) -> dict[str, Any] | None:
    """Kind of finding and the range to be in; None for a measure that our rules do not know."""
    kind = kinds.finding(codes(element, "measure", path))
    if kind is None:
        return None
    inner = f"{path}.detailRange"
    span_ = one(element, "detailRange", path)
    (low, _), (high, unit) = quantity(span_, "low", inner), quantity(span_, "high", inner)
    value, said = quantity(element, "detailQuantity", path)
    comparator = text(one(element, "detailQuantity", path), "comparator", f"{path}.detailQuantity") or ""
    if value is not None:
        low, high = (value, None) if comparator.startswith(">") else (None, value)
        unit = said
    bounds = {"low": low, "high": high}
    return {"kind": kind, "unit": unit} | {key: float(each) for key, each in bounds.items() if each is not None}


def care_plan(resource: Resource, own_id: str) -> Mapped:
    """A plan of care with its activities."""
    path = "CarePlan"
    own = name("care_plans", path, own_id)
    status = status_of(resource, path, _PLAN)
    if status is None:
        return Mapped(path, own, remove=True)
    refs = about(resource, path) | by(resource, path, "author", "contributor")
    starts, ends = span(resource, "period", path)
    found = codes(resource, "category", path)
    title = text(resource, "title", path) or (label(resource, "category", path) if resource.get("category") else None)
    values = {"status": status, "code": found[0] if found else None, "starts_on": starts, "ends_on": ends}
    activities = (_activity(each, f"{path}.activity") for each in objects(resource, "activity", path))
    todo = list(dict.fromkeys(each for each in activities if each))
    texts = {
        "title": title or text(resource, "description", path),
        "activities": json.dumps(todo, ensure_ascii=False) if todo else None,
    }
    return Mapped(path, own, [Row(own, values, refs, kept(texts))])


def _activity(activity: Resource, path: str) -> str | None:
    detail = one(activity, "detail", path)
    if shown := label(detail, "code", f"{path}.detail") or text(detail, "description", f"{path}.detail"):
        return shown
    return text(one(activity, "reference", path), "display", f"{path}.reference")
