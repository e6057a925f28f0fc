"""Work of the machine: imports and reports, while they run and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.web.view_models.forms import FormView
from app.web.view_models.parts import Action, Link, Poll, TableView

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
