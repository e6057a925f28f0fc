"""Logging in through an organization's own provider: there, and back."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.core.errors import AppError, Forbidden, NotFound, Unauthorized
from app.services.identity import challenges, provider_login, second_factor
from app.services.identity.logins import Proof
from app.services.identity.openid import ProviderFault
from app.web import session
from app.web.login import login_page
from app.web.login.half_login import Half
from app.web.targets import local_target

bp = Blueprint("provider_login", __name__, url_prefix="/login/with")

AWAY = "Your organization's login cannot be reached now. Try again, or use your password."


@bp.get("/<uuid:organization_id>")
def start(organization_id: UUID) -> ResponseReturnValue:
    """Sends the browser to the provider; the cookie it takes along knows the question that it was sent with."""
    target = local_target(request.args.get("next"))
    try:
        sent = provider_login.send(organization_id, redirect_uri(organization_id), target)
    except NotFound as error:
        return login_page.first_step(error)
    except ProviderFault as fault:
        return _away(fault)
    response = redirect(sent.address, 303)
    _keep(response, sent.ticket, challenges.SECONDS)
    return response


@bp.get("/<uuid:organization_id>/back")
def finish(organization_id: UUID) -> ResponseReturnValue:
    """Takes what the provider says of the browser that comes back."""
    ticket = request.cookies.get(_cookie(), "")
    try:
        vouched = provider_login.receive(
            organization_id, redirect_uri(organization_id), ticket, request.args.to_dict(), request.remote_addr
        )
    except (Unauthorized, Forbidden, NotFound) as error:
        return _forget(login_page.first_step(error))
    except ProviderFault as fault:
        return _forget(_away(fault))
    user = vouched.user
    if second_factor.is_on(user.id) and not vouched.two_factors:
        return _forget(login_page.second_step(Half(user.id, vouched.provider_id), target=vouched.target))
    provider_login.finish(user, request.remote_addr)
    return _forget(login_page.begin(user, Proof(vouched.two_factors, vouched.provider_id), vouched.target))


def redirect_uri(organization_id: UUID) -> str:
    """Where an organization's provider sends browsers back to, as it is registered there."""
    public_url = current_app.extensions["mediconnect"].public_url
    return f"{public_url}{bp.url_prefix}/{organization_id}/back"


def _away(fault: AppError) -> ResponseReturnValue:
    current_app.logger.warning("identity provider: %s", fault.message)
    shown = AppError(AWAY)
    shown.status = fault.status
    return login_page.first_step(shown)


def _cookie() -> str:
    return f"{session.cookie_name()}-question"


def _keep(response: Response, ticket: str, seconds: int) -> None:
    response.set_cookie(
        _cookie(), ticket, max_age=seconds, secure=session.is_https(), httponly=True, samesite="Lax", path="/"
    )


def _forget(answer: ResponseReturnValue) -> ResponseReturnValue:
    response = current_app.make_response(answer)
    _keep(response, "", 0)
    return response
