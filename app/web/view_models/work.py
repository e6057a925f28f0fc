"""Working pages: cards, screens, the access log, errors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from app.web.view_models.forms import FormView
from app.web.view_models.parts import Action, Link, TableView
from app.web.view_models.wall import PairingCode, WallRow


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
class AuditPage:
    """The access log with its filter."""

    words: str
    chain: str  # "12,408 entries, checked now: none was changed, none is missing"
    chain_broken: bool
    filter: FormView
    table: TableView
    export_url: str = ""


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
