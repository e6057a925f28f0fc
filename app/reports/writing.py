"""Writes a report in one of its formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from app.reports.content import ReportContent
from app.reports.formats import csv_file, html_file, json_file, xlsx_file
from app.reports.formats.digest import DigestStream
from app.reports.paper import PaperSize

TEMPLATE = "reports/paper.html"


class Format(StrEnum):
    """The formats of a report's file; the value is also the ending of its name."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


CONTENT_TYPES: Mapping[Format, str] = {
    Format.PDF: "application/pdf",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSON: "application/json",
    Format.HTML: "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class Written:
    """A file that was written: its size in bytes, its digest, the rows of its tables; `pages` of a PDF."""

    size: int
    sha256: str
    rows: int
    pages: int | None = None


def warm_up() -> None:
    """Loads what writing a PDF needs, once, for processes that are forked from this one."""
    from app.reports.formats import pdf_file

    pdf_file.warm_up(TEMPLATE)


def write(content: ReportContent, format: Format, out: BinaryIO, size: PaperSize = "A4") -> Written:
    """Writes the report to a stream that need not be one that can be rewound. Long tables are never held whole."""
    stream, pages = DigestStream(out), None
    if format is Format.PDF:
        from app.reports.formats import pdf_file  # a second of loading that only those who print need

        rows, pages = pdf_file.write(content, TEMPLATE, size, stream)
    elif format is Format.HTML:
        rows = html_file.write(content, TEMPLATE, stream)
    else:
        writers = {Format.XLSX: xlsx_file.write, Format.CSV: csv_file.write, Format.JSON: json_file.write}
        rows = writers[format](content, stream)
    return Written(stream.size, stream.sha256, rows, pages)
