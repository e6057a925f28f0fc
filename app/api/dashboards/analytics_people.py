"""The parts of the analytics answer about people: patients as a population, doctors as a group."""

from typing import Any

from app.api.documents import Document, as_number
from app.core import format
from app.services.dashboards.analytics_dashboard import CONFIDENCE, FUNNELS, AnalyticsDashboard
from app.services.dashboards.population import UNTESTED, Members

Analytics = Document[AnalyticsDashboard]

TOO_FEW = "Too few patients to show."
NO_SCORE = "No score of doctors is defined: the funnels say who differs from the others by more than chance."
NO_RANKING = "Doctors are not ranked: differences between them are mostly chance and case mix."
NO_SAFETY_SCORE = "No safety score is defined; incidents and near misses are counted."


def patients(made: Analytics) -> dict[str, Any]:
    """Behaviour and demographics."""
    path = "patient_analytics"
    return {
        "behavior_insights": {
            "total_patients_analyzed": _analysed(made, f"{path}.behavior_insights.total_patients_analyzed"),
            "engagement_score": _engagement(made, f"{path}.behavior_insights.engagement_score"),
            "retention_metrics": _retention(made, f"{path}.behavior_insights.retention_metrics"),
            "satisfaction_analysis": _satisfaction(made, f"{path}.behavior_insights.satisfaction_analysis"),
        },
        "demographic_insights": {
            "age_distribution": _ages(made, f"{path}.demographic_insights.age_distribution"),
            "geographic_patterns": _areas(made, f"{path}.demographic_insights.geographic_patterns"),
        },
    }


def _analysed(made: Analytics, path: str) -> float | int | None:
    """The counted population; on a page about a part of a clinic the patients seen in the period."""
    whole = made.reading.population.patients
    return whole if whole is not None else made.number(path, "now", "patients.seen")


def _engagement(made: Analytics, path: str) -> dict[str, Any]:
    found = made.reading.population.engagement
    if found is None:
        for name in ("average", "trend", "top_quartile"):
            made.missing(f"{path}.{name}", made.reading.population.reason or TOO_FEW)
        return {"average": None, "trend": None, "top_quartile": None, "patients": None}
    if found.trend is None:
        made.missing(f"{path}.trend", "Nothing was known of any patient 90 days ago.")
    return {
        "average": round(found.mean, 1),
        "trend": found.trend,
        "top_quartile": found.top,
        "patients": found.patients,
    }


def _retention(made: Analytics, path: str) -> dict[str, Any]:
    found = made.reading.population
    at_risk = found.standing.get("at_risk")
    if at_risk is None:
        is_none = bool(found.made_at) and not found.standing.hidden
        at_risk = 0 if is_none else None
        if not is_none:
            made.missing(f"{path}.at_risk_patients", found.reason or TOO_FEW)
    if found.newcomers is None:
        made.missing(f"{path}.new_patient_retention", found.reason or TOO_FEW)
    return {
        "overall_retention": made.number(f"{path}.overall_retention", "now", "patients.retention_rate"),
        "new_patient_retention": as_number(found.newcomers.value) if found.newcomers else None,
        "at_risk_patients": at_risk,
        "churn_prediction": churn(made, f"{path}.churn_prediction"),
    }


def churn(made: Analytics, path: str) -> dict[str, Any]:
    """How many patients are expected to be lost within 30 days, by what became of those before them."""
    leaving = made.reading.population.leaving
    if leaving is None:
        reason = made.reading.population.reason or UNTESTED
        for name in ("next_30_days", "confidence"):
            made.missing(f"{path}.{name}", reason)
        return {"next_30_days": None, "confidence": None}
    left = leaving.left
    return {
        "next_30_days": round(leaving.expected),
        "confidence": CONFIDENCE,
        "low": round(leaving.patients * left.low),
        "high": round(leaving.patients * left.high),
        "patients": leaving.patients,
        "share_tested": as_number(left.value),
        "tested": left.whole,
    }


def _satisfaction(made: Analytics, path: str) -> dict[str, Any]:
    return {
        "average_score": made.number(f"{path}.average_score", "now", "satisfaction.score", 1),
        "response_rate": made.number(f"{path}.response_rate", "figures", "satisfaction.response_rate"),
        "nps_score": made.number(f"{path}.nps_score", "figures", "satisfaction.nps", 0),
        "improvement_areas": _complaints(made, f"{path}.improvement_areas"),
    }


