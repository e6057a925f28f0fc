"""One's own account: password, where one is logged in, tokens for programs."""

from uuid import UUID

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError, Invalid, TooMany, Unauthorized
from app.core.format import moment
from app.core.passwords import SHORTEST
from app.core.permissions import Permission
from app.extensions import db
from app.models.organizations import User
from app.services.identity import accounts, api_tokens, logins, second_factor
from app.services.places import places_of
from app.web import session
from app.web.guard import requires, signed_in
from app.web.login import token_parts
from app.web.shell import ROLE_WORDS, shell
from app.web.view_models import AccountPage, Action, Cell, Column, FormField, FormView, Row, TableView

# In the order of asking: most browsers name the ones they descend from as well.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@requires(Permission.ACCOUNT_USE, installation=True)
def show() -> ResponseReturnValue:
    """The account page."""
    return _page()


@bp.post("/password")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True)
def password() -> ResponseReturnValue:
    """Changes the password; every login ends, this browser gets a new one."""
    try:
        accounts.change_password(g.actor, request.form.get("current", ""), request.form.get("new", ""))
    except (Invalid, Unauthorized, TooMany) as error:
        return _page(error)
    return _log_in_again()


def _log_in_again() -> ResponseReturnValue:
    response = redirect(url_for("auth.login", next=url_for(".show")), 303)
    session.clear_cookie(response)
    return response


@bp.post("/sessions/<uuid:session_id>/end")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True)
def end_session(session_id: UUID) -> ResponseReturnValue:
    """Ends one of one's own logins."""
    logins.end_own(g.actor, session_id)
    return redirect(url_for(".show"), 303)


@bp.post("/sessions/end-others")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True)
def end_other_sessions() -> ResponseReturnValue:
    """Ends all of one's logins but this one."""
    logins.end_others(g.actor, signed_in().id)
    return redirect(url_for(".show"), 303)


@bp.post("/tokens")
@requires(Permission.ACCOUNT_USE)
def make_token() -> ResponseReturnValue:
    """Makes a personal token and shows it this once."""
    try:
        form = request.form
        only = token_parts.chosen(g.actor, form.getlist("scopes"))
        token = api_tokens.make(g.actor, form.get("name", ""), _days(form.get("days", "90")), only)
    except Invalid as error:
        return _page(error)
    return _page(new_token=token)


@bp.post("/tokens/<uuid:token_id>/revoke")
@requires(Permission.ACCOUNT_USE)
def revoke_token(token_id: UUID) -> ResponseReturnValue:
    """Ends one of one's own tokens."""
    api_tokens.revoke(g.actor, token_id)
    return redirect(url_for(".show"), 303)


def _days(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _page(error: AppError | None = None, new_token: str = "") -> ResponseReturnValue:
    user, places = db.session.get_one(User, g.actor.user_id), places_of(g.actor)
    page = AccountPage(
        facts=(
            ("Name", user.name),
            ("E-mail", user.email),
            ("Roles", _roles()),
            ("Second factor", "on" if second_factor.is_on(user.id) else "off"),
        ),
        password=_password_form(error),
        sessions=_sessions(places.organization.zone),
        tokens=token_parts.table(g.actor, places.organization.zone),
        token_form=None if g.actor.is_of_installation else token_parts.form(g.actor, error),
        new_token=new_token,
    )
    response = make_response(render_template("account.html", page=page, shell=shell(g.actor, places)))
    response.status_code = _status(error)
    return response


def _roles() -> str:
    return ", ".join(words for role, words in ROLE_WORDS.items() if role in g.actor.roles)


def _status(error: AppError | None) -> int:
    if error is None:
        return 200
    return 422 if isinstance(error, Unauthorized) else error.status  # the login itself is not in question


def _said(error: AppError | None, *fields: str) -> str:
    return error.message if error and error.details.get("field") in fields else ""


def _password_form(error: AppError | None) -> FormView:
    wrong = error.message if isinstance(error, (Unauthorized, TooMany)) else ""
    return FormView(
        action=url_for(".password"),
        submit="Change password",
        fields=(
            FormField("current", "Current password", "password", error=wrong, autocomplete="current-password"),
            FormField(
                "new",
                "New password",
                "password",
                hint=f"At least {SHORTEST} characters; a few words are easy to remember. Every login ends.",
                error=_said(error, "password"),
                autocomplete="new-password",
            ),
        ),
    )


def _sessions(zone: str) -> TableView:
    here = signed_in().id
    rows = tuple(
        Row(
            (
                Cell(_browser(row.agent), "this one" if row.id == here else ""),
                Cell(moment(row.created_at, zone)),
                Cell(moment(row.seen_at, zone)),
                Cell(actions=() if row.id == here else (_end(row.id),)),
            )
        )
        for row in logins.open_sessions(g.actor.user_id)
    )
    columns = (Column("Browser"), Column("Since", spare=True), Column("Last used"), Column("Next step", "actions"))
    return TableView("Where you are logged in", columns, rows)


def _browser(agent: str | None) -> str:
    """A browser and its system in words, as far as its own description tells."""
    told = agent or ""
    name = next((words for mark, words in BROWSERS if mark in told), told.partition("/")[0] or "Unknown browser")
    system = next((words for mark, words in SYSTEMS if mark in told), "")
    return f"{name} on {system}" if system else name


def _end(session_id: UUID) -> Action:
    return Action("End", url_for(".end_session", session_id=session_id), about="this login")
