"""The figures of a made report in the shape that programs know: summary, detailed metrics, charts, insights."""

from collections.abc import Iterator, Mapping
from typing import Any

EMPTY: Mapping[str, Any] = {"summary": {}, "detailed_metrics": [], "charts": [], "insights": []}
_KINDS = {"line": "line_chart", "column": "column_chart", "bar": "bar_chart", "scatter": "scatter_chart"}


def shaped(document: Mapping[str, Any]) -> dict[str, Any]:
    """`document`: a report as its JSON format has it. `summary` is by metric, `reasons` says why one is null; a
    detailed metric is a table of the report, a chart the rows that it draws."""
    headlines = document["summary"]
    return {
        "summary": {each["metric"]: each["value"] for each in headlines},
        "comparison": {each["metric"]: each["previous"] for each in headlines},
        "reasons": {each["metric"]: each["reason"] for each in headlines if each["value"] is None and "reason" in each},
        "detailed_metrics": [_table(table) for section in document["sections"] for table in section["tables"]],
        "charts": [chart for section in document["sections"] for chart in _charts(section)],
        "insights": [each["sentence"] for each in document["findings"]],
        "definitions": {each["metric"]: each["version"] for each in document["definitions"]},
        "method": document["method"],
        "as_of": document["as_of"],
    }


def _table(table: Mapping[str, Any]) -> dict[str, Any]:
    labels = {column["key"]: column["label"] for column in table["columns"]}
    return {"metric": table["key"], "label": table["title"], "columns": labels, "data": _rows(table)}


def _charts(section: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    tables = {table["key"]: table for table in section["tables"]}
    for chart in section["charts"]:
        data = _rows(tables[chart["table"]]) if chart["table"] in tables else []
        kind = _KINDS.get(chart["kind"], "chart")
        yield {"type": kind, "title": chart["title"], "summary": chart["summary"], "data": data}


def _rows(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row["cells"] for row in table["rows"]]
