"""`GET /api/clinics/{clinic_id}/dashboard/`: the clinic dashboard's figures as JSON, from the same reading as the page.

What nothing records is null, and `reasons` says why by the path of the field. Rates are fractions, money is a decimal
string in the organization's currency, waits are minutes.
"""

from decimal import Decimal
from typing import Any

from app.api.dashboards.clinic_news import alerts, events, insights
from app.api.dashboards.clinic_rows import cell, departments, doctors
from app.api.documents import Document, as_money, as_number
from app.core.period import Period
from app.models import Clinic
from app.services.dashboards.clinic_dashboard import ClinicDashboard
from app.services.dashboards.clinic_peaks import WEEKDAYS, against_target, busiest_pair, busiest_weekday
from app.services.dashboards.clinic_staff import Staff


def document(reading: ClinicDashboard, staff: Staff) -> dict[str, Any]:
    """The whole answer."""
    made = Document(reading)
    return made.finished(
        {
            "clinic_info": _info(made, staff),
            "operational_metrics": {"today": _today(made), "weekly_performance": _week(made)},
            "financial_summary": _money(made),
            "doctor_performance": doctors(made, staff),
            "department_metrics": departments(made),
            "alerts_and_notifications": alerts(reading),
            "trends_and_insights": insights(reading),
            "upcoming_events": events(reading),
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
            "equipment": {row.key[0]: cell(row, "capacity.equipment_utilisation") for row in devices},
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
