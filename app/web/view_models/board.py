"""A dashboard: sections of widgets, each one card with a body, a condition and its own poll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from app.web.view_models.parts import (
    NOTHING,
    OK,
    Action,
    Condition,
    Freshness,
    Link,
    Phrase,
    Picker,
    Poll,
    Signal,
    TableView,
)

NoteKind = Literal["concern", "critical", "out", "late", "people", "finding", "event"]
FlowKind = Literal["done", "room", "wait", "later", "cancel", "noshow"]
WidgetKind = Literal["tile", "flow", "chart", "table", "notes", "worklist", "facts", "entries"]
Mark = Literal["", "good", "late"]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure with its change, target, signal and sparkline, all in words."""

    label: str
    value: str = ""
    unit: str = ""
    second: str = ""
    change: Phrase | None = None
    target: str = ""
    signal: Signal | None = None
    sparkline: Markup = NOTHING
    count_note: str = ""
    time_note: str = ""
    explain_url: str = ""


@dataclass(frozen=True, slots=True)
class FlowSegment:
    """One part of a day; `start` and `share` are fractions of the whole, 0 to 1."""

    kind: FlowKind
    label: str
    count: int
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Where everyone booked today is, as one bar."""

    sentence: str
    aside: str
    whole: int
    whole_label: str
    segments: tuple[FlowSegment, ...]
    table_url: str = ""
    explain_url: str = ""


def flow_segments(parts: tuple[tuple[FlowKind, str, int], ...]) -> tuple[FlowSegment, ...]:
    """(kind, label, count) in order -> segments in true proportion; all shares are 0 when the whole is 0."""
    whole = sum(count for _, _, count in parts) or 1
    segments, before = [], 0
    for kind, label, count in parts:
        segments.append(FlowSegment(kind, label, count, before / whole, count / whole))
        before += count
    return tuple(segments)


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A colour and what it stands for."""

    kind: FlowKind
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`svg` is the drawing 600 wide, `slim` the one 310 wide; `table` its twin, shown when `as_table`."""

    summary: str
    svg: Markup
    slim: Markup = NOTHING
    signal: Signal | None = None
    legend: tuple[LegendItem, ...] = ()
    table: TableView | None = None
    as_table: bool = False
    table_url: str = ""
    chart_url: str = ""
    explain_url: str = ""
    count_note: str = ""
    time_note: str = ""
    notes: tuple[str, ...] = ()  # stand under the drawing


@dataclass(frozen=True, slots=True)
class TableCard:
    """A table as the body of a card."""

    table: TableView
    summary: str = ""
    links: tuple[Link, ...] = ()
    count_note: str = ""
    time_note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A row with an icon: an open alert episode, a tested finding or a coming event."""

    kind: NoteKind
    title: str
    evidence: str
    top: str = ""  # how long open, or when
    bottom: str = ""  # who took it
    url: str = ""
    signal: Signal | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """Rows with an icon, or the line for none."""

    rows: tuple[Note, ...]
    link: Link | None = None
    empty: str = "No open alerts."
    count_note: str = ""


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A follow-up with what can be done about it."""

    name: str
    record: str
    reason: str
    due: str
    overdue: str
    doctor: str
    contact: str
    actions: tuple[Action, ...] = ()
    finished: bool = False
    url: str = ""


@dataclass(frozen=True, slots=True)
class Worklist:
    """The longest overdue follow-ups."""

    summary: str
    rows: tuple[WorkRow, ...]
    link: Link | None = None
    empty: str = "Nobody is overdue."


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure in a list. Without a `value` the reason stands in `note` ("Not recorded")."""

    label: str
    value: str = ""
    note: str = ""
    explain_url: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Lines of label, value and note."""

    facts: tuple[Fact, ...]
    summary: str = ""
    count_note: str = ""
    time_note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing told in plain words: a title, lines under it, a list of points (`points_head` says of what), and how
    far it is (0 to 1)."""

    title: str
    lines: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    aside: str = ""
    mark: Mark = ""
    mark_words: str = ""
    share: float | None = None
    share_words: str = ""
    url: str = ""
    points_head: str = ""


@dataclass(frozen=True, slots=True)
class Entries:
    """Things told in plain words; `actions` lead to what can be done about them. A `lead` card speaks louder."""

    rows: tuple[Entry, ...]
    empty: str
    summary: str = ""
    links: tuple[Link, ...] = ()
    actions: tuple[Action, ...] = ()
    lead: bool = False


Body = Tile | Flow | Chart | TableCard | Notes | Worklist | Facts | Entries


@dataclass(frozen=True, slots=True)
class Widget:
    """One card of a board. `span` is in twelfths at 1280; `early` moves it up on phones."""

    key: str
    kind: WidgetKind
    title: str
    body: Body | None
    span: Literal[2, 3, 4, 5, 6, 7, 8, 12] = 12
    poll: Poll | None = None
    condition: Condition = OK
    early: Literal["", "first", "early"] = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the board and its widgets."""

    key: str
    title: str
    widgets: tuple[Widget, ...]
    quiet: bool = False  # the title is only read out


@dataclass(frozen=True, slots=True)
class Filters:
    """The bar over a board: periods as links, the comparison in words, one picker per dimension."""

    periods: tuple[Link, ...]
    comparison: Picker | None = None
    pickers: tuple[Picker, ...] = ()
    chips: tuple[Link, ...] = ()  # following one takes that filter away
    custom_url: str = ""
    custom_kept: tuple[tuple[str, str], ...] = ()  # what else the address says: a form's own query replaces it
    start: str = ""
    end: str = ""
    fault: str = ""  # why the dates written are no period
    export_url: str = ""
    wall_url: str = ""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A board."""

    title: str
    under: str
    freshness: Freshness
    filters: Filters
    sections: tuple[Section, ...]
    refresh_url: str
    paused: bool = False
    crumbs: tuple[Link, ...] = ()
