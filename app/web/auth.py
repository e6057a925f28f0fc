"""Logging in, picking an organization, logging out."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError, TooMany, Unauthorized
from app.core.permissions import Role
from app.models import User
from app.services import accounts, logins, second_factor
from app.web import half_login, session
from app.web.guard import signed_in
from app.web.shell import ROLE_WORDS
from app.web.targets import local_target
from app.web.view_models import Action, FormField, FormView, LoginPage, OrganizationChoice, OrganizationPage

bp = Blueprint("auth", __name__)

WELCOME = "Live figures of your clinics."
NOWHERE = "You do not belong to an organization yet. Ask an administrator to add you."


@bp.get("/login")
def login() -> ResponseReturnValue:
    """The login form; whoever is logged in goes home."""
    if session.cookie_principal():
        return redirect(local_target(request.args.get("next")), 303)
    return _form()


@bp.post("/login")
def enter() -> ResponseReturnValue:
    """Checks address and password; a login always begins under a new cookie."""
    form = request.form
    try:
        user = accounts.authenticate(form.get("email", ""), form.get("password", ""), request.remote_addr)
    except accounts.SecondFactorNeeded as half:
        return _code_form(half_login.give(half.user_id))
    except (Unauthorized, TooMany) as error:
        return _form(error)
    return _begin(user)


@bp.post("/login/code")
def code() -> ResponseReturnValue:
    """The second step, for those who have a second factor."""
    ticket = request.form.get("ticket", "")
    user_id = half_login.taken(ticket)
    if user_id is None:
        return _form(Unauthorized("That took too long. Log in again."))
    try:
        user = second_factor.check_after_password(user_id, request.form.get("code", ""), request.remote_addr)
    except (Unauthorized, TooMany) as error:
        return _code_form(ticket, error)
    return _begin(user)


def _begin(user: User) -> ResponseReturnValue:
    if before := session.cookie_principal():
        logins.end(before.id)
    places = accounts.places_of(user.id)
    only = places[0].organization_id if len(places) == 1 else None
    token = logins.begin(user, only, request.user_agent.string, request.remote_addr)
    target = local_target(request.form.get("next"))
    ready = only is not None or (user.platform_admin and not places)
    response = redirect(target if ready else url_for("auth.organization", next=target), 303)
    session.set_cookie(response, token)
    return response


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Ends the login here and in every process."""
    logins.end(signed_in().id)
    response = redirect(url_for("auth.login"), 303)
    session.clear_cookie(response)
    return response


@bp.get("/organization")
def organization() -> ResponseReturnValue:
    """The organizations to choose from."""
    target = local_target(request.args.get("next"))
    choices = tuple(_choice(place, target) for place in accounts.places_of(signed_in().user_id))
    count, installation = len(choices), signed_in().may_act_for_installation
    words = f"You belong to {count} organization{'' if count == 1 else 's'}." if count or installation else NOWHERE
    if installation:
        choices = (_installation(), *choices)
    return render_template("auth/organization.html", page=OrganizationPage(words, choices))


@bp.post("/organization")
def pick() -> ResponseReturnValue:
    """Goes on in the organization picked, under a new cookie."""
    principal = signed_in()
    known = {str(place.organization_id): place for place in accounts.places_of(principal.user_id)}
    place = known.get(request.form.get("organization", ""))
    if place is None:
        return redirect(url_for("auth.organization"), 303)
    token = logins.move(
        principal.id, principal.user_id, place.organization_id, request.user_agent.string, request.remote_addr
    )
    response = redirect(local_target(request.form.get("next")), 303)
    session.set_cookie(response, token)
    return response


def _form(error: AppError | None = None) -> ResponseReturnValue:
    values = request.form
    form = FormView(
        action=url_for("auth.enter"),
        submit="Log in",
        fields=(
            FormField(
                "email", "E-mail", type="email", value=values.get("email", ""), autocomplete="username", autofocus=True
            ),
            FormField("password", "Password", type="password", autocomplete="current-password"),
        ),
        error=error.message if error else "",
        hidden=(("next", local_target(request.values.get("next"))),),
    )
    return _answer(LoginPage(WELCOME, form), error)


def _code_form(ticket: str, error: AppError | None = None) -> ResponseReturnValue:
    form = FormView(
        action=url_for("auth.code"),
        submit="Go on",
        fields=(
            FormField(
                "code",
                "Code",
                hint="Six digits from your authenticator app, or one of your recovery codes.",
                autocomplete="one-time-code",
                autofocus=True,
            ),
        ),
        error=error.message if error else "",
        hidden=(("ticket", ticket), ("next", local_target(request.values.get("next")))),
    )
    return _answer(LoginPage("One more step: the code of your second factor.", form), error)


def _answer(page: LoginPage, error: AppError | None) -> ResponseReturnValue:
    response = make_response(render_template("auth/login.html", page=page))
    response.status_code = error.status if error else 200
    if error and (wait := error.details.get("retry_after")):
        response.headers["Retry-After"] = str(wait)
    return response


def _installation() -> OrganizationChoice:
    action = Action("Continue", url_for("dashboards.admin"), method="get", about="with the whole installation")
    return OrganizationChoice("Whole installation", ROLE_WORDS[Role.PLATFORM_ADMIN], "No patient's data", action)


def _choice(place: accounts.Place, target: str) -> OrganizationChoice:
    count = len(place.clinic_ids) if place.clinic_ids is not None else None
    return OrganizationChoice(
        name=place.name,
        roles=", ".join(ROLE_WORDS[role] for role in place.roles),
        clinics="All clinics" if count is None else f"{count} clinic{'' if count == 1 else 's'}",
        action=Action(
            label="Continue",
            url=url_for("auth.pick"),
            fields=(("organization", str(place.organization_id)), ("next", target)),
            about=f"with {place.name}",
        ),
    )
