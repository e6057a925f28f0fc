"""Parts every page shares: the frame, links and buttons, freshness, signals, conditions, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from markupsafe import Markup

from app.charts.types import SignalKind

NOTHING = Markup("")
Icon = str  # the id of a symbol in static/icons.svg
Theme = Literal["", "light", "dark", "contrast"]
Tone = Literal["", "muted", "beyond", "strong"]
ColumnKind = Literal["text", "figures", "mark", "actions"]
State = Literal["ok", "empty", "stale", "error", "suppressed", "not_recorded", "partial"]


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another page; `count` stands at its right, only where there is work."""

    label: str
    url: str
    icon: Icon = ""
    current: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A button. `method` "post" makes a form with a CSRF token; `fields` are its hidden values, never of a patient."""

    label: str
    url: str
    icon: Icon = ""
    method: Literal["get", "post"] = "post"
    fields: tuple[tuple[str, str], ...] = ()
    tone: Literal["", "primary", "danger"] = ""
    about: str = ""  # read out after the label, where many rows have the same button


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence whose first words are the number: the strong part is set bold."""

    strong: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Picker:
    """A choice of one among several, as links; with a single option it is plain text."""

    label: str
    current: str
    options: tuple[Link, ...] = ()
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A heading of the navigation and the links under it."""

    title: str
    items: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page."""

    name: str
    initials: str
    role: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame round every page of a signed-in viewer. `theme` "" follows the system."""

    viewer: Viewer
    nav: tuple[NavGroup, ...]
    organization: Picker
    clinic: Picker
    search_url: str
    alerts_url: str
    open_alerts: int = 0
    search: str = ""
    organizations_url: str = ""  # only where there is another one to go to
    theme: Theme = ""
    theme_url: str = ""  # takes POST theme=light|dark|contrast|auto where scripts are off


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the page's figures are. `late` has one sentence per late source ("Billing 13:00, 3 h late").

    `time` is the clinic's local time, `offset` its minutes from UTC, `now` the server's epoch seconds: the page's
    script keeps the time true with them. `loading` says that an import is under way, so that sums may be short.
    """

    time: str
    zone: str
    offset: int
    now: int
    words: str = "Live"
    late: tuple[str, ...] = ()
    live: str = ""  # the address of the socket that says when something moved
    loading: str = ""
    loading_url: str = ""
    day: str = ""  # the clinic's local date, for paper


@dataclass(frozen=True, slots=True)
class Poll:
    """Where a part of a page asks for itself, how often, and which data version it shows."""

    url: str
    seconds: int
    version: str


@dataclass(frozen=True, slots=True)
class Signal:
    """What a statistical rule found; `direction` is where the value went, not whether that is good."""

    kind: SignalKind
    words: str
    direction: Literal["up", "down", ""] = ""

    @property
    def icon(self) -> Icon:
        return "signal-common" if self.kind == "common" else f"signal-{self.kind}-{self.direction or 'up'}"


@dataclass(frozen=True, slots=True)
class Condition:
    """Why a figure is not simply shown: `words` name the state, `note` says what is shown or what to do."""

    state: State = "ok"
    words: str = ""
    note: str = ""
    link: Link | None = None
    request_id: str = ""


OK = Condition()


@dataclass(frozen=True, slots=True)
class Column:
    """`figures` are set right; a `spare` column is left out on phones; `sort_url` makes the head a link."""

    label: str
    kind: ColumnKind = "text"
    spare: bool = False
    sort_url: str = ""
    sorted: Literal["", "ascending", "descending"] = ""


class Cell(NamedTuple):
    """One place of a table: text with a small note, a drawing, a signal or actions."""

    text: str = ""
    note: str = ""
    tone: Tone = ""
    url: str = ""
    mark: Markup = NOTHING
    signal: Signal | None = None
    actions: tuple[Action, ...] = ()
    span: int = 1

    @property
    def plain(self) -> bool:
        """Is it text and nothing else?"""
        return not (self.note or self.url or self.mark or self.signal or self.actions)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; a subtotal stands on its own ground, a struck one no longer counts."""

    cells: tuple[Cell, ...]
    kind: Literal["", "sub", "total", "struck"] = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """`caption` is read out and names the table; `empty` is the one line shown without rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = "Nothing to show."
    earlier: str = ""  # paging links
    later: str = ""
    page_words: str = ""
    stacked: bool = False  # on phones each row is a block of lines that say their heads
