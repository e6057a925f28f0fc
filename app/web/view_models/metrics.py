"""The metric catalogue and the explanation of one figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.web.view_models.board import Chart, Facts
from app.web.view_models.parts import OK, Condition, Link, Signal, TableView


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A metric in the catalogue."""

    label: str
    key: str
    description: str
    unit: str
    better: str
    version: str
    fresh: str
    url: str
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """The metrics of one domain."""

    key: str
    title: str
    metrics: tuple[MetricLine, ...]


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """The metric catalogue with its search and domains."""

    query: str
    domains: tuple[Link, ...]
    groups: tuple[MetricGroup, ...]
    words: str  # "38 metrics, 4 without a source"
    search_url: str
    pages: tuple[Link, ...] = ()  # pages whose name the search found


@dataclass(frozen=True, slots=True)
class MetricPage:
    """One metric's definition; `definitions` are (term, text) in reading order."""

    title: str
    key: str
    description: str
    crumbs: tuple[Link, ...]
    definitions: tuple[tuple[str, str], ...]
    figures: Facts
    versions: TableView
    used_on: tuple[Link, ...]
    explain_url: str = ""
    trend: Chart | None = None
    condition: Condition = OK


@dataclass(frozen=True, slots=True)
class Division:
    """The figure as a sum in large type: top and bottom are empty for a plain count."""

    value: str
    value_label: str
    top: str = ""
    top_label: str = ""
    bottom: str = ""
    bottom_label: str = ""


@dataclass(frozen=True, slots=True)
class BarPart:
    """A part of a funnel's bar, in shares of its length."""

    kind: Literal["all", "kept", "left", "hit", "miss"]
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class FunnelBar:
    """One stage of the way from all records to the result."""

    left: str
    right: str
    parts: tuple[BarPart, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way a number came."""

    icon: str
    title: str
    line: str
    note: str


@dataclass(frozen=True, slots=True)
class ExplainPage:
    """Everything that explains one number."""

    crumbs: tuple[Link, ...]
    title: str
    under: str
    division: Division
    signal: Signal | None
    reading: str
    definitions: tuple[tuple[str, str], ...]
    metric_url: str
    left_out_title: str
    funnel: tuple[FunnelBar, ...]
    left_out: TableView
    steps: tuple[Step, ...]
    shown_on: tuple[Link, ...]
    opened_by: str
    others: TableView | None = None
    trend_title: str = ""
    trend: Chart | None = None
    sync_url: str = ""
    rows_title: str = ""
    rows_note: str = ""
    rows_links: tuple[Link, ...] = ()
    rows: TableView | None = None
    rows_csv_url: str = ""
    condition: Condition = OK


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """The records of one part of a figure; `parts` lead to the others."""

    crumbs: tuple[Link, ...]
    title: str
    under: str
    parts: tuple[Link, ...]
    table: TableView
    csv_url: str = ""
