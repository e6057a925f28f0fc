"""The login page in its two steps, and the beginning of a login that is proved."""

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError
from app.models import IdentityProvider, User
from app.services.identity import accounts, identity_providers, logins, passkeys
from app.services.identity.logins import ONE_FACTOR, Proof
from app.services.identity.passkeys import RelyingParty
from app.web import session
from app.web.login import half_login
from app.web.login.half_login import Half
from app.web.targets import local_target
from app.web.view_models import FormField, FormView, Link, LoginPage, PasskeyForm

WELCOME = "Live figures of your clinics."
SECOND = "One more step: your passkey, or a code of your second factor."
ENDED = "Your login has ended. Log in to go on."
LATE = "That took too long. Log in again."


def first_step(error: AppError | None = None, said: str = "") -> ResponseReturnValue:
    """Address and password, and the other ways in."""
    values = request.form
    form = FormView(
        action=url_for("auth.enter"),
        submit="Log in",
        fields=(
            FormField(
                "email",
                "E-mail",
                type="email",
                value=values.get("email", ""),
                autocomplete="username webauthn",
                autofocus=True,
            ),
            FormField("password", "Password", type="password", autocomplete="current-password"),
        ),
        error=error.message if error else "",
        hidden=(_next(),),
    )
    party, target = relying_party(), _next()[1]
    passkey = None
    if party is not None:
        places = (url_for("passkey_login.enter"), url_for("passkey_login.options"))
        passkey = PasskeyForm("get", *places, "Log in with a passkey", party.origin, hidden=(_next(),))
    ways = tuple(_way(provider, target) for provider in identity_providers.listed())
    links = (Link("Forgotten password", url_for("account_links.forgotten")),)
    return answer(LoginPage(said or WELCOME, form, links, passkey, ways), error)


def second_step(half: Half, error: AppError | None = None, target: str | None = None) -> ResponseReturnValue:
    """A code, or a passkey where the person has one."""
    word = half_login.give(half)
    hidden = (("ticket", word), ("next", target) if target else _next())
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
        hidden=hidden,
    )
    party, passkey = relying_party(), None
    if party is not None and passkeys.own(half.user_id):
        places = (url_for("passkey_login.second"), url_for("passkey_login.second_options"))
        passkey = PasskeyForm("get", *places, "Use a passkey", party.origin, hidden=hidden)
    return answer(LoginPage(SECOND, form, passkey=passkey), error)


def begin(user: User, proof: Proof = ONE_FACTOR, target: str | None = None) -> ResponseReturnValue:
    """A login under a new cookie, on its way to the page that was asked for; the one before it ends."""
    if before := session.cookie_principal():
        logins.end(before.id)
    places = accounts.places_of(user.id)
    only = places[0].organization_id if len(places) == 1 else None
    if proof.provider_id is not None:
        only = identity_providers.organization_of(proof.provider_id)
    token = logins.begin(user, only, request.user_agent.string, request.remote_addr, proof)
    target = target or _next()[1]
    ready = only is not None or (user.platform_admin and not places)
    response = redirect(target if ready else url_for("auth.organization", next=target), 303)
    session.set_cookie(response, token)
    return response


def relying_party() -> RelyingParty | None:
    """Whom passkeys are made for here; None where browsers offer none."""
    return RelyingParty.of(current_app.extensions["mediconnect"].public_url)


def answer(page: LoginPage, error: AppError | None) -> ResponseReturnValue:
    """The page, with the status of what went wrong."""
    response = make_response(render_template("auth/login.html", page=page))
    response.status_code = error.status if error else 200
    if error and (wait := error.details.get("retry_after")):
        response.headers["Retry-After"] = str(wait)
    return response


def _way(provider: IdentityProvider, target: str) -> Link:
    url = url_for("provider_login.start", organization_id=provider.organization_id, next=target)
    return Link(f"Log in with {provider.label}", url)


def _next() -> tuple[str, str]:
    return ("next", local_target(request.values.get("next")))