def _complaints(made: Analytics, path: str) -> list[str]:
    """What the complaints of 12 months are about, the most frequent first."""
    answer, key = made.reading.answers.get("complaints"), "satisfaction.complaints"
    known = [row for row in (answer.rows if answer else ()) if row.figures[key].value]
    if not known:
        made.missing(path, "No subject of complaints may be shown.")
    return [format.sentence(row.label) for row in sorted(known, key=lambda row: -float(row.figures[key].value or 0))]


def _ages(made: Analytics, path: str) -> list[dict[str, Any]]:
    members = _listed(made, path, made.reading.population.ages)
    return [
        {
            "range": member.name,
            "count": member.patients,
            "percentage": as_number(member.patients / members.whole) if members.whole else None,
        }
        for member in members.shown
    ]


def _areas(made: Analytics, path: str) -> list[dict[str, Any]]:
    return [
        {
            "region": member.name,
            "count": member.patients,
            "avg_visit_frequency": as_number((member.visits or 0) / member.patients, 1),
        }
        for member in _listed(made, path, made.reading.population.areas).shown
    ]


def _listed(made: Analytics, path: str, members: Members) -> Members:
    if members.hidden or not members.shown:
        reason = made.reading.population.reason
        made.missing(path, reason or f"{members.hidden} groups are too small to show.")
    return members


def doctors(made: Analytics) -> dict[str, Any]:
    """The group, the use of its time, and quality."""
    path, reading = "doctor_performance", made.reading
    made.missing(f"{path}.overall_metrics.average_performance_score", NO_SCORE)
    made.missing(f"{path}.overall_metrics.top_performers", NO_RANKING)
    return {
        "overall_metrics": {
            "total_doctors": len(reading.doctors),
            "average_performance_score": None,
            "top_performers": [],
            "improvement_opportunities": len(reading.outside),
            "improvement_basis": list(FUNNELS),
        },
        "efficiency_analysis": _efficiency(made, f"{path}.efficiency_analysis"),
        "quality_indicators": _quality(made, f"{path}.quality_indicators"),
    }


def _efficiency(made: Analytics, path: str) -> dict[str, Any]:
    reading, daily, hourly = made.reading, f"{path}.productivity_metrics", "revenue_per_hour"
    visits = reading.visits_per_doctor_day
    if visits is None:
        made.missing(f"{daily}.appointments_per_day", "Days of doctors on duty are not recorded for this view.")
    timed = f"{path}.appointment_efficiency"
    return {
        "appointment_efficiency": {
            "average_duration": made.number(f"{timed}.average_duration", "figures", "waiting.visit_mean", 1),
            "on_time_percentage": made.number(f"{timed}.on_time_percentage", "figures", "waiting.on_time_rate"),
            "utilization_rate": made.number(f"{timed}.utilization_rate", "now", "capacity.utilisation"),
        },
        "productivity_metrics": {
            "appointments_per_day": as_number(visits, 1),
            hourly: made.money(f"{daily}.{hourly}", "figures", "revenue.charged_per_hour"),
            "patient_throughput": made.number(f"{daily}.patient_throughput", "figures", "attendance.completion_rate"),
        },
    }


def _quality(made: Analytics, path: str) -> dict[str, Any]:
    safety = f"{path}.safety_metrics"
    made.missing(f"{safety}.safety_score", NO_SAFETY_SCORE)
    answer = made.reading.answers.get("incidents")
    near = next((row for row in (answer.rows if answer else ()) if row.key[0] == "near_miss"), None)
    figure = near.figures["satisfaction.incidents"] if near else None
    near_misses: float | int | None = 0
    whole = made.reading.get("figures", "satisfaction.incidents")
    if figure is not None or whole is None or whole.value is None:
        near_misses = made.value(f"{safety}.near_misses", figure or whole)
    return {
        "patient_satisfaction": made.number(f"{path}.patient_satisfaction", "now", "satisfaction.score", 1),
        "clinical_outcomes": made.number(f"{path}.clinical_outcomes", "figures", "clinical.bp_control_rate"),
        "safety_metrics": {
            "incidents": made.number(f"{safety}.incidents", "figures", "satisfaction.incidents"),
            "near_misses": near_misses,
            "safety_score": None,
        },
    }
