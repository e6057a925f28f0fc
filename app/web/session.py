"""The login of a browser: its cookie, who stands behind it, and form tokens that are bound to it."""

import hmac

from flask import Flask, Request, current_app, g, request
from flask import Response as FlaskResponse
from flask import session as form_session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import UserMixin
from werkzeug.wrappers import Response

from app.config import Config
from app.core.errors import Unauthorized
from app.core.secrets import digest, purpose_key
from app.extensions import login_manager
from app.services.identity import api_tokens, grants
from app.services.identity.principals import Kind, Principal, find


class Viewer(UserMixin):
    """The signed-in person as `current_user` shows them to templates."""

    def __init__(self, principal: Principal) -> None:
        self.principal = principal

    def get_id(self) -> str:
        return str(self.principal.user_id)

    @property
    def name(self) -> str:
        """The person's name in this organization."""
        return g.actor.name if g.get("actor") else ""


class FormSessions(SecureCookieSessionInterface):
    """Flask's session, which holds nothing but the form token: signed in, that is a digest of the login's own cookie.

    So no second cookie is read or written for a signed-in person, and a form token dies with its login.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        token = request.cookies.get(cookie_name(app))
        if not token:
            return super().open_session(app, request)
        return BoundSession({"csrf_token": _form_secret(token)})

    def save_session(self, app: Flask, session: SessionMixin, response: FlaskResponse) -> None:
        if not isinstance(session, BoundSession):
            super().save_session(app, session, response)


class BoundSession(SecureCookieSession):
    """What a signed-in request sees as Flask's session; it is never stored."""


def _form_secret(token: str) -> str:
    return hmac.digest(purpose_key("form"), token.encode(), "sha256").hex()


def install(app: Flask) -> None:
    """Sets cookies and Flask-Login up for the application."""
    secure = is_https(app)
    app.config.update(
        SESSION_COOKIE_NAME="__Host-mediconnect-form" if secure else "mediconnect-form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = FormSessions()
    login_manager.session_protection = None
    login_manager.init_app(app)
    login_manager.request_loader(_viewer)


def is_https(app: Flask | None = None) -> bool:
    """Is the installation's public address an https one?"""
    config: Config = (app or current_app).extensions["mediconnect"]
    return config.public_url.startswith("https://")


def cookie_name(app: Flask | None = None) -> str:
    """The name of the login's cookie; `__Host-` ties it to this very host where https allows it."""
    return "__Host-mediconnect" if is_https(app) else "mediconnect"


def set_cookie(response: Response, token: str) -> None:
    """Gives the browser its login; gone with the browser, and on the server after 12 hours at the latest."""
    response.set_cookie(cookie_name(), token, secure=is_https(), httponly=True, samesite="Lax", path="/")


def expect(token: str) -> None:
    """The forms of the page that is being made will be sent under another token of the login."""
    form_session["csrf_token"] = _form_secret(token)
    g.pop("csrf_token", None)


def browser() -> str:
    """A word for the browser that asks, the same at its next request: a digest of what its forms are bound to."""
    return digest(f"browser|{form_session.get('csrf_token', '')}").hex()


def clear_cookie(response: Response) -> None:
    """Takes the login from the browser, and whatever it kept of the pages."""
    response.delete_cookie(cookie_name(), secure=is_https(), httponly=True, samesite="Lax", path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def cookie_principal() -> Principal | None:
    """Who stands behind the request's cookie."""
    token = request.cookies.get(cookie_name())
    return find(Kind.SESSION, digest(token)) if token else None


def bearer_principal() -> Principal | None:
    """Who stands behind the Authorization header, None without one; raises Unauthorized for one that is not valid."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.casefold() != "bearer" or not token or len(token) > 4096:
        raise Unauthorized(grants.REFUSED)
    return api_tokens.principal_of(token) if token.startswith(api_tokens.PREFIX) else grants.principal_of(token)


def is_poll() -> bool:
    """Does a page ask for itself, without anyone having touched it? Polls do not keep a login awake."""
    headers = request.headers
    return "X-Poll" in headers or (request.method == "GET" and "HX-PTag" in headers)


def _viewer(_request: Request) -> Viewer | None:
    principal = g.get("principal")
    return Viewer(principal) if principal else None
