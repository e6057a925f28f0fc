"""JSON: everything of a report. Money is a string of exact digits; shares are fractions with what they were made of.

A row has `cells` (column key to value) and, where there is more to say, `parts` (column key to numerator, denominator,
n, reason).
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from app.reports.content import Cell, Column, Finding, Graph, Headline, ReportContent, Row, Section, Table, Value
from app.reports.formats.digest import DigestStream

_BATCH = 500  # rows that are written at once


def write(content: ReportContent, out: DigestStream) -> int:
    """Writes the file; how many rows its tables have together."""
    head = orjson.dumps(_head(content))
    out.write(head[:-1] + b',"sections":[')
    rows = 0
    for number, section in enumerate(content.sections):
        out.write(b"," if number else b"")
        rows += _write_section(section, out)
    out.write(b'],"left_out":')
    rows += _write_table(content.notes.left_out, out)
    out.write(b',"rows":%d}\n' % rows)
    return rows


def _head(content: ReportContent) -> dict[str, Any]:
    return {
        "report": content.key,
        "title": content.title,
        "period": {"start": content.period.start, "end": content.period.end, "words": content.period_words},
        "previous": None
        if content.previous is None
        else {"start": content.previous.start, "end": content.previous.end, "words": content.previous_words},
        "partial": content.is_partial,
        "organization": content.organization,
        "scope": content.scope,
        "currency": content.currency,
        "zone": content.zone,
        "facts": dict(content.facts),
        "confidentiality": content.confidentiality,
        "as_of": content.as_of,
        "data_version": content.data_version,
        "made_at": content.made_at,
        "made_for": content.made_for,
        "summary": [_headline(headline) for headline in content.summary],
        "findings": [_finding(finding) for finding in content.findings],
        "method": list(content.notes.words),
        "definitions": [
            {
                "metric": one.key,
                "label": one.label,
                "version": one.version,
                "definition": one.words,
                "as_of": one.as_of,
                "late": one.late,
            }
            for one in content.notes.definitions
        ],
    }


def _headline(headline: Headline) -> dict[str, Any]:
    return {
        "metric": headline.key,
        "label": headline.label,
        "kind": headline.kind,
        "value": plain(headline.cell.value),
        "previous": plain(headline.previous),
        "sentence": headline.sentence,
        **_parts(headline.cell),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "metric": finding.metric,
        "sentence": finding.sentence,
        "rule": finding.rule,
        "impact": finding.impact,
        "advice": finding.advice or None,
    }


def _write_section(section: Section, out: DigestStream) -> int:
    head = {"key": section.key, "title": section.title, "lead": section.lead, "note": section.note}
    out.write(orjson.dumps(head | {"charts": [_graph(graph) for graph in section.graphs]})[:-1] + b',"tables":[')
    rows = 0
    for number, table in enumerate(section.tables()):
        out.write(b"," if number else b"")
        rows += _write_table(table, out)
    out.write(b"]}")
    return rows


def _graph(graph: Graph) -> dict[str, Any]:
    drawing = graph.drawing
    return {
        "title": drawing.title,
        "summary": drawing.summary,
        "notes": list(drawing.notes),
        "table": graph.table.key,
        "names": graph.names,
        "series": list(graph.series),
        "kind": graph.native,
    }


def _write_table(table: Table, out: DigestStream) -> int:
    head = {"key": table.key, "title": table.title, "columns": [_column(column) for column in table.columns]}
    out.write(orjson.dumps(head)[:-1] + b',"rows":[')
    keys, count = [column.key for column in table.columns], 0
    for batch in _batches(table, keys):
        out.write((b"," if count else b"") + b",".join(batch))
        count += len(batch)
    out.write(b"]}")
    return count


def _batches(table: Table, keys: list[str]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for row in table.lines():
        batch.append(orjson.dumps(_row(keys, row)))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _column(column: Column) -> dict[str, str]:
    return {"key": column.key, "label": column.label, "kind": column.kind, "total": column.total}


def _row(keys: list[str], row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": row.kind} if row.kind else {}
    found["cells"] = {key: plain(cell) for key, cell in zip(keys, row.cells, strict=True)}
    parts = {
        key: more
        for key, cell in zip(keys, row.cells, strict=True)
        if isinstance(cell, Cell) and (more := _parts(cell))
    }
    return found | {"parts": parts} if parts else found


def _parts(cell: Cell) -> dict[str, Any]:
    named = {"numerator": cell.numerator, "denominator": cell.denominator, "n": cell.n, "kind": cell.kind}
    found = {name: plain(value) for name, value in named.items() if value is not None}
    return found | {"reason": cell.reason} if cell.reason else found


def plain(value: Value | Cell) -> str | int | float | None:
    """A value as JSON has it: amounts as strings, dates and moments as ISO 8601."""
    if isinstance(value, Cell):
        return plain(value.value)
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value
