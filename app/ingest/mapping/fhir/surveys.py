"""QuestionnaireResponse: answers about satisfaction and recommendation."""

from collections.abc import Iterator
from datetime import datetime

from app.ingest.mapping.fhir.elements import Extensions, Resource, code, date_time, day, objects, text
from app.ingest.mapping.fhir.references import name, target
from app.ingest.mapping.rows import Mapped, Row
from app.ingest.reject import Reject, Unused

_RECOMMEND = frozenset({"nps", "recommend", "likelihood-to-recommend"})
_SATISFACTION = frozenset({"csat", "satisfaction", "overall-satisfaction"})
_COMMENT = frozenset({"comment"})
_ASKED = frozenset({"in-progress", "stopped"})
_ERROR = "entered-in-error"
_CODES = frozenset({"in-progress", "completed", "amended", "stopped", _ERROR})


def questionnaire_response(resource: Resource, own_id: str) -> Mapped:
    """A survey after a visit, by its link ids; other questionnaires are not used."""
    path = "QuestionnaireResponse"
    own = name("survey_answers", path, own_id)
    status = code(resource, "status", path, _CODES)
    if status == _ERROR:
        return Mapped(path, own, remove=True)
    items = {text(item, "linkId", f"{path}.item"): item for item in _items(resource, path, 0)}
    if not items.keys() & (_RECOMMEND | _SATISFACTION):
        raise Unused
    extensions = Extensions(resource, path)
    authored = date_time(resource, "authored", path)
    element, inner = extensions("asked")
    asked = day(element, "valueDate", inner) or (authored.date() if isinstance(authored, datetime) else authored)
    if asked is None:
        raise Reject(f"{path}.authored", "required", "a survey needs the day on which it was asked or answered")
    values = {
        "asked_day": asked,
        "answered_at": authored if isinstance(authored, datetime) and status not in _ASKED else None,
        "satisfaction": _score(items, _SATISFACTION, 1, 5),
        "recommend": _score(items, _RECOMMEND, 0, 10),
    }
    found = target(resource, resource, "subject", path, "patients")
    found |= target(resource, resource, "encounter", path, "appointments")
    element, inner = extensions("appointment")
    found |= target(resource, element, "valueReference", inner, "appointments")
    refs = {f"{table[:-1]}_id": names for table, names in found.items()}
    return Mapped(path, own, [Row(own, values, refs, _comment(items))])


def _items(resource: Resource, path: str, depth: int) -> Iterator[Resource]:
    if depth > 20:
        raise Reject(f"{path}.item", "too_deep", "questions are nested more than 20 levels deep")
    for item in objects(resource, "item", path):
        yield item
        yield from _items(item, f"{path}.item", depth + 1)


def _score(items: dict[str | None, Resource], links: frozenset[str], lowest: int, highest: int) -> int | None:
    for link in sorted(links & items.keys()):
        path = f"QuestionnaireResponse.item({link}).answer"
        for answer in objects(items[link], "answer", path):
            value = answer.get("valueInteger", answer.get("valueDecimal"))
            if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
                raise Reject(path, "bad_number", f"a whole number from {lowest} to {highest} was expected")
            if value != int(value):
                raise Reject(path, "bad_number", f"a whole number from {lowest} to {highest} was expected")
            return int(value)
    return None


def _comment(items: dict[str | None, Resource]) -> dict[str, str]:
    for link in items.keys() & _COMMENT:
        for answer in objects(items[link], "answer", "QuestionnaireResponse.item(comment)"):
            if said := text(answer, "valueString", "QuestionnaireResponse.item(comment).answer"):
                return {"comment": said}
    return {}
