"""One's own second factor: set up with a code, shown recovery codes once, taken away again."""

import io

import segno
from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.errors import AppError, Invalid, TooMany, Unauthorized
from app.core.permissions import Permission
from app.services import second_factor
from app.services.places import places_of
from app.web.guard import requires
from app.web.shell import shell
from app.web.view_models import FormField, FormView, SecondFactorPage

bp = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")


@bp.get("")
@requires(Permission.ACCOUNT_USE, installation=True)
def show() -> ResponseReturnValue:
    """What stands, and how to change it."""
    return _page()


@bp.post("")
@requires(Permission.ACCOUNT_USE, installation=True)
def confirm() -> ResponseReturnValue:
    """Turns it on with a first code; shows the recovery codes this once."""
    try:
        codes = second_factor.confirm(g.actor, request.form.get("code", ""))
    except Invalid as error:
        return _page(error)
    return _page(codes=tuple(codes))


@bp.post("/remove")
@requires(Permission.ACCOUNT_USE, installation=True)
def remove() -> ResponseReturnValue:
    """Turns it off, after the password."""
    try:
        second_factor.remove(g.actor, request.form.get("password", ""))
    except (Unauthorized, TooMany) as error:
        return _page(error)
    return redirect(url_for(".show"), 303)


def _page(error: AppError | None = None, codes: tuple[str, ...] = ()) -> ResponseReturnValue:
    page = _standing(error, codes) if second_factor.is_on(g.actor.user_id) else _enrolment(error)
    frame = shell(g.actor, places_of(g.actor))
    response = make_response(render_template("auth/second_factor.html", page=page, shell=frame))
    if error is not None:
        response.status_code = 422 if isinstance(error, Unauthorized) else error.status
    return response


def _standing(error: AppError | None, codes: tuple[str, ...]) -> SecondFactorPage:
    words = "On. Every login asks for a code of your app after the password."
    field = FormField(
        "password", "Password", "password", error=error.message if error else "", autocomplete="current-password"
    )
    return SecondFactorPage(words, FormView(url_for(".remove"), "Turn off", (field,)), codes=codes)


def _enrolment(error: AppError | None) -> SecondFactorPage:
    made = second_factor.enrol(g.actor)
    field = FormField(
        "code",
        "Code",
        hint="Six digits that the app shows once it knows the secret.",
        error=error.message if error else "",
        autocomplete="one-time-code",
        inputmode="numeric",
    )
    return SecondFactorPage(
        "Off. Put the secret into an authenticator app, by camera or by hand, and write the code it shows.",
        FormView(url_for(".confirm"), "Turn on", (field,)),
        picture=_picture(made.address),
        secret=" ".join(made.secret[at : at + 4] for at in range(0, len(made.secret), 4)),
    )


def _picture(address: str) -> Markup:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, scale=4, border=4, light="#fff", title="Secret as a QR code"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn from digits and letters of ours
