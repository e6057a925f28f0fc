"""How people log in to the organization: of whom a second factor is asked, and the organization's own provider."""

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import AppError, Conflict, Invalid
from app.core.permissions import Permission, Role
from app.models import IdentityProvider
from app.services.identity import identity_providers, login_policy
from app.services.identity.identity_providers import GIVEN, Wanted
from app.services.places import places_of
from app.web.forms import fault_of
from app.web.guard import requires
from app.web.login.provider_login import redirect_uri
from app.web.shell import ROLE_WORDS, shell
from app.web.view_models import Action, Cell, Column, FormField, FormView, Link, ManagePage, ManagePart, Row, TableView

bp = Blueprint("login_rules", __name__, url_prefix="/users/logins")

FACTOR = (
    "Whoever holds one of these roles proves a second factor at each login: an authenticator app or a passkey. Those "
    "who have none are logged out, and come no further than setting one up."
)
PROVIDER = (
    "People log in where they log in for everything else, by OpenID Connect. It opens this organization to those who "
    "belong to it by an e-mail address that the provider vouches for."
)
NOBODY = "Nobody: only people who were added here"


@bp.get("")
@requires(Permission.USERS_WRITE)
def show() -> ResponseReturnValue:
    """The rules as they stand."""
    return _page()


@bp.post("/second-factor")
@requires(Permission.USERS_WRITE)
def ask() -> ResponseReturnValue:
    """Sets of whom a second factor is asked."""
    wanted = [role for role in Role if role.value in request.form.getlist("roles")]
    try:
        login_policy.ask_second_factor(g.actor, wanted)
    except (Invalid, Conflict) as error:
        return _page(error)
    return _page(said="It holds from now on.")


@bp.post("/provider")
@requires(Permission.USERS_WRITE)
def save() -> ResponseReturnValue:
    """Sets the organization's provider, after asking it who it is."""
    try:
        identity_providers.save(g.actor, _wanted())
    except Invalid as error:
        return _page(error)
    return _page(said="The provider answers and is set.")


@bp.post("/provider/remove")
@requires(Permission.USERS_WRITE)
def remove() -> ResponseReturnValue:
    """Takes the provider away; the logins it has vouched for end."""
    identity_providers.remove(g.actor)
    return redirect(url_for(".show"), 303)


def _wanted() -> Wanted:
    form = request.form
    words = {name: form.get(name, "").strip() for name in ("label", "issuer", "client_id", "secret", "default_role")}
    domains = tuple(part.strip().lower().lstrip("@") for part in form.get("domains", "").split(",") if part.strip())
    role = words["default_role"]
    return Wanted(
        label=" ".join(words["label"].split()),
        issuer=words["issuer"],
        client_id=words["client_id"],
        secret=words["secret"],
        listed="listed" in form,
        asks_second_factor="asks_second_factor" in form,
        default_role=Role(role) if role in set(Role) else None,
        domains=domains,
    )


def _page(error: AppError | None = None, said: str = "") -> ResponseReturnValue:
    provider = identity_providers.of(g.actor)
    asked = FormView(url_for(".ask"), "Ask them", (_roles(error),))
    parts = [ManagePart("factor", "Second factor", FACTOR, form=asked)]
    parts.append(ManagePart("provider", "The organization's own login", PROVIDER, _addresses(), _form(provider, error)))
    if provider is not None:
        away = Action("Remove", url_for(".remove"), "trash-2", tone="danger", about=provider.label)
        words = "The people keep their accounts here; logins that it vouched for end."
        parts.append(ManagePart("remove", "Take it away", words, actions=(away,)))
    plain = "" if error is None or "fields" in error.details else error.message
    page = ManagePage(
        "How people log in",
        "Holds for this organization alone. Each change is in the access log.",
        tuple(parts),
        (Link("Users and roles", url_for("users.index")),),
        said=plain or said,
        bad=bool(plain),
    )
    response = make_response(render_template("manage.html", page=page, shell=shell(g.actor, places_of(g.actor))))
    response.status_code = 200 if error is None else error.status
    return response


def _addresses() -> TableView:
    """What the provider and the people are told."""
    start = url_for("provider_login.start", organization_id=g.actor.organization_id)
    public_url = current_app.extensions["mediconnect"].public_url
    rows = (
        Row(
            (Cell("Redirect URI"), Cell(redirect_uri(g.actor.organization_id), note="to be registered at the provider"))
        ),
        Row((Cell("Start"), Cell(f"{public_url}{start}", note="where people may begin, beside the login page"))),
    )
    return TableView("Addresses", (Column("Address"), Column("Where")), rows)


def _roles(error: AppError | None) -> FormField:
    held = frozenset(role.value for role in login_policy.roles_asked(g.actor))
    if error is not None and request.endpoint == f"{bp.name}.ask":
        held = frozenset(request.form.getlist("roles"))
    options = tuple((role.value, ROLE_WORDS[role]) for role in login_policy.ASKABLE)
    return FormField("roles", "Roles", "choices", options=options, chosen=held, optional=True)


def _form(provider: IdentityProvider | None, error: AppError | None) -> FormView:
    sent = request.form if request.endpoint == f"{bp.name}.save" else None
    shown = _shown(provider) if sent is None else dict(sent.items())
    kept = "" if provider is None else "Kept sealed. Leave it empty to keep the one there is."
    roles = (("", NOBODY), *((role.value, ROLE_WORDS[role]) for role in GIVEN))

    def field(name: str, label: str, kind: str = "text", **more: object) -> FormField:
        fault = fault_of(error, name) if sent is not None else ""
        return FormField(name, label, kind, shown.get(name, ""), error=fault, **more)  # type: ignore[arg-type]

    fields = (
        field("label", "Words of the button", hint="After: Log in with"),
        field("issuer", "Issuer", "url", hint="https://, exactly as the provider names itself"),
        field("client_id", "Client id", autocomplete="off"),
        FormField(
            "secret",
            "Client secret",
            "password",
            hint=kept,
            optional=provider is not None,
            autocomplete="off",
            error=fault_of(error, "secret"),
        ),
        FormField("listed", "Show the button on the login page", "checkbox", checked="listed" in shown),
        FormField(
            "asks_second_factor",
            "Its second factor counts here",
            "checkbox",
            hint="Where it says so of a login (amr: mfa). Otherwise the second factor of this product is asked for.",
            checked="asks_second_factor" in shown,
        ),
        field("default_role", "Who may come in by themselves", "select", options=roles, optional=True),
        field(
            "domains",
            "With an address of",
            hint="Domains, separated by commas. Needed where people may come in by themselves.",
            optional=True,
        ),
    )
    return FormView(url_for(".save"), "Set", fields)


def _shown(provider: IdentityProvider | None) -> dict[str, str]:
    if provider is None:
        return {"listed": "yes"}
    ticked = {name: "yes" for name in ("listed", "asks_second_factor") if getattr(provider, name)}
    words = {"label": provider.label, "issuer": provider.issuer, "client_id": provider.client_id}
    return {**ticked, **words, "default_role": provider.default_role or "", "domains": ", ".join(provider.domains)}
