"""`GET /api/analytics/dashboard/`: the analytics dashboard's figures as JSON, from the same reading as the page.

Rates are fractions, money is a decimal string in the organization's currency. No person is ranked or scored.
"""

from typing import Any

from app.api.dashboards.analytics_outlook import predictions, reports
from app.api.dashboards.analytics_people import doctors, patients
from app.api.dashboards.analytics_work import finance, operations
from app.api.documents import Document, as_number
from app.metrics.catalogue import METRICS
from app.services.dashboards.analytics_dashboard import CONFIDENCE, AnalyticsDashboard

Analytics = Document[AnalyticsDashboard]


def document(reading: AnalyticsDashboard, period: str, metrics: tuple[str, ...] = ()) -> dict[str, Any]:
    """The whole answer for a period of that name; `metrics` are answered in a block of their own."""
    made: Analytics = Document(reading)
    body = {
        "overview": _overview(made, period),
        "patient_analytics": patients(made),
        "doctor_performance": doctors(made),
        "operational_insights": operations(made),
        "financial_analytics": finance(made),
        "predictive_insights": predictions(made),
        "custom_reports": reports(made),
    }
    if metrics:
        body["metrics"] = {key: _asked(made, key) for key in metrics}
    return made.finished(body)


def _overview(made: Analytics, period: str) -> dict[str, Any]:
    reading, path = made.reading, "overview"
    answer = reading.answers["now"]
    made.known(f"{path}.completeness", reading.get("figures", "attendance.outcome_missing_rate"))
    if answer.as_of is None:
        made.missing(f"{path}.data_freshness", "No source has brought data yet.")
    return {
        "analytics_period": period,
        "start": answer.period.start.isoformat(),
        "end": answer.period.last.isoformat(),
        "partial": answer.partial,
        "department": reading.department or None,
        "data_freshness": answer.as_of.isoformat() if answer.as_of else None,
        "completeness": as_number(reading.completeness),
        "confidence_level": CONFIDENCE,
    }


def _asked(made: Analytics, key: str) -> dict[str, Any]:
    """One figure of the catalogue with what it is compared with."""
    figure, path = made.reading.get("asked", key), f"metrics.{key}"
    return {
        "label": METRICS[key].label,
        "unit": METRICS[key].unit.value,
        "value": made.value(path, figure),
        "n": figure.n if figure else None,
        "previous": as_number(figure.previous) if figure else None,
        "change": as_number(figure.change) if figure else None,
        "target": as_number(figure.target) if figure else None,
    }
