"""The seam to the types of report: who reads which, what they are written in, and the making of one for a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.core import relative
from app.core.actor import Actor
from app.core.clock import local_day
from app.core.errors import NotFound
from app.core.period import Period
from app.models import ReportRun
from app.reports import build as reporting
from app.reports import contexts
from app.reports.catalogue import REPORTS
from app.reports.content import ReportContent
from app.reports.definition import Definition
from app.reports.parameters import SIZES, Parameters
from app.reports.writing import CONTENT_TYPES, Format, Written, write
from app.services.reports.report_errors import FormatUnknown, ReportInvalid

__all__ = ["SIZES"]

DATA = "data"  # the figures for programs; made with every run, no format that people choose
PLAIN = "plain"  # a PDF without its charts
_LABELS = {
    Format.PDF: "PDF",
    Format.XLSX: "Workbook",
    Format.CSV: "CSV",
    Format.JSON: "JSON",
    Format.HTML: "Page to print",
}
FORMATS: Mapping[str, tuple[str, str]] = {each.value: (_LABELS[each], CONTENT_TYPES[each]) for each in Format}
TYPES: Mapping[str, tuple[str, str]] = {**FORMATS, PLAIN: ("PDF without charts", CONTENT_TYPES[Format.PDF])}
_WRITTEN_AS = {DATA: Format.JSON, PLAIN: Format.PDF}
_DATA_ROWS = 1000  # of each table; an answer to a program is read whole
_OTHER_NAMES = {"excel": "xlsx"}
RELATIVE: Mapping[str, str] = {name: relative.words(name) for name in relative.NAMES}
# What a run keeps beside the parameters of its report.
OF_THE_RUN = frozenset({"max_data_age_hours", "retention_days"})


@dataclass(frozen=True)
class Made:
    """A report as one reader may see it, before it is written; every format is written from this one content."""

    content: ReportContent
    parameters: Parameters

    def write(self, format_: str, out: Path) -> Written:
        """Writes the report to a file."""
        content = self.content
        if format_ == PLAIN:
            content = content.without_charts()
        elif format_ == DATA:
            content = content.cut(_DATA_ROWS)
        with out.open("wb") as file:
            return write(content, _WRITTEN_AS.get(format_) or Format(format_), file, self.parameters.size)


def types_for(actor: Actor) -> list[Definition]:
    """The types of report in which there is anything that the actor may see."""
    return [each for each in REPORTS.values() if contexts.readable(each, actor)]


def type_of(kind: str) -> Definition:
    """A type of report; raises ReportInvalid."""
    if kind not in REPORTS:
        raise ReportInvalid("There is no such type of report.", field="report_type", known=sorted(REPORTS))
    return REPORTS[kind]


def type_for(actor: Actor, kind: str) -> Definition:
    """A type of report that the actor may read; raises NotFound."""
    if not readable(actor, kind):
        raise NotFound("There is no such report.")
    return REPORTS[kind]


def readable(actor: Actor, kind: str) -> bool:
    """Is there such a type, with anything in it that the actor may see?"""
    return kind in REPORTS and contexts.readable(REPORTS[kind], actor)


def label_of(kind: str) -> str:
    """What a type is called; its key where it is no longer known."""
    return REPORTS[kind].label if kind in REPORTS else kind


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


def parameters_of(run: ReportRun) -> Parameters:
    """What a run was asked for."""
    stored = {name: value for name, value in run.parameters.items() if name not in OF_THE_RUN}
    if run.clinic_id is not None:
        stored["clinics"] = [run.clinic_id]
    return Parameters.of(Period(run.period_start, run.period_end), stored)


def make(run: ReportRun, actor: Actor) -> Made:
    """A run's report as an actor may see it; raises Forbidden, NotFound and Invalid."""
    parameters = parameters_of(run)
    return Made(reporting.build(type_for(actor, run.kind), parameters, actor), parameters)
