"""`GET /api/clinics/{clinic_id}/dashboard/`: the clinic dashboard's figures as JSON, from the same reading as the page.

What nothing records is null, and `reasons` says why by the path of the field. Rates are fractions, money is a decimal
string in the organization's currency, waits are minutes.
"""

from decimal import Decimal
from typing import Any

from app.api.documents import Document, as_money, as_number, handling
from app.core.period import Period
from app.insights.rules import ALERT_RULES
from app.metrics.types import Figure, Number, Result, Row
from app.models import Clinic
from app.services.dashboards.clinic_dashboard import ClinicDashboard
from app.services.dashboards.clinic_peaks import WEEKDAYS, against_target, busiest_pair, busiest_weekday
from app.services.dashboards.clinic_staff import Staff

Rows = dict[tuple[str, ...], Row]


def document(reading: ClinicDashboard, staff: Staff) -> dict[str, Any]:
    """The whole answer."""
    made = Document(reading)
    return made.finished(
        {
            "clinic_info": _info(made, staff),
            "operational_metrics": {"today": _today(made), "weekly_performance": _week(made)},
            "financial_summary": _money(made),
            "doctor_performance": _doctors(made, staff),
            "department_metrics": _departments(made),
            "alerts_and_notifications": _alerts(reading),
            "trends_and_insights": _insights(reading),
            "upcoming_events": _events(reading),
        }
    )


def _info(made: Document[ClinicDashboard], staff: Staff) -> dict[str, Any]:
    clinic = made.reading.clinic
    location = _location(clinic)
    known = {
        "established": clinic.established,
        "accreditation": clinic.accreditation,
        "location": location,
        "total_staff": staff.people,
    }
    for name, value in known.items():
        if value is None:
            made.missing(f"clinic_info.{name}", "Not recorded.")
    return {
        "id": str(clinic.id),
        "name": clinic.name,
        "location": location,
        "established": clinic.established.isoformat() if clinic.established else None,
        "status": clinic.status,
        "accreditation": clinic.accreditation,
        "total_staff": staff.people,
        "total_doctors": staff.doctors,
        "departments": staff.departments,
    }


def _location(clinic: Clinic) -> str | None:
    return ", ".join(filter(None, (clinic.line, clinic.city, clinic.region))) or None


def _today(made: Document[ClinicDashboard]) -> dict[str, Any]:
    reading, path = made.reading, "operational_metrics.today"
    now, _ = reading.flows
    rooms = reading.occupancy
    if rooms.rooms_in_use is None:
        for name in ("occupied", "utilization_rate"):
            made.missing(f"{path}.resource_utilization.examination_rooms.{name}", rooms.reason or "Not recorded.")
    elif not rooms.rooms:
        made.missing(f"{path}.resource_utilization.examination_rooms.utilization_rate", "No room is recorded.")
    if now.completion_rate is None:
        made.missing(f"{path}.appointments.completion_rate", "Nothing of the day is decided yet.")
    made.missing(f"{path}.staff_metrics.efficiency_score", "There is no agreed definition of such a score.")
    devices = reading.answers["devices"].rows if "devices" in reading.answers else ()
    return {
        "date": reading.today.isoformat(),
        "appointments": {
            "total_scheduled": now.booked,
            "completed": now["completed"],
            "in_progress": now["in_room"],
            "waiting": now["waiting"],
            "to_come": now["to_come"] + now["unknown"],
            "cancelled": now["cancelled"],
            "no_show": now["no_show"],
            "completion_rate": as_number(now.completion_rate),
        },
        "patient_flow": {
            "total_patients": made.number(f"{path}.patient_flow.total_patients", "day", "patients.seen"),
            "new_patients": made.number(f"{path}.patient_flow.new_patients", "day", "patients.new"),
            "returning_patients": made.number(f"{path}.patient_flow.returning_patients", "day", "patients.returning"),
            "average_wait_time": made.number(f"{path}.patient_flow.average_wait_time", "day", "waiting.wait_mean", 1),
            "patient_satisfaction": made.number(
                f"{path}.patient_flow.patient_satisfaction", "day", "satisfaction.score", 1
            ),
        },
        "resource_utilization": {
            "examination_rooms": {
                "total": rooms.rooms,
                "occupied": rooms.rooms_in_use,
                "utilization_rate": as_number(rooms.rooms_in_use / rooms.rooms)
                if rooms.rooms_in_use and rooms.rooms
                else (0 if rooms.rooms_in_use == 0 else None),
            },
            "equipment": {row.key[0]: _cell(row, "capacity.equipment_utilisation") for row in devices},
        },
        "staff_metrics": {
            "doctors_on_duty": made.number(f"{path}.staff_metrics.doctors_on_duty", "day", "staff.doctor_on_duty"),
            "nurses_on_duty": made.number(f"{path}.staff_metrics.nurses_on_duty", "day", "staff.nurse_on_duty"),
            "support_staff": made.number(f"{path}.staff_metrics.support_staff", "day", "staff.support_on_duty"),
            "efficiency_score": None,
        },
    }


