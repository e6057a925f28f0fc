"""The figures of a clinic's month for programs: summary, metrics by step of time, charts, findings."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.metrics.types import Figure, Number
from app.reports.types import Gathered

_TITLES = "Week by week: "


def encoded(gathered: Gathered) -> bytes:
    """The document as JSON; what is not known is null, and `reasons` says why."""
    return json.dumps(document(gathered), ensure_ascii=False, indent=1).encode()


def document(gathered: Gathered) -> dict[str, Any]:
    """`summary` by metric, `detailed_metrics` and `charts` with their points, `insights` as sentences."""
    figures: Mapping[str, Figure] = getattr(gathered, "figures", {})
    trends: Mapping[str, Figure] = getattr(gathered, "trends", {})
    daily: Mapping[str, Figure] = getattr(gathered, "month", {})
    return {
        "summary": {key: _value(figure.value) for key, figure in figures.items()},
        "detailed_metrics": [_detail(key, figure) for key, figure in daily.items()],
        "charts": [
            {"type": "line_chart", "title": _TITLES + figure.metric.label, "data": _points(figure)}
            for figure in trends.values()
        ],
        "insights": [_sentence(figure) for figure in trends.values() if figure.signal and figure.signal.latest],
        "reasons": {key: figure.reason for key, figure in figures.items() if figure.value is None},
        "definitions": dict(gathered.definitions),
        "as_of": gathered.as_of.isoformat() if gathered.as_of else None,
    }


def _detail(key: str, figure: Figure) -> dict[str, Any]:
    return {"metric": key, "label": figure.metric.label, "data": _points(figure)}


def _points(figure: Figure) -> list[dict[str, Any]]:
    return [{"date": point.period.start.isoformat(), "value": _value(point.value)} for point in figure.series]


def _sentence(figure: Figure) -> str:
    assert figure.signal is not None  # asked before
    assert figure.signal.latest is not None
    where = "higher" if figure.signal.latest.high else "lower"
    return f"{figure.metric.label}: the latest weeks are {where} than chance explains."


def _value(value: Number | None) -> float | int | str | None:
    return str(value) if isinstance(value, Decimal) else value
