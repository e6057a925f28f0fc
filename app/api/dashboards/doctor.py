"""`GET /api/dashboard/doctor/`: the doctor dashboard as JSON, from the same reading as the page.

Rates are fractions, money is a decimal string in the organization's currency, durations and waits are minutes.
"""

from decimal import Decimal
from typing import Any

from flask import url_for

from app.api.documents import Document, as_money, as_number, handling
from app.metrics.spc import Verdict
from app.metrics.types import Figure
from app.services.dashboards.doctor_dashboard import DoctorDashboard, week_name
from app.services.dashboards.doctor_day import Visit
from app.services.dashboards.doctor_patients import Alert
from app.services.doctors import Doctor

Doctors = Document[DoctorDashboard]

NO_TARGET = "No target is set for one doctor."


def document(reading: DoctorDashboard, place: dict[str, Any]) -> dict[str, Any]:
    """The whole answer; `place` is what names the doctor and the clinic in addresses of pages."""
    made: Doctors = Document(reading)
    day = reading.day
    return made.finished(
        {
            "doctor_info": doctor_info(reading.doctor, made),
            "today_metrics": _today(made),
            "weekly_summary": _week(made),
            "monthly_trends": _month(made),
            "upcoming_appointments": [_visit(made, visit) for visit in day.visits],
            "patient_alerts": [_alert(alert) for alert in day.attention.alerts],
            "performance_insights": insights(reading),
            "quick_actions": _actions(made, place),
        }
    )


def doctor_info(doctor: Doctor, made: Doctors) -> dict[str, Any]:
    """Who the doctor is, and where they work."""
    for field, value in (("specialization", doctor.specialty), ("license_number", doctor.license_number)):
        if value is None:
            made.missing(f"doctor_info.{field}", "Not recorded.")
    return {
        "id": str(doctor.id),
        "name": doctor.name,
        "specialization": doctor.specialty,
        "license_number": doctor.license_number,
        "clinic_affiliations": [
            {
                "clinic_id": str(place.clinic_id),
                "clinic_name": place.clinic,
                "role": place.role,
                "is_primary": place.is_primary,
            }
            for place in doctor.workplaces
        ],
    }


def _today(made: Doctors) -> dict[str, Any]:
    path = "today_metrics"

    def number(group: str, name: str, metric: str, places: int | None = None) -> float | int | None:
        return made.number(f"{path}.{group}.{name}", "day", metric, places)

    return {
        "date": made.reading.today.isoformat(),
        "appointments": {
            "total": number("appointments", "total", "attendance.booked"),
            "completed": number("appointments", "completed", "attendance.completed"),
            "in_progress": number("appointments", "in_progress", "attendance.in_progress"),
            "upcoming": number("appointments", "upcoming", "attendance.to_come"),
            "cancelled": number("appointments", "cancelled", "attendance.cancelled"),
            "no_show": number("appointments", "no_show", "attendance.no_shows"),
        },
        "patients": {
            "new": number("patients", "new", "patients.new"),
            "returning": number("patients", "returning", "patients.returning"),
            "total_seen": number("patients", "total_seen", "patients.seen"),
        },
        "revenue": _revenue(made, f"{path}.revenue"),
        "efficiency": {
            "avg_appointment_duration": number("efficiency", "avg_appointment_duration", "waiting.visit_mean", 1),
            "on_time_percentage": number("efficiency", "on_time_percentage", "waiting.on_time_rate"),
            "patient_wait_time": number("efficiency", "patient_wait_time", "waiting.wait_median", 1),
            "patient_wait_time_p90": number("efficiency", "patient_wait_time_p90", "waiting.wait_p90", 1),
        },
    }


def _revenue(made: Doctors, path: str) -> dict[str, Any]:
    figure = made.reading.get("day", "revenue.collected")
    target = figure.target if figure else None
    if not target:
        made.missing(f"{path}.target", NO_TARGET)
    rate = Decimal(str(figure.value)) / target if figure and figure.value is not None and target else None
    if rate is None:
        made.missing(f"{path}.achievement_rate", NO_TARGET)
    return {
        "generated": made.money(f"{path}.generated", "day", "revenue.collected"),
        "target": as_money(target),
        "achievement_rate": as_number(rate),
    }


def _week(made: Doctors) -> dict[str, Any]:
    path, answer = "weekly_summary", made.reading.answers["week"]

    def number(group: str, name: str, metric: str, places: int | None = None) -> float | int | None:
        return made.number(f"{path}.{group}.{name}", "week", metric, places)

    return {
        "period": f"{answer.period.start.isoformat()} to {answer.period.last.isoformat()}",
        "appointments": {
            "total": number("appointments", "total", "attendance.booked"),
            "completion_rate": number("appointments", "completion_rate", "attendance.completion_rate"),
            "cancellation_rate": number("appointments", "cancellation_rate", "attendance.cancellation_rate"),
            "no_show_rate": number("appointments", "no_show_rate", "attendance.no_show_rate"),
        },
        "patient_metrics": {
            "total_patients": number("patient_metrics", "total_patients", "patients.seen"),
            "new_patients": number("patient_metrics", "new_patients", "patients.new"),
            "retention_rate": number("patient_metrics", "retention_rate", "patients.retention_rate"),
            "satisfaction_avg": number("patient_metrics", "satisfaction_avg", "satisfaction.score", 1),
        },
        "revenue": {
            "weekly_total": made.money(f"{path}.revenue.weekly_total", "week", "revenue.collected"),
            "avg_per_appointment": made.money(f"{path}.revenue.avg_per_appointment", "week", "revenue.per_visit"),
            "insurance_vs_private": _payers(made, f"{path}.revenue.insurance_vs_private"),
        },
    }