def _week(made: Document[ClinicDashboard]) -> dict[str, Any]:
    path, reading = "operational_metrics.weekly_performance", made.reading
    answer = reading.answers.get("week")
    booked, revenue = reading.get("week", "attendance.booked"), reading.get("week", "revenue.collected")
    days, weekday = busiest_weekday(reading)
    hours = busiest_pair(reading)
    if weekday is None:
        for name in ("appointments.peak_day", "appointments.peak_time", "appointments.average_per_day"):
            made.missing(f"{path}.{name}", "Nothing was booked that week.")
        made.missing(f"{path}.revenue.daily_average", "Nothing was booked that week, so there is no day to average.")
    if (trend := _trend(reading, "revenue.collected")) is None:
        made.missing(f"{path}.revenue.trend", "There are too few complete weeks to tell.")
    share = against_target(reading)
    if share is None:
        made.missing(f"{path}.revenue.vs_target", "No daily target is set for the clinic.")
    return {
        "period": _span(answer.period) if answer else None,
        "appointments": {
            "total": made.value(f"{path}.appointments.total", booked),
            "completion_rate": made.number(
                f"{path}.appointments.completion_rate", "week", "attendance.completion_rate"
            ),
            "average_per_day": as_number(booked.value / days, 1) if booked and booked.value and days else None,
            "peak_day": None if weekday is None else WEEKDAYS[weekday],
            "peak_time": None if hours is None else f"{hours:02d}:00-{hours + 2:02d}:00",
        },
        "revenue": {
            "total": made.money(f"{path}.revenue.total", "week", "revenue.collected"),
            "daily_average": as_money(Decimal(str(revenue.value)) / days)
            if revenue and revenue.value is not None and days
            else None,
            "vs_target": None if share is None else as_number(share[0]),
            "trend": trend,
        },
        "patient_metrics": {
            "unique_patients": made.number(f"{path}.patient_metrics.unique_patients", "week", "patients.seen"),
            "new_patients": made.number(f"{path}.patient_metrics.new_patients", "week", "patients.new"),
            "retention_rate": made.number(f"{path}.patient_metrics.retention_rate", "week", "patients.retention_rate"),
            "satisfaction_score": made.number(
                f"{path}.patient_metrics.satisfaction_score", "week", "satisfaction.score", 1
            ),
        },
    }


def _trend(reading: ClinicDashboard, metric: str) -> str | None:
    """A word only where a rule of the control chart fired."""
    figure = reading.get("trend", metric)
    if figure is None or figure.signal is None:
        return None
    if figure.signal.latest is None:
        return "no significant change"
    return "increasing" if figure.signal.latest.high else "decreasing"


def _span(period: Period) -> str:
    return f"{period.start.isoformat()} to {period.last.isoformat()}"


def _money(made: Document[ClinicDashboard]) -> dict[str, Any]:
    path, month = "financial_summary", made.reading.answers.get("month")
    shares = (
        [] if month is None else [f for key, f in month.total.figures.items() if key.endswith("_share") and f.numerator]
    )
    return {
        "revenue": {
            name: made.money(f"{path}.revenue.{name}", answer, "revenue.collected")
            for name, answer in (("today", "day"), ("week", "week"), ("month", "month"), ("year_to_date", "year"))
        },
        "billing": {
            "outstanding_invoices": made.number(
                f"{path}.billing.outstanding_invoices", "standing", "receivables.open_invoices"
            ),
            "total_outstanding": made.money(f"{path}.billing.total_outstanding", "standing", "receivables.outstanding"),
            "collection_rate": made.number(
                f"{path}.billing.collection_rate", "standing", "revenue.net_collection_rate"
            ),
            "average_collection_time": made.number(
                f"{path}.billing.average_collection_time", "standing", "payments.collection_days", 1
            ),
        },
        "payment_methods": [
            {
                "method": figure.metric.key.split(".")[1].removesuffix("_share"),
                "percentage": as_number(figure.value),
                "amount": as_money(figure.numerator),
            }
            for figure in sorted(shares, key=lambda figure: -(figure.numerator or 0))
        ],
    }


