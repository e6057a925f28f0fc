"""What is in a patient's chart, as JSON: health, medications, what happened lately, goals."""

from typing import Any

from flask import url_for

from app.api.dashboards.patient_fields import Patient, known, utc
from app.api.documents import as_number
from app.services.chart.chart_contacts import MessageLine, ResultLine, Visit
from app.services.chart.chart_health import GoalLine, Problem
from app.services.chart.chart_medication import Medicine
from app.services.chart.patient_chart import Chart
from app.web.dashboards.patient_news import preview


def health(made: Patient, chart: Chart) -> dict[str, Any]:
    """Conditions, vital signs and allergies."""
    path = "health_summary"
    return {
        "current_conditions": [_problem(made, number, each) for number, each in enumerate(chart.problems)],
        "vital_signs": _vitals(made, f"{path}.vital_signs", chart),
        "allergies": [
            {"allergen": each.allergen, "severity": each.severity, "reaction": each.reaction}
            for each in chart.allergies
        ],
    }


def _problem(made: Patient, number: int, problem: Problem) -> dict[str, Any]:
    path, reading = f"health_summary.current_conditions[{number}]", problem.reading
    if reading is None:
        made.missing(f"{path}.last_reading", "No rule of ours says which reading belongs to it, or none was taken.")
    return {
        "condition": known(made, f"{path}.condition", problem.name),
        "diagnosed_date": known(made, f"{path}.diagnosed_date", problem.diagnosed and problem.diagnosed.isoformat()),
        "status": problem.status,
        "last_reading": None
        if reading is None
        else {
            "value": reading.words,
            "date": reading.at.date().isoformat(),
            "status": known(made, f"{path}.last_reading.status", problem.trend, "There is one reading only."),
        },
    }


def _vitals(made: Patient, path: str, chart: Chart) -> dict[str, Any]:
    newest = {kind: found[0] for kind, found in chart.readings.items() if found}
    pulse = newest.get("heart_rate")
    words = {
        kind: newest[kind].words if kind in newest else None for kind in ("blood_pressure", "weight", "temperature")
    }
    return {
        "last_updated": known(made, f"{path}.last_updated", utc(chart.vitals_at)),
        "blood_pressure": known(made, f"{path}.blood_pressure", words["blood_pressure"]),
        "heart_rate": known(made, f"{path}.heart_rate", pulse and as_number(pulse.value, 0)),
        "weight": known(made, f"{path}.weight", words["weight"]),
        "temperature": known(made, f"{path}.temperature", words["temperature"]),
    }


def medications(made: Patient, chart: Chart) -> dict[str, Any]:
    """What is taken, and when next."""
    return {
        "current": [_medicine(made, number, each) for number, each in enumerate(chart.medicines)],
        "reminders": [_reminder(made, number, each) for number, each in enumerate(chart.medicines)],
    }


def _medicine(made: Patient, number: int, medicine: Medicine) -> dict[str, Any]:
    path, supply = f"medications.current[{number}]", "No dispense with its supply is recorded."
    refill = medicine.next_refill and medicine.next_refill.isoformat()
    return {
        "name": known(made, f"{path}.name", medicine.name),
        "dosage": known(made, f"{path}.dosage", medicine.dosage),
        "frequency": known(made, f"{path}.frequency", medicine.frequency),
        "prescribed_date": known(
            made, f"{path}.prescribed_date", medicine.prescribed and medicine.prescribed.isoformat()
        ),
        "prescribing_doctor": known(made, f"{path}.prescribing_doctor", medicine.prescriber),
        "next_refill": known(made, f"{path}.next_refill", refill, supply),
        "remaining_doses": known(made, f"{path}.remaining_doses", medicine.remaining_doses, supply),
    }


def _reminder(made: Patient, number: int, medicine: Medicine) -> dict[str, Any]:
    path = f"medications.reminders[{number}]"
    return {
        "medication": medicine.name,
        "next_dose": known(made, f"{path}.next_dose", utc(medicine.next_dose), "No times of the day are prescribed."),
        "missed_doses": known(made, f"{path}.missed_doses", medicine.missed, "Doses are not reported for it."),
    }


def activity(made: Patient, chart: Chart) -> dict[str, Any]:
    """Visits, results and messages of late."""
    return {
        "appointments": [_visit(made, number, each) for number, each in enumerate(chart.visits)],
        "test_results": [_result(made, number, each) for number, each in enumerate(chart.results)],
        "messages": [_message(each) for each in chart.messages],
    }


def _visit(made: Patient, number: int, visit: Visit) -> dict[str, Any]:
    path = f"recent_activity.appointments[{number}]"
    return {
        "date": known(made, f"{path}.date", utc(visit.at)),
        "doctor": known(made, f"{path}.doctor", visit.doctor),
        "type": known(made, f"{path}.type", visit.type),
        "summary": known(made, f"{path}.summary", visit.summary, "No summary was written."),
        "action_items": list(visit.actions),
    }


def _result(made: Patient, number: int, result: ResultLine) -> dict[str, Any]:
    path = f"recent_activity.test_results[{number}]"
    own = made.reading.is_own and result.available
    return {
        "test_name": known(made, f"{path}.test_name", result.name),
        "date": known(made, f"{path}.date", utc(result.at)),
        "status": "completed" if result.available else result.status,
        "results_available": result.available,
        "summary": known(made, f"{path}.summary", result.summary, "No summary was sent."),
        "view_url": known(
            made,
            f"{path}.view_url",
            url_for("patient.result", result_id=result.id) if own else None,
            "Patients open their own results, once they are ready.",
        ),
    }


def _message(message: MessageLine) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "from": (message.doctor or "The practice") if message.sender == "practice" else "patient",
        "date": utc(message.at),
        "subject": message.subject,
        "preview": None if message.body is None else preview(message.body),
        "is_read": message.is_read,
    }


def goal(made: Patient, number: int, goal: GoalLine) -> dict[str, Any]:
    """One goal with how far it is, a fraction."""
    path = f"health_goals[{number}]"
    return {
        "goal": known(made, f"{path}.goal", goal.title),
        "target": known(made, f"{path}.target", goal.target),
        "current": known(made, f"{path}.current", goal.current),
        "progress": known(made, f"{path}.progress", as_number(goal.progress), "There is no reading since it began."),
        "deadline": known(made, f"{path}.deadline", goal.due and goal.due.isoformat()),
        "actions": list(goal.actions),
    }
