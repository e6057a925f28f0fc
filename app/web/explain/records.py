"""Lists of the records behind a figure, as tables and as CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import url_for

from app.core import format
from app.core.csv_cells import plain
from app.metrics.explain import counts_records
from app.metrics.rows import Part
from app.metrics.types import Figure
from app.metrics.values import Quantile, Ratio
from app.services.chart.record_fields import Field
from app.services.chart.record_rows import RecordRow, RecordRows
from app.web.explain.question import Asked
from app.web.view_models import Cell, Column, Link, Row, TableView
from app.web.view_models.parts import ColumnKind

PAGE = 50
TITLES: Mapping[Part, str] = {
    Part.NUMERATOR: "counted above the line",
    Part.DENOMINATOR: "counted below the line",
    Part.EXCLUDED: "left out",
}


def table(asked: Asked, found: RecordRows, part: Part, page: int = 0) -> TableView:
    """The records as rows; `page` counts from 1 and brings links to the pages beside it, 0 brings none.

    A column in which no row has a word is left out.
    """
    lines = [_cells(asked, one, found, part) for one in found.rows]
    kept = [index for index, column in enumerate(zip(*lines, strict=True)) if any(cell.text for cell in column)]
    heads = _columns(asked, found)
    rows = tuple(Row(tuple(line[index] for index in kept)) for line in lines)
    caption = f"{asked.metric.label}: records {TITLES[part]}"
    paging = _paging(asked, found, part, page) if page else ("", "", "")
    columns = tuple(heads[index] for index in kept)
    return TableView(caption, columns, rows, "No record stands behind this part of the figure.", *paging, stacked=True)


def _columns(asked: Asked, found: RecordRows) -> list[Column]:
    adds = "Value" if isinstance(asked.metric.value, Quantile) else "Adds"
    return [
        Column(found.kind.dated or "Day"),
        *(Column(_head(field, asked), _kind(field)) for field in found.fields if field.kind == "moment"),
        Column("Patient"),
        Column(adds, "figures"),
        Column("Why left out"),
        *(Column(_head(field, asked), _kind(field)) for field in found.fields if field.kind != "moment"),
        Column("Clinic", spare=True),
        Column("Department", spare=True),
        Column("Doctor", spare=True),
        Column("Source record", spare=True),
    ]


def _cells(asked: Asked, one: RecordRow, found: RecordRows, part: Part) -> list[Cell]:
    zone = one.zone or asked.zone
    fields = list(zip(found.fields, one.values, strict=True))
    is_timed = not found.kind.dated and bool(found.fields) and found.fields[0].kind == "moment" and one.values[0]
    day = "" if is_timed else format.date(one.record.day, "year")
    places = 0 if all(float(row.record.amount).is_integer() for row in found.rows) else 2
    adds = format.number(one.record.amount, places) if any(row.record.amount != 1 for row in found.rows) else ""
    return [
        Cell(day),
        *(Cell(_words(field, value, zone)) for field, value in fields if field.kind == "moment"),
        Cell(one.patient or "", one.record_number or ""),
        Cell(adds),
        Cell(one.record.why or "" if part is Part.EXCLUDED else ""),
        *(Cell(_words(field, value, zone)) for field, value in fields if field.kind != "moment"),
        Cell("" if asked.clinic else one.clinic or ""),
        Cell(one.department or ""),
        Cell(one.doctor or ""),
        Cell(one.source_name or ""),
    ]


def _paging(asked: Asked, found: RecordRows, part: Part, page: int) -> tuple[str, str, str]:
    def link(number: int) -> str:
        return url_for("metrics.rows", key=asked.metric.key, part=part.value, page=number, **asked.args)

    first, last = (page - 1) * PAGE + 1, (page - 1) * PAGE + len(found.rows)
    words = f"{format.number(first)} to {format.number(last)} of {format.number(found.total)}" if found.rows else ""
    return link(page - 1) if page > 1 else "", link(page + 1) if last < found.total else "", words


def _head(field: Field, asked: Asked) -> str:
    unit = {"days": ", days", "minutes": ", min", "money": f", {asked.currency}"}.get(field.kind, "")
    return f"{field.label}{unit}"


def _kind(field: Field) -> ColumnKind:
    return "figures" if field.kind in ("number", "days", "minutes", "money") else "text"


def _words(field: Field, value: Any, zone: str) -> str:
    if value is None:
        return ""
    match field.kind:
        case "moment":
            return format.moment(value, zone).rsplit(" ", 1)[0]  # the zone stands in the page's head
        case "day":
            return format.date(value, "year")
        case "money":
            return format.number(value, 2)
        case "number" | "days" | "minutes":
            return format.number(value)
        case "visit":
            return "New" if value else "Return"
        case "yes":
            return "Yes" if value else "No"
        case _:
            return str(value).replace("_", " ")


def links(asked: Asked, shown: RecordRows, figure: Figure, own: bool) -> tuple[Link, ...]:
    """Ways to all records above the line, below it and left out; counted where they are all of the figure's."""
    wanted = [(Part.NUMERATOR, f"All {format.number(shown.total)}")] if shown.total > len(shown.rows) else []
    if isinstance(asked.metric.value, Ratio):
        known = not own and counts_records(asked.metric.value.bottom)
        words = f"All {format.number(figure.denominator)} counted" if known else "Below the line"
        wanted.append((Part.DENOMINATOR, words))
    if figure.left_out:
        wanted.append((Part.EXCLUDED, "Left out" if own else f"{format.number(figure.left_out)} left out"))
    return tuple(
        Link(words, url_for("metrics.rows", key=asked.metric.key, part=part.value, **asked.args))
        for part, words in wanted
    )


def lines(found: RecordRows, part: Part) -> Iterator[str]:
    """The records as CSV, one line each, no cell of which a spreadsheet takes for a formula."""
    heads = ["record", "source_record", "day", "clinic", "department", "doctor", "patient", "record_number", "adds"]
    heads += ["left_out_because"] if part is Part.EXCLUDED else []
    yield _line([*heads, *(field.of for field in found.fields)])
    for one in found.rows:
        record = one.record
        cells: list[object] = [record.id, one.source_name, record.day, one.clinic, one.department, one.doctor]
        cells += [one.patient, one.record_number, record.amount]
        cells += [record.why] if part is Part.EXCLUDED else []
        yield _line([plain("" if cell is None else str(cell)) for cell in (*cells, *one.values)])


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
