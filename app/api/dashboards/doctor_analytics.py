"""`GET /api/dashboard/doctor/analytics/`: a period of one doctor's work, step by step, in parts, beside colleagues."""

from typing import Any

from app.api.dashboards.doctor import doctor_info, insights
from app.api.documents import Document, as_number
from app.api.metrics import figure_out
from app.metrics.types import Figure
from app.services.dashboards.doctor_dashboard import COMPARED, FEWEST_PEERS, PARTS, DoctorDashboard


def document(reading: DoctorDashboard) -> dict[str, Any]:
    """The whole answer; each figure as `/api/metrics/` gives it, with its reason where it has no value."""
    made = Document(reading)
    whole = reading.answers["whole"]
    before = whole.previous
    return made.finished(
        {
            "doctor_info": doctor_info(reading.doctor, made),
            "period": {
                "start_date": whole.period.start.isoformat(),
                "end_date": whole.period.last.isoformat(),
                "partial": whole.partial,
            },
            "comparison": None
            if before is None
            else {"start_date": before.start.isoformat(), "end_date": before.last.isoformat()},
            "clinic_id": str(reading.clinic.id) if reading.clinic else None,
            "metrics": [_metric(figure) for figure in whole.total.figures.values()],
            "breakdowns": {dimension: _parts(reading, dimension) for dimension in PARTS},
            "peers": [_peers(made, metric) for metric in COMPARED],
            "insights": insights(reading),
        }
    )


def _metric(figure: Figure) -> dict[str, Any]:
    metric = figure.metric
    signal = figure.signal.verdict.value if figure.signal else None
    named = {"metric": metric.key, "label": metric.label, "unit": metric.unit.value, "better": metric.better.value}
    return named | figure_out(figure).model_dump(mode="json") | {"signal": signal}


def _parts(reading: DoctorDashboard, dimension: str) -> list[dict[str, Any]]:
    answer = reading.answers.get(f"by {dimension}")
    return [
        {
            "key": row.key[0],
            "label": row.label,
            "figures": {key: as_number(figure.value) for key, figure in row.figures.items()},
        }
        for row in (answer.rows if answer else ())
    ]


def _peers(made: Document[DoctorDashboard], metric: str) -> dict[str, Any]:
    """Others without names, from the smallest value up; none where they are so few that one could be told."""
    found, path = made.reading.peers(metric), f"peers.{metric}"
    if found is None or not found.may_be_shown:
        made.missing(path, f"Shown from {FEWEST_PEERS} colleagues up, so that none can be told.")
        return {"metric": metric, "mean": None, "own": None, "others": None}
    return {
        "metric": metric,
        "mean": as_number(found.whole.value),
        "own": None if found.own is None else _dot(found.own),
        "others": [_dot(figure) for figure in found.others],
    }


def _dot(figure: Figure) -> dict[str, Any]:
    return {"value": as_number(figure.value), "counted": as_number(figure.denominator)}