def _doctors(made: Document[ClinicDashboard], staff: Staff) -> list[dict[str, Any]]:
    week, day = made.reading.answers.get("doctors week"), made.reading.answers.get("doctors day")
    if week is None or day is None:
        return []
    today = {row.key: row for row in day.rows}
    return [_doctor(row, today.get(row.key), staff) for row in week.rows]


def _doctor(row: Row, today: Row | None, staff: Staff) -> dict[str, Any]:
    return {
        "doctor_id": row.key[0],
        "name": row.label,
        "specialization": staff.specialties.get(row.key[0]),
        "appointments": {
            "today": _cell(today, "attendance.booked") if today else 0,
            "week": _cell(row, "attendance.booked"),
            "completion_rate": _cell(row, "attendance.completion_rate"),
        },
        "patient_metrics": {
            "satisfaction": _cell(row, "satisfaction.score", 1),
            "retention": _cell(row, "patients.retention_rate"),
        },
        "revenue": {
            "week": as_money(_of(row, "revenue.collected")),
            "avg_per_appointment": as_money(_of(row, "revenue.per_visit")),
        },
        "efficiency": {
            "punctuality": _cell(row, "waiting.on_time_rate"),
            "documentation": _cell(row, "tasks.documentation_rate"),
        },
    }


def _of(row: Row, metric: str) -> Number | None:
    figure = row.figures.get(metric)
    return figure.value if figure else None


def _cell(row: Row, metric: str, places: int | None = None) -> float | int | None:
    return as_number(_of(row, metric), places)


def _departments(made: Document[ClinicDashboard]) -> list[dict[str, Any]]:
    answers = made.reading.answers
    week, month, day = (answers.get(f"departments {name}") for name in ("week", "month", "day"))
    now = answers.get("departments")
    if week is None or month is None or day is None or now is None:
        return []
    waits, monthly, daily = _rows(now), _rows(month), _rows(day)
    target = made.reading.get("now", "waiting.wait_median")
    goal = as_number(target.target, 1) if target and target.target is not None else None
    total = week.total.figures.get("revenue.collected")
    return [_department(row, waits.get(row.key), monthly, daily, total, goal) for row in week.rows]


def _rows(result: Result) -> Rows:
    return {row.key: row for row in result.rows}


def _department(
    row: Row, now: Row | None, monthly: Rows, daily: Rows, total: Figure | None, goal: Any
) -> dict[str, Any]:
    amount = _of(row, "revenue.collected")
    share = Decimal(str(amount)) / Decimal(str(total.value)) if amount and total and total.value else None
    return {
        "department": row.label,
        "appointments": {
            "today": _cell(daily[row.key], "attendance.booked") if row.key in daily else 0,
            "week": _cell(row, "attendance.booked"),
            "month": _cell(monthly[row.key], "attendance.booked") if row.key in monthly else 0,
        },
        "revenue": {"week": as_money(amount), "percentage_of_total": as_number(share)},
        "utilization": _cell(now, "capacity.utilisation") if now else None,
        "wait_times": {"average": _cell(now, "waiting.wait_mean", 1) if now else None, "target": goal},
    }


def _alerts(reading: ClinicDashboard) -> list[dict[str, Any]]:
    return [
        {
            "id": str(alert.id),
            "type": ALERT_RULES[alert.rule].kind if alert.rule in ALERT_RULES else alert.rule,
            "severity": alert.severity,
            "message": f"{alert.title}. {alert.evidence.get('words', '')}".strip(),
            "recommendation": alert.evidence.get("recommendation"),
            "action_required": alert.evidence.get("recommendation") if alert.severity in ("high", "critical") else None,
            "taken_by": alert.taken_name,
        }
        | handling(alert)
        for alert in reading.alerts
    ]


def _insights(reading: ClinicDashboard) -> list[dict[str, Any]]:
    return [
        {
            "category": insight.category,
            "insight": insight.sentence,
            "impact": insight.impact,
            "recommendation": insight.recommendation,
            "metric": insight.metric,
            "rule": insight.rule,
        }
        for insight in reading.insights
    ]


def _events(reading: ClinicDashboard) -> list[dict[str, Any]]:
    return [
        {
            "type": event.kind,
            "title": event.title,
            "date": event.starts_at.isoformat(),
            "duration": _hours(event),
            "attendees": event.attendees,
            "impact": event.impact,
        }
        for event in reading.coming_events
    ]


def _hours(event: Any) -> str | None:
    if event.ends_at is None:
        return None
    hours = (event.ends_at - event.starts_at).total_seconds() / 3600
    return f"{hours:g} hours"
