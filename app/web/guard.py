"""Nobody comes in unless the route says who may: one question asked before each view, denied by default."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core import limits
from app.core.clock import now
from app.core.errors import AppError, BadRequest, Forbidden, Unauthorized
from app.core.ids import new_id
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import csrf
from app.services.identity.logins import IDLE, IDLE_WITH_PATIENTS
from app.services.identity.principals import Principal, touch
from app.web import session

View = TypeVar("View", bound=Callable[..., object])

# Open to anyone. Whatever is listed here proves by itself who asks, or has nothing to hide.
PUBLIC = frozenset(
    {
        "static",
        "health.healthz",
        "health.readyz",
        "health.metrics",
        "auth.login",
        "auth.enter",
        "auth.code",
        "passkey_login.options",
        "passkey_login.enter",
        "passkey_login.second_options",
        "passkey_login.second",
        "provider_login.start",
        "provider_login.finish",
        "account_links.forgotten",
        "account_links.send",
        "account_links.show",
        "account_links.choose",
        "api_auth.token",
        "api_auth.refresh",
        "api_auth.revoke",
        "api_docs.description",
        "api_docs.docs",
    }
)
# For anyone who is logged in, also before an organization is picked. No tenant's rows are open there.
SIGNED_IN = frozenset({"auth.logout", "auth.organization", "auth.pick"})
# Pages and answers that show rows about patients: a login left alone for a quarter of an hour does not open them.
ABOUT_PATIENTS = frozenset({Permission.RECORDS_READ, Permission.WORKLIST_WRITE})

NOT_THEIRS = (
    "You came in through your organization's own login and belong elsewhere too. "
    "Log in with your password or a passkey to change your account."
)
DASHBOARDS_A_MINUTE = 600  # for one login or token; polls of open pages are not counted
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SMALL_BODY = 1024 * 1024


def requires(
    permission: Permission,
    body: int = SMALL_BODY,
    patients: bool = False,
    installation: bool = False,
    personal: bool = False,
    factors: bool = False,
) -> Callable[[View], View]:
    """Says who may use a view, how many bytes a request to it may hold, and whether it may name patients.

    `installation` opens it also to platform admins who have picked no organization; no tenant's rows are open there.
    `personal` closes it to people who belong to several organizations and for whom the provider of one has vouched:
    their account is not that organization's. `factors` sets a second factor up: alone open to those who owe one.
    """

    def mark(view: View) -> View:
        about = patients or permission in ABOUT_PATIENTS
        view.__dict__.update(permission=permission, body_limit=body, about_patients=about, installation=installation)
        view.__dict__.update(personal=personal, factors=factors)
        return view

    return mark


def refuses_with(kind: type[AppError]) -> Callable[[View], View]:
    """Says which error a body or a query that does not fit its schema is, where programs expect one of its own."""

    def mark(view: View) -> View:
        view.__dict__["refusal"] = kind
        return view

    return mark


def public(view: View) -> View:
    """Opens a view to strangers: it proves by itself who asks, or has nothing to hide."""
    view.__dict__["public"] = True
    return view


def install(app: Flask) -> None:
    """Hangs the guard before every view, and the closing of what it opened after it."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_SSL_STRICT=False)  # there is no Referer to check
    app.before_request(_admit)
    app.teardown_request(_leave)


def is_public(endpoint: str) -> bool:
    """May strangers use the route?"""
    return endpoint in PUBLIC or getattr(current_app.view_functions[endpoint], "public", False)


def is_program() -> bool:
    """Is the request one of a program, which wants JSON and sees no pages?"""
    return request.path.startswith(("/api/", "/fhir", "/ws/"))


def is_screen() -> bool:
    """Is the request one of a screen on a wall, in front of which nobody stands who could press a link?"""
    return request.path == "/wall" or request.path.startswith("/wall/")


def is_dashboard() -> bool:
    """Is the request one for a dashboard? Its permission says so."""
    view = current_app.view_functions.get(request.endpoint or "")
    return str(getattr(view, "permission", "")).startswith("dashboard:")


def _admit() -> ResponseReturnValue | None:
    g.request_id, g.principal, g.actor, g.scope = new_id().hex, None, None, ExitStack()
    endpoint = request.endpoint
    if endpoint is None:  # no such route, method or host: answered by the error itself
        return None
    view = current_app.view_functions[endpoint]
    request.max_content_length = getattr(view, "body_limit", SMALL_BODY)
    if is_public(endpoint):
        if not is_program():
            _check_form()
        return None
    permission: Permission | None = getattr(view, "permission", None)
    if permission is None and endpoint not in SIGNED_IN:
        raise Forbidden("Nobody may use this.", code="undeclared")
    principal = _identify(getattr(view, "about_patients", False))
    return None if permission is None else _admit_principal(principal, view)


def _identify(about_patients: bool) -> Principal:
    """Who stands behind the request's token or cookie; raises Unauthorized."""
    principal = session.bearer_principal() if is_program() else None
    if principal is None:
        principal = session.cookie_principal()
        if principal is None or principal.idle(now()) > (IDLE_WITH_PATIENTS if about_patients else IDLE):
            raise Unauthorized("Log in to go on.", code="login_required")
        _check_form()
        if not session.is_poll():
            touch(principal)
    g.principal = principal
    return principal


def _admit_principal(principal: Principal, view: Callable[..., object]) -> ResponseReturnValue | None:
    """Lets in whom the permission allows, to the rows of the organization picked; without one to no tenant's rows."""
    marks = view.__dict__
    if principal.organization_id is None and not (marks["installation"] and principal.may_act_for_installation):
        return _ask_for_organization()
    g.actor = principal.actor(g.request_id, request.remote_addr)
    g.actor.require(marks["permission"])
    if principal.vouched and marks["personal"]:
        raise Forbidden(NOT_THEIRS, code="vouched")
    if principal.owes_factor and not marks["factors"]:
        return _ask_for_factor()
    if is_dashboard() and (is_program() or not session.is_poll()):
        limits.check(f"{principal.kind}:{principal.key}", DASHBOARDS_A_MINUTE)
    if principal.organization_id is None:
        return None
    g.scope.enter_context(tenant_scope(principal.organization_id))
    return None


def _check_form() -> None:
    """A change asked for by a browser comes from our own pages: it carries their token."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise BadRequest("This form was sent from another site.", code="csrf")
    csrf.protect()


def _ask_for_organization() -> ResponseReturnValue:
    if is_program() or request.method not in SAFE_METHODS:
        raise Forbidden("Pick an organization first.", code="organization_required")
    return redirect(url_for("auth.organization", next=request.full_path.rstrip("?")), 303)


def _ask_for_factor() -> ResponseReturnValue:
    if is_program() or request.method not in SAFE_METHODS:
        raise Forbidden("Set up a second factor first.", code="second_factor_required")
    return redirect(url_for("second_factor.show"), 303)


def _leave(_error: BaseException | None) -> None:
    if scope := g.pop("scope", None):
        scope.close()


def signed_in() -> Principal:
    """The principal of the request; for views behind the guard."""
    principal: Principal = g.principal
    return principal
