"""Pages about work of the machine and of people: imports, reports, walls, audit, account."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, islice
from typing import Literal

from markupsafe import Markup

from app.web.view_models.parts import NOTHING, Action, Link, Poll, TableView
from app.web.view_models.wall import PairingCode, WallRow

RunState = Literal["queued", "running", "completed", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` 0 to 1, or None when the length is unknown: then only the sentence stands."""

    words: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of a run and when it was done."""

    words: str
    state: Literal["over", "now", "ahead"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of a run with its label."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; `options` are (value, label), `chosen` those of them that are ticked in "choices".

    `key` tells fields of one name apart where several forms stand on a page. `when` names the values of the field
    `frequency` for which this one is needed, separated by spaces; a browser that can hides it otherwise.
    """

    name: str
    label: str
    type: str = "text"  # text, email, password, number, date, file, select, checkbox, choices, textarea
    value: str = ""
    hint: str = ""
    error: str = ""
    optional: bool = False
    autocomplete: str = ""
    inputmode: str = ""
    accept: str = ""
    options: tuple[tuple[str, str], ...] = ()
    checked: bool = False
    chosen: frozenset[str] = frozenset()
    autofocus: bool = False
    key: str = ""
    when: str = ""

    @property
    def id(self) -> str:
        return f"field-{self.key or self.name}"


@dataclass(frozen=True, slots=True)
class FormView:
    """A form with one primary button. `error` concerns the form as a whole; `parts` are headings with how many of the
    fields stand below each, for a long form that is set in columns."""

    action: str
    submit: str
    fields: tuple[FormField, ...]
    method: Literal["get", "post"] = "post"
    error: str = ""
    upload: bool = False
    hidden: tuple[tuple[str, str], ...] = ()
    row: bool = False
    parts: tuple[tuple[str, int], ...] = ()

    def by_part(self) -> list[tuple[str, tuple[FormField, ...]]]:
        """The fields under their headings."""
        left = iter(self.fields)
        return [(title, tuple(islice(left, count))) for title, count in self.parts]


@dataclass(frozen=True, slots=True)
class PasskeyForm:
    """A form that a passkey answers: `options_url` says what the browser is to ask it, at `origin` alone.

    Without scripts it stays hidden.
    """

    kind: Literal["get", "create"]
    action: str
    options_url: str
    submit: str
    origin: str
    fields: tuple[FormField, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """Sources, imports, and the form for a new one."""

    upload: FormView | None
    runs: TableView
    sources: TableView
    words: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run of an import or a report: live while it lasts, then what came of it."""

    title: str
    under: str
    crumbs: tuple[Link, ...]
    state: RunState
    state_words: str
    progress: Progress | None
    steps: tuple[RunStep, ...]
    counts: tuple[Count, ...]
    facts: tuple[tuple[str, str], ...]
    downloads: tuple[Link, ...]
    actions: tuple[Action, ...] = ()
    failure: str = ""
    request_id: str = ""
    rejects: TableView | None = None
    rejects_url: str = ""
    poll: Poll | None = None
    tables: tuple[TableView, ...] = ()
    hold: FormView | None = None


@dataclass(frozen=True, slots=True)
class ReportType:
    """A type of report that can be asked for."""

    key: str
    label: str
    description: str
    formats: str
    link: Link | None


@dataclass(frozen=True, slots=True)
class ReportsPage:
    """Types of report by those who read them, and runs."""

    groups: tuple[tuple[str, tuple[ReportType, ...]], ...]
    runs: TableView
    words: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkCard:
    """A card of a working page: words, a list of terms, a table, a form, buttons; whatever of it there is.

    `half`: short ones that follow each other stand side by side.
    """

    key: str
    title: str
    words: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    table: TableView | None = None
    form: FormView | None = None
    actions: tuple[Action, ...] = ()
    half: bool = False


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A page of cards about one thing or a list of them. A `secret` is shown this once."""

    title: str
    under: str
    crumbs: tuple[Link, ...]
    links: tuple[Link, ...]
    cards: tuple[WorkCard, ...]
    notice: str = ""
    secret: str = ""

    def rows(self) -> list[tuple[WorkCard, ...]]:
        """The cards as they stand below each other: halves that follow each other as one row."""
        grouped = ((half, tuple(cards)) for half, cards in groupby(self.cards, key=lambda card: card.half))
        return [row for half, cards in grouped for row in ([cards] if half else [(card,) for card in cards])]


@dataclass(frozen=True, slots=True)
class WallsPage:
    """The screens of the clinics, and the form for a new one."""

    walls: tuple[WallRow, ...]
    form: FormView | None
    words: str
    pairing: PairingCode | None = None
    pair_url: str = ""  # where a screen's code is typed


@dataclass(frozen=True, slots=True)
class PlaylistRow:
    """One page of a screen's playlist."""

    title: str
    clinic: str
    stays: str
    remove: Action | None = None


@dataclass(frozen=True, slots=True)
class ScreenPage:
    """One screen as staff set it up."""

    name: str
    words: str
    rows: tuple[PlaylistRow, ...]
    playlist_form: FormView
    hours_form: FormView
    back: Link
    revoke: Action


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page that is one form."""

    title: str
    words: str
    form: FormView


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The access log with its filter."""

    words: str
    chain: str  # "Chain of 12,408 entries checked 06:00, unbroken"
    chain_broken: bool
    filter: FormView
    table: TableView
    export_url: str = ""


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


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message about what was just done."""

    text: str
    kind: Literal["", "error"] = ""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """`what` says what happened, `meanwhile` what is shown or what to do."""

    status: int
    title: str
    what: str
    meanwhile: str
    request_id: str
    links: tuple[Link, ...] = ()
