"""The seam to the types of report: which there are, what they are written in, and the making of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core import relative
from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.errors import NotFound
from app.core.period import Period
from app.core.permissions import Permission
from app.models import ReportRun
from app.reports import clinic_data, pdf
from app.reports.catalogue import REPORTS
from app.reports.paper import NO_DRAWING
from app.reports.types import Gathered, ReportRequest, ReportType
from app.services.report_errors import FormatUnknown, ReportInvalid

DATA = "data"  # the figures for programs; made with every run, no format that people choose
FORMATS: Mapping[str, tuple[str, str]] = {
    "pdf": ("PDF", "application/pdf"),
    "html": ("Page", "text/html; charset=utf-8"),
    "json": ("JSON", "application/json"),
}
PLAIN = "plain"  # a PDF without its charts
TYPES: Mapping[str, tuple[str, str]] = {**FORMATS, PLAIN: ("PDF without charts", "application/pdf")}
_OTHER_NAMES = {"excel": "xlsx"}
SIZES = ("A4", "Letter")
RELATIVE: Mapping[str, str] = {name: relative.words(name) for name in relative.NAMES}


@dataclass(frozen=True)
class Made:
    """A report as one reader may see it, before it is written in any format."""

    type: ReportType[Any]
    request: ReportRequest
    gathered: Gathered

    @property
    def definitions(self) -> Mapping[str, int]:
        """Metric key to the version of its definition."""
        return self.gathered.definitions

    @property
    def as_of(self) -> datetime | None:
        """How fresh the oldest source is."""
        return self.gathered.as_of

    @property
    def data_version(self) -> str | None:
        """The version of the data that was read."""
        return self.gathered.data_version

    def write(self, format_: str, out: Path) -> int | None:
        """Writes the report to a file; how many pages it has, where it has pages."""
        if format_ in ("pdf", PLAIN):
            made = pdf.render(self._html(charts=format_ == "pdf"))
            out.write_bytes(made.content)
            return made.pages
        out.write_bytes(self._html().encode() if format_ == "html" else clinic_data.encoded(self.gathered))
        return None

    def _html(self, charts: bool = True) -> str:
        paper = self.type.paper(self.gathered, self.request)
        if not charts:
            paper = replace(paper, sections=tuple(replace(each, chart=NO_DRAWING) for each in paper.sections))
        return pdf.to_html(paper, self.type.template)


def types() -> list[ReportType[Any]]:
    """Every type of report."""
    return list(REPORTS.values())


def type_of(kind: str) -> ReportType[Any]:
    """A type of report; raises ReportInvalid."""
    if kind not in REPORTS:
        raise ReportInvalid("There is no such type of report.", field="report_type", known=sorted(REPORTS))
    return REPORTS[kind]


def label_of(kind: str) -> str:
    """What a type is called; its key where it is no longer known."""
    return REPORTS[kind].label if kind in REPORTS else kind


def permission_of(kind: str) -> Permission:
    """The right without which nobody reads such a report; raises NotFound."""
    if kind not in REPORTS:
        raise NotFound("There is no such report.")
    return REPORTS[kind].permission


def formats_of(given: Sequence[str]) -> list[str]:
    """Formats by the names that people and programs use, each once; raises FormatUnknown."""
    found = [_OTHER_NAMES.get(each.lower(), each.lower()) for each in given]
    if not found or any(each not in FORMATS for each in found):
        raise FormatUnknown(f"Reports are written as {', '.join(FORMATS)}.", field="format", known=list(FORMATS))
    return list(dict.fromkeys(found))


def without_charts(format_: str) -> str:
    """The format that has the same tables and no drawing."""
    return PLAIN if format_ == "pdf" else format_


def ending_of(format_: str) -> str:
    """How a file of a format is named at its end."""
    return "pdf" if format_ == PLAIN else format_


def resolve(name: str, at: datetime, zone: str, week_start: int = 0) -> Period:
    """The dates that a relative period means at an instant, by the wall clock of a zone."""
    return relative.resolve(name, local_day(at, zone), week_start)


def make(run: ReportRun, actor: Actor) -> Made:
    """The figures of a run as an actor may see them; raises Forbidden and NotFound."""
    type_ = REPORTS[run.kind]
    request = ReportRequest(
        organization_id=run.organization_id,
        clinic_id=run.clinic_id,
        period=Period(run.period_start, run.period_end),
        made_for=actor.name,
        at=now(),
        size=run.parameters.get("size", "A4"),
    )
    return Made(type_, request, type_.gather(request, actor))
