"""`GET /api/dashboard/patient/`: one patient's dashboard as JSON, from the same reading as the page.

Money is a decimal string in the organization's currency, shares are fractions, times are UTC, days are the clinic's.
"""

from datetime import UTC, datetime
from typing import Any

from flask import url_for

from app.api.documents import Document, as_money, as_number
from app.core.format import given_first
from app.services.chart.chart_contacts import Booking, MessageLine, ResultLine, ScheduledTest, Visit
from app.services.chart.chart_health import GoalLine, Problem
from app.services.chart.chart_medication import Medicine
from app.services.chart.patient_chart import Chart
from app.services.dashboards.patient_account import Charge
from app.services.dashboards.patient_dashboard import PatientDashboard
from app.web.dashboards.patient_news import preview

Patient = Document[PatientDashboard]

NOT_YOURS = "Your role does not include what is in the chart."
NO_MONEY = "Your role does not include balances."
UNKNOWN = "Not recorded."


def document(reading: PatientDashboard) -> dict[str, Any]:
    """The whole answer. Without the chart its parts are null, never empty."""
    made: Patient = Document(reading)
    chart = reading.chart
    if chart is None:
        for name in (
            "health_summary",
            "upcoming_care.scheduled_tests",
            "medications",
            "recent_activity",
            "health_goals",
        ):
            made.missing(name, NOT_YOURS)
    return made.finished(
        {
            "patient_info": _info(made),
            "health_summary": None if chart is None else _health(made, chart),
            "upcoming_care": _care(made),
            "medications": None if chart is None else _medications(made, chart),
            "recent_activity": None if chart is None else _activity(made, chart),
            "health_goals": None if chart is None else [_goal(made, n, each) for n, each in enumerate(chart.goals)],
            "billing_summary": _billing(made),
            "quick_actions": _actions(reading),
        }
    )


def _or(made: Patient, path: str, value: Any, reason: str = UNKNOWN) -> Any:
    """The value, or None with its reason noted."""
    if value is None:
        made.missing(path, reason)
    return value


def _at(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _info(made: Patient) -> dict[str, Any]:
    path, reading = "patient_info", made.reading
    patient, birth = reading.patient, reading.patient.birth_date
    return {
        "id": str(patient.id),
        "name": _or(made, f"{path}.name", reading.name),
        "age": _or(made, f"{path}.age", reading.age, "The date of birth is not recorded."),
        "date_of_birth": _or(made, f"{path}.date_of_birth", birth and birth.isoformat()),
        "record_number": _or(made, f"{path}.record_number", patient.record_number),
        "contact": {name: reading.contact.get(name) for name in ("phone", "email")},
        "primary_doctor": _doctor(made, f"{path}.primary_doctor"),
        "insurance_info": _insurance(made, f"{path}.insurance_info"),
    }


def _doctor(made: Patient, path: str) -> dict[str, Any] | None:
    doctor, free = made.reading.doctor, made.reading.next_available
    if doctor is None:
        made.missing(path, "No usual doctor is chosen.")
        return None
    return {
        "id": str(doctor.id),
        "name": given_first(doctor.name, doctor.prefix),
        "specialization": _or(made, f"{path}.specialization", doctor.specialty),
        "next_available": _or(
            made, f"{path}.next_available", _at(free), "No free time is known at the clinic for the next four weeks."
        ),
    }


def _insurance(made: Patient, path: str) -> dict[str, Any] | None:
    cover = made.reading.insurance
    if cover is None:
        made.missing(path, "No insurance is recorded.")
        return None
    return {
        "provider": _or(made, f"{path}.provider", cover.payer),
        "policy_number": _or(made, f"{path}.policy_number", cover.policy),
        "coverage_status": cover.status,
    }


def _health(made: Patient, chart: Chart) -> dict[str, Any]:
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
        "condition": _or(made, f"{path}.condition", problem.name),
        "diagnosed_date": _or(made, f"{path}.diagnosed_date", problem.diagnosed and problem.diagnosed.isoformat()),
        "status": problem.status,
        "last_reading": None
        if reading is None
        else {
            "value": reading.words,
            "date": reading.at.date().isoformat(),
            "status": _or(made, f"{path}.last_reading.status", problem.trend, "There is one reading only."),
        },
    }


