"""What a paper template reads: cover, findings, key figures, sections. Text arrives formatted, SVG as safe markup."""

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from app.charts.types import SignalKind

NO_DRAWING = Markup("")
PaperSize = Literal["A4", "Letter"]
RowKind = Literal["", "sub", "total"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a statistical rule found; `direction` is where the value went, not whether that is good."""

    kind: SignalKind
    words: str
    direction: Literal["up", "down", ""] = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Figures are set right, marks are drawings; `unbroken`: its texts are short, each stays in one line; `wide`: they
    are long and get room, or every word would stand in a line of its own."""

    label: str
    kind: Literal["text", "figures", "mark"] = "text"
    unbroken: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a table: text with a small note, a drawing, or a signal."""

    text: str = ""
    note: str = ""
    tone: Literal["", "muted", "beyond", "strong"] = ""
    mark: Markup = NO_DRAWING
    signal: Mark | None = None
    span: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; a subtotal stands on its own ground, the total between rules."""

    cells: tuple[Cell, ...]
    kind: RowKind = ""


@dataclass(frozen=True, slots=True)
class Table:
    """`empty` is the line that stands there without rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str = "Nothing to show."


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure, what it is, and how to read it."""

    figure: str
    clause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart in literal colours; `caption` says which, where several stand together."""

    svg: Markup
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a sentence, then drawings or tables or both; `note` is set small below.

    `anchor` is where the contents lead to; `half`: two drawings stand in a line. Of a table wider than the page, parts.
    """

    title: str
    lead: str = ""
    drawings: tuple[Drawing, ...] = ()
    tables: tuple[Table, ...] = ()
    note: str = ""
    half: bool = False
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class ReportPaper:
    """`facts` stand at the right of the cover; the running head repeats title, scope, time and comparison.

    `contents`: with a list of the sections and their pages.
    """

    kind: str
    period: str
    clinic: str
    organization: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    confidentiality: str
    running_title: str
    running_scope: str
    running_time: str
    running_comparison: str
    notices: tuple[str, ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    method: tuple[str, ...] = ()
    contents: bool = False
    size: PaperSize = "A4"
