"""Logging in with a passkey: alone, or as the second step after a password."""

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from app.core.errors import AppError, NotFound, TooMany, Unauthorized
from app.services.identity import passkeys
from app.services.identity.logins import Proof
from app.services.identity.passkeys import Asked, RelyingParty
from app.web import session
from app.web.login import half_login, login_page

bp = Blueprint("passkey_login", __name__, url_prefix="/login")


@bp.post("/passkey/options")
def options() -> ResponseReturnValue:
    """What the browser is to ask any passkey."""
    return offer(lambda party: passkeys.ask(party, session.browser()))


@bp.post("/passkey")
def enter() -> ResponseReturnValue:
    """Lets in whoever's passkey has signed, without a password."""
    form = request.form
    try:
        user = passkeys.log_in(
            party_here(), form.get("challenge", ""), form.get("answer", ""), session.browser(), request.remote_addr
        )
    except (Unauthorized, TooMany) as error:
        return login_page.first_step(error)
    return login_page.begin(user, Proof(two_factors=True))


@bp.post("/code/passkey/options")
def second_options() -> ResponseReturnValue:
    """What the browser is to ask the passkeys of the person whose first step it was."""
    word = request.form.get("ticket", "")

    def ask(party: RelyingParty) -> Asked:
        half = half_login.taken(word)
        if half is None:
            raise Unauthorized(login_page.LATE)
        return passkeys.ask_again(party, half.user_id, word, session.browser())

    return offer(ask)


@bp.post("/code/passkey")
def second() -> ResponseReturnValue:
    """The second step, with a passkey."""
    form = request.form
    word = form.get("ticket", "")
    half = half_login.taken(word)
    if half is None:
        return login_page.first_step(Unauthorized(login_page.LATE))
    answered = (form.get("challenge", ""), form.get("answer", ""), session.browser())
    try:
        user = passkeys.check_after_password(party_here(), half.user_id, word, *answered, request.remote_addr)
    except (Unauthorized, TooMany) as error:
        return login_page.second_step(half, error)
    return login_page.begin(user, Proof(two_factors=True, provider_id=half.provider_id))


def party_here() -> RelyingParty:
    """Whom passkeys are made for here; raises NotFound where there are none."""
    party = login_page.relying_party()
    if party is None:
        raise NotFound("This installation has no address that browsers offer passkeys for.")
    return party


def offer(ask: Callable[[RelyingParty], Asked]) -> ResponseReturnValue:
    """What to ask an authenticator, as JSON for the script of the page; an error as words that it shows."""
    try:
        asked = ask(party_here())
    except AppError as error:
        status = 422 if isinstance(error, Unauthorized) else error.status
        return jsonify(error=error.message), status
    return jsonify(options=asked.options, ticket=asked.ticket)
