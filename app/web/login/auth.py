"""Logging in, picking an organization, logging out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Forbidden, TooMany, Unauthorized
from app.core.permissions import Role
from app.services.identity import accounts, logins, second_factor
from app.services.identity.logins import Proof
from app.web import session
from app.web.guard import signed_in
from app.web.login import half_login, login_page
from app.web.login.half_login import Half
from app.web.shell import ROLE_WORDS
from app.web.targets import local_target
from app.web.view_models import Action, OrganizationChoice, OrganizationPage

bp = Blueprint("auth", __name__)

VOUCHED = "Your organization's own login opens this organization alone. Log in with your password for the others."
NOWHERE = "You do not belong to an organization yet. Ask an administrator to add you."


@bp.get("/login")
def login() -> ResponseReturnValue:
    """The login form; whoever is logged in goes home."""
    if session.cookie_principal():
        return redirect(local_target(request.args.get("next")), 303)
    return login_page.first_step(said=login_page.ENDED if "ended" in request.args else "")


@bp.post("/login")
def enter() -> ResponseReturnValue:
    """Checks address and password; a login always begins under a new cookie."""
    form = request.form
    try:
        user = accounts.authenticate(form.get("email", ""), form.get("password", ""), request.remote_addr)
    except accounts.SecondFactorNeeded as half:
        return login_page.second_step(Half(half.user_id))
    except (Unauthorized, TooMany) as error:
        return login_page.first_step(error)
    return login_page.begin(user)


@bp.post("/login/code")
def code() -> ResponseReturnValue:
    """The second step, with a code."""
    half = half_login.taken(request.form.get("ticket", ""))
    if half is None:
        return login_page.first_step(Unauthorized(login_page.LATE))
    try:
        user = second_factor.check_after_password(half.user_id, request.form.get("code", ""), request.remote_addr)
    except (Unauthorized, TooMany) as error:
        return login_page.second_step(half, error)
    return login_page.begin(user, Proof(two_factors=True, provider_id=half.provider_id))


@bp.post("/logout")
def logout() -> ResponseReturnValue:
    """Ends the login here and in every process."""
    logins.end(signed_in().id)
    response = redirect(url_for("auth.login"), 303)
    session.clear_cookie(response)
    return response


@bp.get("/organization")
def organization() -> ResponseReturnValue:
    """The organizations to choose from; on to the page asked for where there is no choice."""
    target = local_target(request.args.get("next"))
    if not signed_in().elsewhere and (signed_in().organization_id or signed_in().may_act_for_installation):
        return redirect(target, 303)
    places = accounts.places_of(signed_in().user_id)
    if signed_in().vouched:
        places = [place for place in places if place.organization_id == signed_in().organization_id]
    choices = tuple(_choice(place, target) for place in places)
    count, installation = len(choices), signed_in().may_act_for_installation
    words = f"You belong to {count} organization{'' if count == 1 else 's'}." if count or installation else NOWHERE
    if signed_in().vouched:
        words = VOUCHED
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
    if principal.vouched:
        raise Forbidden(VOUCHED, code="vouched")
    token = logins.move(
        principal.id, principal.user_id, place.organization_id, request.user_agent.string, request.remote_addr
    )
    response = redirect(local_target(request.form.get("next")), 303)
    session.set_cookie(response, token)
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