def _vitals(made: Patient, path: str, chart: Chart) -> dict[str, Any]:
    newest = {kind: found[0] for kind, found in chart.readings.items() if found}
    pulse = newest.get("heart_rate")
    words = {
        kind: newest[kind].words if kind in newest else None for kind in ("blood_pressure", "weight", "temperature")
    }
    return {
        "last_updated": _or(made, f"{path}.last_updated", _at(chart.vitals_at)),
        "blood_pressure": _or(made, f"{path}.blood_pressure", words["blood_pressure"]),
        "heart_rate": _or(made, f"{path}.heart_rate", pulse and as_number(pulse.value, 0)),
        "weight": _or(made, f"{path}.weight", words["weight"]),
        "temperature": _or(made, f"{path}.temperature", words["temperature"]),
    }


def _care(made: Patient) -> dict[str, Any]:
    path, booked, chart = "upcoming_care", made.reading.booked, made.reading.chart
    if not booked:
        made.missing(f"{path}.next_appointment", "No visit is booked.")
    return {
        "next_appointment": _next(made, f"{path}.next_appointment", booked[0]) if booked else None,
        "upcoming_appointments": [
            {
                "id": str(each.id),
                "doctor": each.doctor,
                "specialty": each.specialty,
                "date": _at(each.at),
                "type": _or(made, f"{path}.upcoming_appointments[{number}].type", each.type),
            }
            for number, each in enumerate(booked[1:])
        ],
        "scheduled_tests": None if chart is None else [_test(made, n, each) for n, each in enumerate(chart.tests)],
    }


def _next(made: Patient, path: str, visit: Booking) -> dict[str, Any]:
    clinic = made.reading.clinics.get(visit.clinic_id) if visit.clinic_id else None
    instruction = (visit.instruction,) if visit.instruction and made.reading.chart else ()
    return {
        "id": str(visit.id),
        "doctor": _or(made, f"{path}.doctor", visit.doctor, "No doctor is assigned yet."),
        "date": _at(visit.at),
        "type": _or(made, f"{path}.type", visit.type),
        "location": _or(made, f"{path}.location", clinic and clinic.name, "The clinic is not one of the viewer's."),
        "preparation": [*visit.preparation, *instruction],
        "estimated_duration": _or(made, f"{path}.estimated_duration", visit.minutes),
    }


def _test(made: Patient, number: int, test: ScheduledTest) -> dict[str, Any]:
    path, hours = f"upcoming_care.scheduled_tests[{number}]", test.preparation_hours
    return {
        "test_name": _or(made, f"{path}.test_name", test.name),
        "scheduled_date": _at(test.at),
        "location": _or(made, f"{path}.location", test.place),
        "fasting_required": _or(made, f"{path}.fasting_required", test.fasting),
        "preparation_time": _or(made, f"{path}.preparation_time", None if hours is None else f"{hours} hours"),
    }


def _medications(made: Patient, chart: Chart) -> dict[str, Any]:
    return {
        "current": [_medicine(made, number, each) for number, each in enumerate(chart.medicines)],
        "reminders": [_reminder(made, number, each) for number, each in enumerate(chart.medicines)],
    }


def _medicine(made: Patient, number: int, medicine: Medicine) -> dict[str, Any]:
    path, supply = f"medications.current[{number}]", "No dispense with its supply is recorded."
    refill = medicine.next_refill and medicine.next_refill.isoformat()
    return {
        "name": _or(made, f"{path}.name", medicine.name),
        "dosage": _or(made, f"{path}.dosage", medicine.dosage),
        "frequency": _or(made, f"{path}.frequency", medicine.frequency),
        "prescribed_date": _or(
            made, f"{path}.prescribed_date", medicine.prescribed and medicine.prescribed.isoformat()
        ),
        "prescribing_doctor": _or(made, f"{path}.prescribing_doctor", medicine.prescriber),
        "next_refill": _or(made, f"{path}.next_refill", refill, supply),
        "remaining_doses": _or(made, f"{path}.remaining_doses", medicine.remaining_doses, supply),
    }


def _reminder(made: Patient, number: int, medicine: Medicine) -> dict[str, Any]:
    path = f"medications.reminders[{number}]"
    return {
        "medication": medicine.name,
        "next_dose": _or(made, f"{path}.next_dose", _at(medicine.next_dose), "No times of the day are prescribed."),
        "missed_doses": _or(made, f"{path}.missed_doses", medicine.missed, "Doses are not reported for it."),
    }


