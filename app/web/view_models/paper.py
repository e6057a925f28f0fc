"""A report on paper: cover band, findings, key figures, sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from app.web.view_models.parts import NOTHING, TableView


@dataclass(frozen=True, slots=True)
class Finding:
    figure: str
    clause: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A heading, a sentence, then a chart or a table or both; `note` is set small below."""

    title: str
    lead: str = ""
    chart: Markup = NOTHING
    table: TableView | None = None
    note: str = ""
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class ReportPaper:
    """`facts` are (term, text) at the right of the cover; the running head repeats title, scope and time."""

    kind: str
    period: str
    clinic: str
    organization: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    key_figures: TableView
    key_note: str
    sections: tuple[PaperSection, ...]
    confidentiality: str
    running_title: str
    running_scope: str
    running_time: str
    running_comparison: str
    definitions: tuple[tuple[str, str], ...] = ()
    size: Literal["A4", "Letter"] = "A4"
