"""FHIR R4 in: resources and Bundles that other systems push, answered as FHIR answers."""

from http import HTTPStatus

import orjson
from apiflask import APIBlueprint
from flask import Response, g, request

from app.core.permissions import Permission
from app.ingest import push
from app.ingest.mapping.fhir.elements import Resource
from app.ingest.push import Pushed
from app.ingest.reject import Reject
from app.services import pushes
from app.web.guard import requires

bp = APIBlueprint("fhir", __name__, url_prefix="/fhir", tag="FHIR")

LARGEST_BUNDLE = 16 * 1024 * 1024
LARGEST_RESOURCE = 1024 * 1024
MEDIA_TYPE = "application/fhir+json"
MEDIA_TYPES = (MEDIA_TYPE, "application/json")
CONDITIONS = ("If-Match", "If-None-Match", "If-Modified-Since", "If-None-Exist")
RESPONSES = {"transaction": "transaction-response"}


@bp.post("")
@requires(Permission.DATA_PUSH, body=LARGEST_BUNDLE)
def bundle() -> Response:
    """Store a Bundle.

    A transaction is stored as a whole or not at all; in a batch or a collection each entry stands alone.
    """
    refused = _unfit()
    if refused is not None:
        return refused
    try:
        body = push.read(request.get_data())
    except Reject as reject:
        return _refused(reject, 400)
    try:
        answers = pushes.store_bundle(g.actor, body)
    except Reject as reject:
        return _refused(reject, 413 if reject.code == "too_large" else 422)
    if body["type"] == "transaction" and any(answer.status >= 400 for answer in answers):
        return _fhir(_outcome([answer for answer in answers if answer.status == 422]), 422)
    kind = RESPONSES.get(body["type"], "batch-response")
    return _fhir({"resourceType": "Bundle", "type": kind, "entry": [_entry(answer) for answer in answers]}, 200)


@bp.post("/<kind>")
@requires(Permission.DATA_PUSH, body=LARGEST_RESOURCE)
def create(kind: str) -> Response:
    """Store one resource under the id that it brings.

    Without an id it is known by its content, so that sending it twice stores it once.
    """
    return _one(kind, None)


@bp.put("/<kind>/<name>")
@requires(Permission.DATA_PUSH, body=LARGEST_RESOURCE)
def update(kind: str, name: str) -> Response:
    """Store one resource under the id of its address, new or in place of what was known."""
    return _one(kind, name)


def _one(kind: str, name: str | None) -> Response:
    if not push.is_known(kind):
        return _refused(Reject("", "not_found", "there is no such resource type here"), 404)
    refused = _unfit()
    if refused is not None:
        return refused
    try:
        resource = push.read(request.get_data())
        if resource.get("resourceType") != kind:
            raise Reject("resourceType", "other_type", "the address names another type")
        if name is not None and resource.get("id") != name:
            raise Reject(f"{kind}.id", "other_id", "the address names another id")
    except Reject as reject:
        return _refused(reject, 400)
    answer = pushes.store(g.actor, resource)
    response = _fhir(answer.issues(), answer.status)
    if answer.status == HTTPStatus.CREATED:
        response.headers["Location"] = f"{bp.url_prefix}/{answer.kind}/{answer.id}"
    return response


def _unfit() -> Response | None:
    """The answer to a request whose headers ask for what is not done here."""
    if request.mimetype not in MEDIA_TYPES:
        return _refused(Reject("", "media_type", f"send {' or '.join(MEDIA_TYPES)}"), 415)
    if any(name in request.headers for name in CONDITIONS):
        return _refused(Reject("", "condition", "conditional requests are not supported"), 412)
    return None


def _entry(answer: Pushed) -> Resource:
    response: Resource = {"status": f"{answer.status} {HTTPStatus(answer.status).phrase}", "outcome": answer.issues()}
    if answer.status == HTTPStatus.CREATED:
        response["location"] = f"{answer.kind}/{answer.id}"
    return {"response": response}


def _refused(reject: Reject, status: int) -> Response:
    kind = {404: "not-supported", 412: "not-supported", 413: "too-long", 415: "not-supported"}.get(status, "invalid")
    issue = {"severity": "error", "code": kind, "diagnostics": reject.reason}
    place = {"expression": [reject.path]} if reject.path else {}
    return _fhir({"resourceType": "OperationOutcome", "issue": [issue | place]}, status)


def _outcome(answers: list[Pushed]) -> Resource:
    return {
        "resourceType": "OperationOutcome",
        "issue": [issue for each in answers for issue in each.issues()["issue"]],
    }


def _fhir(body: Resource, status: int) -> Response:
    return Response(orjson.dumps(body), status, content_type=f"{MEDIA_TYPE}; charset=utf-8")
