"""The parts of the analytics answer that look ahead, each only where it was tested; and the reports at hand."""

from typing import Any

from flask import url_for

from app.api.documents import Document
from app.core import format
from app.insights.forecast import HORIZON, LEVEL, SEASON
from app.metrics import show
from app.metrics.catalogue import METRICS
from app.services.dashboards.analytics_dashboard import CONFIDENCE, AnalyticsDashboard
from app.services.dashboards.forecasts import Outlook
from app.services.dashboards.population import UNTESTED

Analytics = Document[AnalyticsDashboard]

KINDS = {
    "attendance.booked": ("demand_forecast", "Booked visits, the next four weeks"),
    "revenue.collected": ("revenue_forecast", "Money collected, the next four weeks"),
}


def predictions(made: Analytics) -> list[dict[str, Any]]:
    """The forecasts that were tested on the past, and the patients expected to be lost."""
    found = []
    for metric, (kind, title) in KINDS.items():
        outlook = made.reading.outlooks.get(metric)
        if outlook is None or outlook.found is None:
            reason = outlook.reason if outlook else "Your role does not include this figure."
            made.missing(f"predictive_insights.{kind}", reason)
        else:
            found.append(_forecast(made, outlook, kind, title))
    return [*found, *_losses(made)]


def _forecast(made: Analytics, outlook: Outlook, kind: str, title: str) -> dict[str, Any]:
    forecast = outlook.found
    assert forecast is not None
    total = show.value_words(METRICS[outlook.metric].unit, sum(forecast.values), made.reading.currency)
    change = outlook.change
    against = "" if change is None else f", {format.signed(100 * change, 1)}% against the last four weeks"
    path = f"predictive_insights.{kind}.recommendation"
    advice = _advice(made) if kind == "demand_forecast" else None
    if advice is None:
        made.missing(path, "No rule advises on this forecast.")
    return {
        "type": kind,
        "title": title,
        "prediction": f"{total} in the next 28 days{against}",
        "confidence": LEVEL,
        "recommendation": advice,
        "impact": _impact(outlook),
        "expected": [round(value, 2) for value in forecast.values],
        "first_day": outlook.first_day.isoformat() if outlook.first_day else None,
        "half_width_of_a_day": round(forecast.half_width, 2),
        "half_width_of_a_week": round(forecast.week_half_width, 2),
        "track_record": {
            "origins": forecast.origins,
            "mase": round(forecast.model.mase, 3),
            "mase_of_seasonal_naive": round(forecast.naive.mase, 3),
            "coverage": round(forecast.shown.coverage, 3),
            "model_is_shown": forecast.beats,
        },
    }


def _advice(made: Analytics) -> str | None:
    """Where more time is needed: only a department that is booked above the limit says so."""
    full = [label for label, _ in made.reading.full]
    return f"Open more bookable time in {', '.join(full)}: booked above the limit already." if full else None


def _impact(outlook: Outlook) -> str:
    """A direction only where the weeks to come differ by more than the forecast errs in a week."""
    forecast = outlook.found
    assert forecast is not None
    gap = (sum(forecast.values) - sum(outlook.recorded[-HORIZON:])) * SEASON / HORIZON
    if abs(gap) <= forecast.week_half_width:
        return "neutral"
    return "positive" if gap > 0 else "negative"


def _losses(made: Analytics) -> list[dict[str, Any]]:
    leaving = made.reading.population.leaving
    if leaving is None:
        made.missing("predictive_insights.risk_assessment", made.reading.population.reason or UNTESTED)
        return []
    left = leaving.left
    return [
        {
            "type": "risk_assessment",
            "title": "Patients close to being lost",
            "prediction": f"{format.number(leaving.expected)} of {leaving.patients} expected to stay away",
            "confidence": CONFIDENCE,
            "recommendation": f"Offer the {leaving.patients} a visit: none of them has one booked.",
            "impact": "negative" if leaving.expected >= 1 else "neutral",
            "track_record": {"stayed_away": left.part, "of": left.whole, "low": left.low, "high": left.high},
        }
    ]


def reports(made: Analytics) -> list[dict[str, Any]]:
    """The reports that the viewer may read, with the last run of each."""
    found = [
        {
            "report_id": one.kind,
            "name": one.title,
            "last_run": one.made_at.isoformat() if one.made_at else None,
            "schedule": one.due_at.isoformat() if one.due_at else None,
            "status": "completed" if one.run_id else "not_made",
            "url": url_for("reports.show", run_id=one.run_id) if one.run_id else None,
        }
        for one in made.reading.reports
    ]
    for name, reason in (("last_run", "This report has not been made yet."), ("schedule", "No schedule is set.")):
        if any(each[name] is None for each in found):
            made.missing(f"custom_reports.{name}", reason)
    return found
