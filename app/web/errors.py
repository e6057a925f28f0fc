"""Errors as answers, in one place: a page for people, JSON for programs, an OperationOutcome under /fhir."""

import logging
import traceback
from http import HTTPStatus
from json import JSONDecodeError
from urllib.parse import urlsplit

from apiflask import APIFlask
from apiflask.exceptions import HTTPError as SchemaError
from flask import Response, current_app, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from app.core.errors import AppError, Invalid, NotFound, Unavailable
from app.web.guard import SAFE_METHODS, is_dashboard, is_program, is_screen
from app.web.view_models import ErrorPage, FaultPage, Link, Poll

log = logging.getLogger(__name__)

# The codes of dashboards for what may go wrong anywhere.
DASHBOARD_CODES = {
    "forbidden": "DASH_002",
    "unavailable": "DASH_003",
    "not_found": "DASH_005",
    "timeout": "DASH_007",
    "rate_limit": "DASH_010",
}

MEANWHILE = {
    400: "Go back, reload the page and try again.",
    401: "Log in and try again.",
    403: "Ask an administrator of your organization if you need it.",
    404: "Check the address, or start again from the home page.",
    429: "Wait a little and try again.",
    503: "It usually passes within a minute. Nothing was changed.",
}
SCREEN_SECONDS = 60  # until a screen on a wall asks again
FHIR_CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 409: "conflict"}
FHIR_CODES |= {413: "too-long", 422: "processing", 429: "throttled", 503: "transient"}


class Timeout(AppError):
    """The database gave up on the question."""

    status, code = 504, "timeout"


def install(app: APIFlask) -> None:
    """Registers the only error handlers of the application."""
    app.register_error_handler(AppError, answer)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _from_fault)
    app.register_error_handler(SchemaError, _from_schema)


def answer(error: AppError) -> ResponseReturnValue:
    """The answer to an error, in the form that the caller understands."""
    if error.status == HTTPStatus.UNAUTHORIZED and not is_program():
        return _to_login()
    response = _rendered(error)
    response.status_code = error.status
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if retry_after := error.details.get("retry_after"):
        response.headers["Retry-After"] = str(retry_after)
    return response


def _rendered(error: AppError) -> Response:
    if request.path.startswith("/fhir"):
        return _outcome(error)
    if is_program():
        return jsonify(error=_body(error))
    if request_ctx.url_adapter is None:
        # A forged host: there is no address to build the links of a page from.
        return Response(f"{error.message}\n", mimetype="text/plain")
    if is_screen():
        page = FaultPage("Nothing to show just now", error.message, Poll(request.path, SCREEN_SECONDS, ""))
        return make_response(render_template("walls/fault.html", page=page))
    return make_response(render_template("error.html", page=_page(error)))


def _body(error: AppError) -> dict[str, object]:
    details = dict(error.details)
    if "field" in details:
        details.setdefault("fields", {details["field"]: [error.message]})
    return {"code": _code(error), "message": error.message, "details": details, "request_id": g.get("request_id")}


def _code(error: AppError) -> str:
    if request.endpoint is None and error.status == HTTPStatus.NOT_FOUND and request.path.startswith("/api/dashboard/"):
        return "DASH_001"
    return DASHBOARD_CODES.get(error.code, error.code) if is_dashboard() else error.code


def _outcome(error: AppError) -> Response:
    issue = {"severity": "error", "code": FHIR_CODES.get(error.status, "exception"), "diagnostics": error.message}
    response = jsonify(resourceType="OperationOutcome", issue=[issue])
    response.mimetype = "application/fhir+json"
    return response


def _page(error: AppError) -> ErrorPage:
    return ErrorPage(
        status=error.status,
        title=HTTPStatus(error.status).phrase,
        what=error.message,
        meanwhile=MEANWHILE.get(error.status, "Nothing was changed."),
        request_id=g.get("request_id") or "",
        links=(Link("Home", "/"),),
    )


def _to_login() -> ResponseReturnValue:
    """A browser is sent to the login page; a part of a page cannot hold it, so htmx is told to go there."""
    target = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    if "HX-Request" not in request.headers:
        return redirect(url_for("auth.login", next=target), 303 if target is None else 302)
    response = Response(status=401)
    response.headers["HX-Redirect"] = url_for("auth.login", next=_page_open(), ended=1)
    return response


def _page_open() -> str:
    """Path and query of the page whose part was asked for; the login page looks at it before it leads there."""
    open_at = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{open_at.path or '/'}?{open_at.query}" if open_at.query else open_at.path or "/"


def _from_http(error: HTTPException) -> ResponseReturnValue:
    status = HTTPStatus(error.code or 500)
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if isinstance(error, CSRFError):
        known = AppError("The form is out of date. Reload the page and send it again.", code="csrf")
    elif status is HTTPStatus.BAD_REQUEST and (fault := _fault_of_json()):
        known = AppError(f"The body is no JSON that can be read: {fault}.", code="bad_json")
    else:
        known = AppError(_words(status), code=status.name.lower())
    known.status = status
    if status is HTTPStatus.NOT_FOUND:
        known = NotFound("There is nothing at this address.")
    response = make_response(answer(known))
    if allowed := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _fault_of_json() -> str:
    """Where the JSON that was sent breaks, without a word of it; nothing where none was sent or it can be read."""
    if not request.is_json:
        return ""
    try:
        current_app.json.loads(request.get_data())
    except JSONDecodeError as error:
        return f"{error.msg}, line {error.lineno}, column {error.colno}"
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except ValueError as error:
        return str(error)
    return ""


def _words(status: HTTPStatus) -> str:
    return status.description or status.phrase


def _from_schema(error: SchemaError) -> ResponseReturnValue:
    """Input that does not fit its schema: a message for each field."""
    fields = {field: said for place in error.detail.values() for field, said in place.items()}
    view = current_app.view_functions.get(request.endpoint or "")
    kind: type[AppError] = getattr(view, "refusal", Invalid)
    return answer(kind("Some fields cannot be used.", fields=fields))


def _from_fault(error: Exception) -> ResponseReturnValue:
    """Whatever nobody foresaw. The log gets the place and the class, never the text: that may hold a patient's data."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, QueryCanceled):
        return answer(Timeout("This took too long and was stopped."))
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("request %s failed with %s\n%s", g.get("request_id"), type(error).__name__, place)
    if isinstance(error, (OperationalError, PoolTimeout)):
        return answer(Unavailable("The database is away.", retry_after=5))
    known = AppError("Something went wrong here.", code="internal")
    known.status = 500
    return answer(known)
