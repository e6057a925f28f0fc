"""The doors of the sockets: a ticket is asked for, and shown when the socket opens."""

from collections.abc import Callable
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Blueprint, Flask, Response, current_app, g, request
from pydantic import BaseModel, Field

from app.core.actor import Actor
from app.core.errors import BadRequest, Forbidden, TooMany, Unauthorized
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.live import handover, tickets
from app.live.connection import Guest
from app.live.feed import follow
from app.live.hub import Hub
from app.live.watchman import watch_credentials
from app.services.dashboards.watching import Watch, analytics_watch, watch_of
from app.services.identity.principals import Principal
from app.web.guard import public, requires, signed_in
from app.web.session import bearer_principal

api = APIBlueprint("live_tickets", __name__, tag="Live")
bp = Blueprint("live", __name__)

_SECRETS = frozenset({"token", "access_token", "jwt", "authorization", "bearer"})


def install(app: Flask) -> None:
    """The doors, and the hub behind them, which starts with the first socket."""
    app.extensions["live"] = Hub(app, follow, watch_credentials)
    for blueprint in (api, bp):
        app.register_blueprint(blueprint)


class TicketOut(BaseModel):
    """A ticket and how many seconds it stands."""

    ticket: str
    expires_in: int = Field(description="Seconds")


@api.post("/api/ws-ticket")
@requires(Permission.ACCOUNT_USE)
@api.output(TicketOut)
def ticket() -> TicketOut:
    """Get a ticket that opens one WebSocket.

    It is good once, for 30 seconds, and ends with the login that asked for it. Show it as `?ticket=` at
    `/ws/dashboard/{dashboard_type}/` (doctor, patient, clinic, admin, billing, analytics; `clinic_id`, `doctor_id` and
    `patient_id` where they apply) or `/ws/analytics/{dashboard_id}/` (a clinic's id, or the organization's).
    """
    return TicketOut(ticket=tickets.issue(signed_in()), expires_in=tickets.SECONDS)


@bp.get("/ws/dashboard/<dashboard_type>/", websocket=True)
@bp.get("/ws/dashboard/<dashboard_type>/")  # a plain request is told what the address is for
@public
def dashboard(dashboard_type: str) -> Response:
    """Live figures of a dashboard."""
    return _open("dashboard", lambda actor: watch_of(actor, dashboard_type, request.args))


@bp.get("/ws/analytics/<dashboard_id>/", websocket=True)
@bp.get("/ws/analytics/<dashboard_id>/")  # a plain request is told what the address is for
@public
def analytics(dashboard_id: str) -> Response:
    """Live metrics of a clinic, or of all the viewer's clinics."""
    return _open("analytics", lambda actor: analytics_watch(actor, dashboard_id))


def _open(address: str, choose: Callable[[Actor], Watch]) -> Response:
    _check_address()
    _check_origin()
    answer = handover.negotiate(request.environ)
    principal = _principal()
    if principal.organization_id is None:
        raise Forbidden("Pick an organization first.", code="organization_required")
    actor = principal.actor(g.request_id, request.remote_addr)
    with tenant_scope(principal.organization_id):
        watch = choose(actor)
    hub: Hub = current_app.extensions["live"]
    if hub.is_full_for(principal.user_id):
        raise TooMany("Too many live connections.", code="DASH_010", retry_after=30)
    hub.admit(handover.take(request.environ), answer, Guest(principal, watch, address), actor)
    return Response(status=101)  # goes nowhere: the hub has the connection and answers the handshake itself


def _check_address() -> None:
    """Addresses are kept in logs: no lasting secret may stand in one."""
    looks_like_jwt = any(value.count(".") == 2 and value.startswith("eyJ") for value in request.args.values())
    if looks_like_jwt or _SECRETS & {name.casefold() for name in request.args}:
        raise BadRequest("Send a token as Authorization header, or ask for a ticket.", code="DASH_008")


def _check_origin() -> None:
    """A browser says which page opens the socket: only our own may (the login's cookie alone opens nothing anyway)."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    public_url = urlsplit(current_app.extensions["mediconnect"].public_url)
    if urlsplit(origin).netloc not in {request.host, public_url.netloc}:
        raise Forbidden("This page may not open live connections.", code="DASH_008")


def _principal() -> Principal:
    if text := request.args.get("ticket"):
        return tickets.redeem(text)
    principal = bearer_principal()
    if principal is None:
        raise Unauthorized("Show a ticket.", code="DASH_008")
    return principal
