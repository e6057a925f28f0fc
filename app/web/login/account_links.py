"""A forgotten password, and the page behind a link by mail, where a password is chosen."""

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import limits
from app.core.errors import AppError, Invalid, NotFound
from app.core.mail import postbox
from app.core.passwords import SHORTEST
from app.services.identity import account_links
from app.web.login import login_page
from app.web.view_models import FormField, FormView, Link, LoginPage

bp = Blueprint("account_links", __name__, url_prefix="/login")

ASK = "We send a link to your address. It works for 30 minutes, once."
SENT = "If an account has this address, a mail with a link is on its way. The link works for 30 minutes, once."
NO_MAIL = "This installation sends no mail. Ask an administrator of your organization for a new password."
CHOSEN = "Your password is set. Log in with it."
ASKS_A_MINUTE = 20  # from one address of the network


@bp.get("/forgotten")
def forgotten() -> ResponseReturnValue:
    """Asks for the address."""
    return _ask(ASK if postbox.server else NO_MAIL)


@bp.post("/forgotten")
def send() -> ResponseReturnValue:
    """Sends a link; the answer is the same whether or not the address is somebody's."""
    limits.check(f"reset:{request.remote_addr}", ASKS_A_MINUTE)
    if postbox.server:
        account_links.ask_for_reset(request.form.get("email", "")[:320].replace("\x00", ""), request.remote_addr)
    return _ask(SENT if postbox.server else NO_MAIL)


@bp.get("/link/<token>")
def show(token: str) -> ResponseReturnValue:
    """The form for a new password; an error for a link that is over."""
    try:
        return _choose(token)
    except NotFound as error:
        return login_page.first_step(error)


@bp.post("/link/<token>")
def choose(token: str) -> ResponseReturnValue:
    """Sets the password; the second factor is asked for at the login as ever."""
    try:
        account_links.choose(token, request.form.get("new", ""))
    except Invalid as error:
        return _choose(token, error)
    except NotFound as error:
        return login_page.first_step(error)
    return login_page.first_step(said=CHOSEN)


def _ask(words: str) -> ResponseReturnValue:
    field = FormField("email", "E-mail", "email", autocomplete="username", autofocus=True)
    form = FormView(url_for(".send"), "Send a link", (field,)) if words == ASK else None
    return _page(LoginPage(words, form, (Link("Log in", url_for("auth.login")),), title="Forgotten password"))


def _choose(token: str, error: AppError | None = None) -> ResponseReturnValue:
    person = account_links.person_of(token)
    field = FormField(
        "new",
        "New password",
        "password",
        hint=f"At least {SHORTEST} characters; a few words are easy to remember.",
        error=error.message if error else "",
        autocomplete="new-password",
        autofocus=True,
    )
    form = FormView(url_for(".choose", token=token), "Set the password", (field,))
    return _page(LoginPage(f"For {person.email}.", form, title="Choose a password"), error)


def _page(page: LoginPage, error: AppError | None = None) -> ResponseReturnValue:
    response = make_response(render_template("auth/login.html", page=page))
    response.status_code = error.status if error else 200
    return response
