"""Ways in and one's own account: login, second factor, organizations, password, tokens."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from app.web.view_models.forms import FormView, PasskeyForm
from app.web.view_models.parts import NOTHING, Action, Link, TableView


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One's own account: password, logins, tokens."""

    facts: tuple[tuple[str, str], ...]
    password: FormView
    sessions: TableView
    tokens: TableView
    token_form: FormView | None = None
    new_token: str = ""  # shown once


@dataclass(frozen=True, slots=True)
class AppCard:
    """An authenticator app; its `secret`, and the same as a `picture`, while it is set up."""

    words: str
    form: FormView
    picture: Markup = NOTHING
    secret: str = ""


@dataclass(frozen=True, slots=True)
class SecondFactorPage:
    """The factors that there are; recovery `codes` once, right after the first factor of all.

    `new_passkey` is None where browsers offer none, for a reason that `passkey_words` give.
    """

    words: str
    app: AppCard
    passkeys: TableView
    passkey_words: str = ""
    new_passkey: PasskeyForm | None = None
    codes_form: FormView | None = None
    codes: tuple[str, ...] = ()
    said: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class LoginPage:
    """`words` name the installation or say why the last session ended; `ways` are buttons to other ways in."""

    words: str
    form: FormView | None
    links: tuple[Link, ...] = ()
    passkey: PasskeyForm | None = None
    ways: tuple[Link, ...] = ()
    title: str = "Log in"


@dataclass(frozen=True, slots=True)
class OrganizationChoice:
    """An organization that the person can go on in."""

    name: str
    roles: str
    clinics: str
    action: Action


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """The organizations to choose from."""

    words: str
    choices: tuple[OrganizationChoice, ...]
