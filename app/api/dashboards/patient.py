"""`GET /api/dashboard/patient/`: one patient's dashboard as JSON, from the same reading as the page.

Money is a decimal string in the organization's currency, shares are fractions, times are UTC, days are the clinic's.
"""

from typing import Any

from flask import url_for

from app.api.dashboards.patient_chart import activity, goal, health, medications
from app.api.dashboards.patient_fields import Patient, known, utc
from app.api.documents import Document, as_money
from app.services.chart.chart_contacts import Booking, ScheduledTest
from app.services.dashboards.patient_account import Charge
from app.services.dashboards.patient_dashboard import PatientDashboard

NOT_YOURS = "Your role does not include what is in the chart."
NO_MONEY = "Your role does not include balances."


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
            "health_summary": None if chart is None else health(made, chart),
            "upcoming_care": _care(made),
            "medications": None if chart is None else medications(made, chart),
            "recent_activity": None if chart is None else activity(made, chart),
            "health_goals": None if chart is None else [goal(made, n, each) for n, each in enumerate(chart.goals)],
            "billing_summary": _billing(made),
            "quick_actions": _actions(reading),
        }
    )


def _info(made: Patient) -> dict[str, Any]:
    path, reading = "patient_info", made.reading
    patient, birth = reading.patient, reading.patient.birth_date
    return {
        "id": str(patient.id),
        "name": known(made, f"{path}.name", reading.name),
        "age": known(made, f"{path}.age", reading.age, "The date of birth is not recorded."),
        "date_of_birth": known(made, f"{path}.date_of_birth", birth and birth.isoformat()),
        "record_number": known(made, f"{path}.record_number", patient.record_number),
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
        "name": doctor.spoken,
        "specialization": known(made, f"{path}.specialization", doctor.specialty),
        "next_available": known(
            made, f"{path}.next_available", utc(free), "No free time is known at the clinic for the next four weeks."
        ),
    }


def _insurance(made: Patient, path: str) -> dict[str, Any] | None:
    cover = made.reading.insurance
    if cover is None:
        made.missing(path, "No insurance is recorded.")
        return None
    return {
        "provider": known(made, f"{path}.provider", cover.payer),
        "policy_number": known(made, f"{path}.policy_number", cover.policy),
        "coverage_status": cover.status,
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
                "date": utc(each.at),
                "type": known(made, f"{path}.upcoming_appointments[{number}].type", each.type),
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
        "doctor": known(made, f"{path}.doctor", visit.doctor, "No doctor is assigned yet."),
        "date": utc(visit.at),
        "type": known(made, f"{path}.type", visit.type),
        "location": known(made, f"{path}.location", clinic and clinic.name, "The clinic is not one of the viewer's."),
        "preparation": [*visit.preparation, *instruction],
        "estimated_duration": known(made, f"{path}.estimated_duration", visit.minutes),
    }


def _test(made: Patient, number: int, test: ScheduledTest) -> dict[str, Any]:
    path, hours = f"upcoming_care.scheduled_tests[{number}]", test.preparation_hours
    return {
        "test_name": known(made, f"{path}.test_name", test.name),
        "scheduled_date": utc(test.at),
        "location": known(made, f"{path}.location", test.place),
        "fasting_required": known(made, f"{path}.fasting_required", test.fasting),
        "preparation_time": known(made, f"{path}.preparation_time", None if hours is None else f"{hours} hours"),
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
        "payment_due_date": known(
            made,
            f"{path}.payment_due_date",
            account.due and account.due.isoformat(),
            "No date is set." if account.balance else "Nothing is owed.",
        ),
        "auto_pay_enabled": known(made, f"{path}.auto_pay_enabled", made.reading.patient.auto_pay),
    }


def _charge(made: Patient, number: int, charge: Charge) -> dict[str, Any]:
    path, waits = f"billing_summary.recent_charges[{number}]", "The insurer has not decided yet."
    clinical = made.reading.chart is not None
    if not clinical:
        made.missing(f"{path}.description", NOT_YOURS)
    return {
        "date": charge.day.isoformat(),
        "description": known(made, f"{path}.description", charge.description) if clinical else None,
        "amount": as_money(charge.amount),
        "insurance_covered": known(made, f"{path}.insurance_covered", as_money(charge.covered), waits),
        "patient_responsibility": known(made, f"{path}.patient_responsibility", as_money(charge.own), waits),
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
