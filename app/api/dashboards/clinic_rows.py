"""The parts of the clinic's answer with a row for each doctor or department."""

from decimal import Decimal
from typing import Any

from app.api.documents import Document, as_money, as_number
from app.metrics.types import Figure, Number, Result, Row
from app.services.dashboards.clinic_dashboard import ClinicDashboard
from app.services.dashboards.clinic_staff import Staff

Rows = dict[tuple[str, ...], Row]


def doctors(made: Document[ClinicDashboard], staff: Staff) -> list[dict[str, Any]]:
    """Each doctor who works at the clinic: today, last week, and how it went."""
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
            "today": cell(today, "attendance.booked") if today else 0,
            "week": cell(row, "attendance.booked"),
            "completion_rate": cell(row, "attendance.completion_rate"),
        },
        "patient_metrics": {
            "satisfaction": cell(row, "satisfaction.score", 1),
            "retention": cell(row, "patients.retention_rate"),
        },
        "revenue": {
            "week": as_money(_of(row, "revenue.collected")),
            "avg_per_appointment": as_money(_of(row, "revenue.per_visit")),
        },
        "efficiency": {
            "punctuality": cell(row, "waiting.on_time_rate"),
            "documentation": cell(row, "tasks.documentation_rate"),
        },
    }


def _of(row: Row, metric: str) -> Number | None:
    figure = row.figures.get(metric)
    return figure.value if figure else None


def cell(row: Row, metric: str, places: int | None = None) -> float | int | None:
    """A figure of a row as a JSON number; None where it is unknown or not the viewer\'s to see."""
    return as_number(_of(row, metric), places)


def departments(made: Document[ClinicDashboard]) -> list[dict[str, Any]]:
    """Each department: last week, its share of the money, how full it is and how long people wait."""
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
            "today": cell(daily[row.key], "attendance.booked") if row.key in daily else 0,
            "week": cell(row, "attendance.booked"),
            "month": cell(monthly[row.key], "attendance.booked") if row.key in monthly else 0,
        },
        "revenue": {"week": as_money(amount), "percentage_of_total": as_number(share)},
        "utilization": cell(now, "capacity.utilisation") if now else None,
        "wait_times": {"average": cell(now, "waiting.wait_mean", 1) if now else None, "target": goal},
    }