def _activity(made: Patient, chart: Chart) -> dict[str, Any]:
    return {
        "appointments": [_visit(made, number, each) for number, each in enumerate(chart.visits)],
        "test_results": [_result(made, number, each) for number, each in enumerate(chart.results)],
        "messages": [_message(each) for each in chart.messages],
    }


def _visit(made: Patient, number: int, visit: Visit) -> dict[str, Any]:
    path = f"recent_activity.appointments[{number}]"
    return {
        "date": _or(made, f"{path}.date", _at(visit.at)),
        "doctor": _or(made, f"{path}.doctor", visit.doctor),
        "type": _or(made, f"{path}.type", visit.type),
        "summary": _or(made, f"{path}.summary", visit.summary, "No summary was written."),
        "action_items": list(visit.actions),
    }


def _result(made: Patient, number: int, result: ResultLine) -> dict[str, Any]:
    path = f"recent_activity.test_results[{number}]"
    own = made.reading.is_own and result.available
    return {
        "test_name": _or(made, f"{path}.test_name", result.name),
        "date": _or(made, f"{path}.date", _at(result.at)),
        "status": "completed" if result.available else result.status,
        "results_available": result.available,
        "summary": _or(made, f"{path}.summary", result.summary, "No summary was sent."),
        "view_url": _or(
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
        "date": _at(message.at),
        "subject": message.subject,
        "preview": None if message.body is None else preview(message.body),
        "is_read": message.is_read,
    }


def _goal(made: Patient, number: int, goal: GoalLine) -> dict[str, Any]:
    path = f"health_goals[{number}]"
    return {
        "goal": _or(made, f"{path}.goal", goal.title),
        "target": _or(made, f"{path}.target", goal.target),
        "current": _or(made, f"{path}.current", goal.current),
        "progress": _or(made, f"{path}.progress", as_number(goal.progress), "There is no reading since it began."),
        "deadline": _or(made, f"{path}.deadline", goal.due and goal.due.isoformat()),
        "actions": list(goal.actions),
    }


def _billing(made: Patient) -> dict[str, Any] | None:
    account = made.reading.account
    if account is None:
        made.missing("billing_summary", NO_MONEY)
        return None
    path = "billing_summary"
    return {
        "outstanding_balance": as_money(account.balance),
        "recent_charges": [_charge(made, number, each) for number, each in enumerate(account.charges)],
        "payment_due_date": _or(
            made,
            f"{path}.payment_due_date",
            account.due and account.due.isoformat(),
            "No date is set." if account.balance else "Nothing is owed.",
        ),
        "auto_pay_enabled": _or(made, f"{path}.auto_pay_enabled", made.reading.patient.auto_pay),
    }


def _charge(made: Patient, number: int, charge: Charge) -> dict[str, Any]:
    path, waits = f"billing_summary.recent_charges[{number}]", "The insurer has not decided yet."
    clinical = made.reading.chart is not None
    if not clinical:
        made.missing(f"{path}.description", NOT_YOURS)
    return {
        "date": charge.day.isoformat(),
        "description": _or(made, f"{path}.description", charge.description) if clinical else None,
        "amount": as_money(charge.amount),
        "insurance_covered": _or(made, f"{path}.insurance_covered", as_money(charge.covered), waits),
        "patient_responsibility": _or(made, f"{path}.patient_responsibility", as_money(charge.own), waits),
    }


def _actions(reading: PatientDashboard) -> list[dict[str, Any]]:
    """What the patient can do; nobody does it for them."""
    chart, own = reading.chart, reading.is_own
    if chart is None or not own:
        return []
    return [
        {
            "action": "book_appointment",
            "label": "Ask for a visit",
            "url": url_for("patient.ask_visit"),
            "available": True,
        },
        {
            "action": "request_prescription",
            "label": "Ask for a refill",
            "url": url_for("patient.ask_refill"),
            "urgent_needed": reading.refills_due,
        },
        {
            "action": "view_results",
            "label": "See test results",
            "url": url_for("patient.results"),
            "new_results": chart.new_results,
        },
        {
            "action": "message_doctor",
            "label": "Write to the practice",
            "url": url_for("patient.write"),
            "unread_count": chart.unread,
        },
    ]
