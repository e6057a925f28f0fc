"""One's own second factors: an app and passkeys, set up, shown recovery codes once, taken away again."""

import io
from uuid import UUID

import segno
from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.errors import AppError, Conflict, Invalid, TooMany, Unauthorized
from app.core.format import moment
from app.core.permissions import Permission
from app.models import Passkey
from app.services.identity import authenticator_app, logins, passkeys, second_factor
from app.services.places import places_of
from app.web import session
from app.web.guard import requires, signed_in
from app.web.login import login_page, passkey_login
from app.web.shell import shell
from app.web.view_models import (
    Action,
    AppCard,
    Cell,
    Column,
    FormField,
    FormView,
    PasskeyForm,
    Row,
    SecondFactorPage,
    TableView,
)

bp = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")

OWED = "Your organization asks for a second factor. Set one up to go on."
NO_SCRIPT = "Adding a passkey needs JavaScript, and a browser that has passkeys."
NO_NAME = "Browsers offer passkeys only for an https address with a name; who runs the installation can set one."


@bp.get("")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def show() -> ResponseReturnValue:
    """What stands, and how to change it."""
    return _page()


@bp.post("")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def confirm() -> ResponseReturnValue:
    """Turns the app on with a first code; shows the recovery codes this once."""
    try:
        codes = second_factor.turn_on(g.actor, request.form.get("code", ""))
    except (Invalid, Conflict) as error:
        return _page(error)
    return _stronger("The authenticator app is set up.", codes)


@bp.post("/remove")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def remove() -> ResponseReturnValue:
    """Turns the app off, after the password."""
    try:
        second_factor.remove_app(g.actor, request.form.get("password", ""))
    except (Unauthorized, TooMany, Conflict) as error:
        return _page(error)
    return redirect(url_for(".show"), 303)


@bp.post("/codes")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def renew_codes() -> ResponseReturnValue:
    """New recovery codes, after the password; shown this once."""
    try:
        codes = second_factor.new_codes(g.actor, request.form.get("password", ""))
    except (Unauthorized, TooMany, Conflict) as error:
        return _page(error)
    return _page(said="The codes before these hold no longer.", codes=tuple(codes))


@bp.post("/passkeys/options")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def passkey_options() -> ResponseReturnValue:
    """What the browser is to ask a new authenticator, after the password."""
    password = request.form.get("password", "")
    return passkey_login.offer(lambda party: passkeys.ask_to_register(g.actor, party, password, session.browser()))


@bp.post("/passkeys")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def add_passkey() -> ResponseReturnValue:
    """Keeps a new passkey; shows recovery codes this once with the first factor of all."""
    form = request.form
    answered = (form.get("challenge", ""), form.get("answer", ""), session.browser())
    try:
        passkey, codes = passkeys.register(g.actor, passkey_login.party_here(), form.get("name", ""), *answered)
    except (Invalid, Unauthorized) as error:
        return _page(error)
    return _stronger(f"The passkey {passkey.name} opens your account from now on.", codes)


@bp.post("/passkeys/<uuid:passkey_id>/remove")
@requires(Permission.ACCOUNT_USE, installation=True, personal=True, factors=True)
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Takes one of one's passkeys away."""
    try:
        passkeys.remove(g.actor, passkey_id)
    except Conflict as error:
        return _page(error)
    return redirect(url_for(".show"), 303)


def _stronger(said: str, codes: list[str]) -> ResponseReturnValue:
    """The page after a factor was added: this login has proved it, and goes on under another cookie."""
    token = logins.strengthen(signed_in().id)
    if token is not None:
        session.expect(token)
    response = make_response(_page(said=said, codes=tuple(codes)))
    if token is not None:
        session.set_cookie(response, token)
    return response