def _payers(made: Doctors, path: str) -> dict[str, Any]:
    """What insurers paid, and what everybody else did: two parts of the collected money."""
    insured = made.number(f"{path}.insurance", "week", "revenue.insurance_share")
    if insured is None:
        made.missing(f"{path}.private", made.reasons[f"{path}.insurance"])
        return {"insurance": None, "private": None}
    return {"insurance": insured, "private": as_number(1 - Decimal(str(insured)))}


def _month(made: Doctors) -> dict[str, Any]:
    path, reading = "monthly_trends", made.reading
    new = reading.get("month", "patients.new")
    growth = None
    if new is not None and new.value is not None and new.previous:
        growth = Decimal(str(new.value)) / Decimal(str(new.previous)) - 1
    else:
        made.missing(f"{path}.patient_growth.vs_last_month", "The same part of the month before had no new patient.")
    indicators = {
        "punctuality": "waiting.on_time_rate",
        "documentation_completeness": "tasks.documentation_rate",
        "follow_up_compliance": "tasks.follow_up_rate",
    }
    return {
        "current_month": f"{reading.today:%Y-%m}",
        "appointments": [_month_week(made, number) for number, _ in reading.weeks],
        "patient_growth": {
            "new_patients": made.number(f"{path}.patient_growth.new_patients", "month", "patients.new"),
            "vs_last_month": as_number(growth),
            "trend": _trend(made, f"{path}.patient_growth.trend", reading.get("trend", "patients.new")),
        },
        "performance_indicators": {
            name: made.number(f"{path}.performance_indicators.{name}", "month", metric)
            for name, metric in indicators.items()
        },
    }


def _month_week(made: Doctors, number: int) -> dict[str, Any]:
    answer, path = made.reading.answers[week_name(number)], f"monthly_trends.appointments.{number}"
    return {
        "week": number,
        "start": answer.period.start.isoformat(),
        "end": answer.period.last.isoformat(),
        "partial": answer.partial,
        "total": made.number(f"{path}.total", week_name(number), "attendance.booked"),
        "completed": made.number(f"{path}.completed", week_name(number), "attendance.completed"),
        "revenue": made.money(f"{path}.revenue", week_name(number), "revenue.collected"),
    }


def _trend(made: Doctors, path: str, figure: Figure | None) -> str | None:
    """What the weekly control chart says; a direction only where a rule fired."""
    chart = figure.signal if figure else None
    if chart is None:
        made.missing(path, "There are too few complete weeks to tell.")
        return None
    if chart.latest is None or chart.verdict is Verdict.COMMON_CAUSE:
        return "stable"
    return "increasing" if chart.latest.high else "decreasing"


def _visit(made: Doctors, visit: Visit) -> dict[str, Any]:
    patient, path = visit.patient, f"upcoming_appointments.{visit.id}"
    known = {
        "name": patient.name if patient else None,
        "age": patient.age if patient else None,
        "last_visit": patient.last_visit.isoformat() if patient and patient.last_visit else None,
        "condition": patient.condition if patient else None,
    }
    reasons = {"last_visit": "No completed visit is recorded.", "condition": "No current condition is recorded."}
    for name, value in (*known.items(), ("type", visit.type), ("notes", visit.note)):
        if value is None:
            field = f"patient.{name}" if name in known else name
            made.missing(f"{path}.{field}", reasons.get(name, "Not recorded."))
    return {
        "id": str(visit.id),
        "patient": {"id": str(patient.id) if patient else None, **known},
        "scheduled_time": visit.starts_at.isoformat(),
        "clinic": visit.clinic,
        "status": visit.status,
        "type": visit.type,
        "duration_minutes": visit.minutes,
        "notes": visit.note,
        "preparation_required": list(visit.preparation),
    }


def _alert(alert: Alert) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": alert.kind,
        "patient_id": str(alert.patient_id),
        "patient_name": alert.patient,
        "message": alert.message,
        "priority": alert.priority,
        "last_visit": alert.last_visit.isoformat() if alert.last_visit else None,
        "since": alert.since.isoformat() if alert.since else None,
        "overdue_days": alert.overdue_days,
    }
    if alert.medications:
        found["medications"] = list(alert.medications)
    if alert.source:
        found["source"] = alert.source
    return found if alert.episode is None else found | handling(alert.episode)


def insights(reading: DoctorDashboard) -> list[dict[str, Any]]:
    """What a rule stands behind."""
    return [
        {
            "category": found.category,
            "insight": found.sentence,
            "impact": found.impact,
            "recommendation": found.recommendation,
            "rule": found.rule,
            "metric": found.metric,
        }
        for found in reading.insights
    ]


def _actions(made: Doctors, place: dict[str, Any]) -> list[dict[str, Any]]:
    attention = made.reading.day.attention
    today = made.number("quick_actions.view_schedule.count", "day", "attendance.booked")
    counts = (
        ("view_schedule", "Today's schedule", "schedule", today),
        ("patient_alerts", "Patient alerts", "attention", len(attention.alerts)),
        ("pending_results", "Pending results", "results", attention.pending_count),
        ("messages", "Unread messages", "messages", attention.unread_count),
    )
    return [
        {"action": action, "label": label, "url": url_for(f"doctor_lists.{page}", **place), "count": count}
        for action, label, page, count in counts
    ]