def _page(error: AppError | None = None, said: str = "", codes: tuple[str, ...] = ()) -> ResponseReturnValue:
    is_on, app_on = second_factor.is_on(g.actor.user_id), authenticator_app.is_on(g.actor.user_id)
    party = login_page.relying_party()
    wrong = "" if error is None else error.message
    sent = request.endpoint if error is not None else ""
    in_app = sent in (f"{bp.name}.confirm", f"{bp.name}.remove") and not isinstance(error, Conflict)
    in_codes = sent == f"{bp.name}.renew_codes"
    page = SecondFactorPage(
        words=_words(is_on),
        app=(_app_on if app_on else _app_off)(wrong if in_app else ""),
        passkeys=_passkeys(),
        passkey_words=NO_NAME if party is None else _away(party.origin),
        new_passkey=None if party is None else _new_passkey(party.origin, error),
        codes_form=_codes_form(wrong if in_codes else "") if is_on else None,
        codes=codes,
        said=said or ("" if in_app or in_codes else wrong),
        bad=error is not None,
    )
    response = make_response(
        render_template("auth/second_factor.html", page=page, shell=shell(g.actor, places_of(g.actor)))
    )
    if error is not None:
        response.status_code = 422 if isinstance(error, Unauthorized) else error.status
    return response


def _words(is_on: bool) -> str:
    if is_on:
        return "On. A password alone does not open your account."
    return OWED if signed_in().owes_factor else "Off. A password alone opens your account."


def _away(origin: str) -> str:
    return f"{NO_SCRIPT} Passkeys of this installation are made at {origin}."


def _passkeys() -> TableView:
    rows = tuple(_row(passkey) for passkey in passkeys.own(g.actor.user_id))
    columns = (Column("Name"), Column("Since", spare=True), Column("Last used"), Column("Next step", "actions"))
    return TableView("Passkeys", columns, rows, empty="You have none yet.")


def _row(passkey: Passkey) -> Row:
    url = url_for(".remove_passkey", passkey_id=passkey.id)
    return Row(
        (
            Cell(passkey.name, note="also with its maker" if passkey.backed_up else "on this device alone"),
            Cell(moment(passkey.created_at)),
            Cell(moment(passkey.used_at, unknown="not yet")),
            Cell(actions=(Action("Remove", url, tone="danger", about=passkey.name),)),
        )
    )


def _new_passkey(origin: str, error: AppError | None) -> PasskeyForm:
    typed = request.form.get("name", "") if error is not None else ""
    name = FormField("name", "Name", hint="Which device it is, such as Ada's phone", value=typed)
    return PasskeyForm(
        "create",
        url_for(".add_passkey"),
        url_for(".passkey_options"),
        "Add a passkey",
        origin,
        (name, _password("", "passkey-password")),
    )


def _password(wrong: str, key: str) -> FormField:
    return FormField("password", "Password", "password", error=wrong, autocomplete="current-password", key=key)


def _codes_form(wrong: str) -> FormView:
    return FormView(url_for(".renew_codes"), "Make new codes", (_password(wrong, "codes-password"),))


def _app_on(wrong: str) -> AppCard:
    form = FormView(url_for(".remove"), "Turn off", (_password(wrong, "app-password"),))
    return AppCard("On. The app shows a new code each half minute, without a connection.", form)


def _app_off(wrong: str) -> AppCard:
    made = authenticator_app.enrol(g.actor)
    field = FormField(
        "code",
        "Code",
        hint="Six digits that the app shows once it knows the secret.",
        error=wrong,
        autocomplete="one-time-code",
        inputmode="numeric",
    )
    return AppCard(
        "Off. Put the secret into an app, by camera or by hand, and write the code it shows.",
        FormView(url_for(".confirm"), "Turn on", (field,)),
        _picture(made.address),
        " ".join(made.secret[at : at + 4] for at in range(0, len(made.secret), 4)),
    )


def _picture(address: str) -> Markup:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, scale=4, border=4, light="#fff", title="Secret as a QR code"
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn from digits and letters of ours
