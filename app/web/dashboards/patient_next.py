"""What comes next for a patient, in plain words: visits, tests, and what can be done from here."""

from flask import url_for

from app.core import format
from app.services.chart.chart_contacts import Booking, ScheduledTest
from app.services.dashboards.patient_dashboard import PatientDashboard
from app.web.dashboards.board import Board, Built
from app.web.patient_words import when_words
from app.web.view_models import (
    Action,
    Entries,
    Entry,
    Fact,
    Facts,
)

Patient = Board[PatientDashboard]

SHOWN = 4


def next_visit(board: Patient) -> Built:
    """The next visit: when, where, with whom, how long, and what to do before it."""
    booked, own = board.reading.booked, board.reading.is_own
    ask = (Action("Ask for a visit", url_for("patient.ask_visit"), "calendar-plus", "get", tone="primary"),)
    if not booked:
        free = board.reading.next_available
        doctor = board.reading.doctor.spoken if board.reading.doctor else None
        words = "No visit is booked."
        if free is not None and doctor is not None:
            words += f" {doctor} is free again {when_words(free, board.setting.zone)}."
        return Built("Next visit", Entries((), words, actions=ask if own else ()))
    visit = booked[0]
    entry = Entry(
        format.sentence(when_words(visit.at, _zone(board, visit))),
        _place_lines(board, visit),
        visit.preparation + ((visit.instruction,) if visit.instruction and board.reading.chart else ()),
        points_head="Before you come",
    )
    summary = "" if entry.points else "There is nothing to prepare."
    moves = (Action("Ask for another time", url_for("patient.ask_visit"), "calendar", "get"),)
    return Built("Next visit", Entries((entry,), "", summary, actions=moves if own else (), lead=True))


def _zone(board: Patient, visit: Booking) -> str:
    clinic = board.reading.clinics.get(visit.clinic_id) if visit.clinic_id else None
    return clinic.zone if clinic else board.setting.zone


def _place_lines(board: Patient, visit: Booking) -> tuple[str, ...]:
    minutes = f"about {visit.minutes} minutes" if visit.minutes else ""
    kind = ", ".join(part for part in (visit.type, minutes) if part)
    with_whom = ", ".join(part for part in (visit.doctor, visit.specialty) if part)
    clinic = board.reading.clinics.get(visit.clinic_id) if visit.clinic_id else None
    place = ", ".join(part for part in (clinic.name, clinic.line, clinic.city) if part) if clinic else ""
    phone = f"Phone {clinic.phone}" if clinic and clinic.phone else ""
    return tuple(line for line in (with_whom and f"With {with_whom}", kind, place, phone) if line)


def later_visits(board: Patient) -> Built:
    """The visits after the next one."""
    rows = tuple(
        Entry(
            format.sentence(when_words(visit.at, _zone(board, visit))),
            (", ".join(part for part in (visit.doctor, visit.specialty, visit.type) if part),),
        )
        for visit in board.reading.booked[1 : 1 + SHOWN]
    )
    return Built("Later visits", Entries(rows, "No other visit is booked."))


def doing(board: Patient) -> Built | None:
    """What a patient can do from here; only on their own page."""
    reading = board.reading
    if not reading.is_own or reading.chart is None:
        return None
    chart = reading.chart
    links = (
        ("Write to the practice", "patient.write", format.plural(chart.unread, "new message") if chart.unread else ""),
        ("Ask for a refill", "patient.ask_refill", _refill_words(reading.refills_due or 0)),
        ("Ask for a visit", "patient.ask_visit", ""),
        (
            "See test results",
            "patient.results",
            format.plural(chart.new_results, "new result") if chart.new_results else "",
        ),
    )
    rows = tuple(
        Entry(label, url=url_for(endpoint), mark="good" if words else "", mark_words=words)
        for label, endpoint, words in links
    )
    return Built("What would you like to do?", Entries(rows, ""))


def _refill_words(due: int) -> str:
    return f"{format.plural(due, 'medicine')} running out" if due else ""


def contact(board: Patient) -> Built:
    """How the patient is reached, and their usual doctor."""
    reading = board.reading
    known, doctor = reading.contact, reading.doctor
    free = reading.next_available
    whose = "Your" if reading.is_own else "Patient's"
    facts = (
        Fact(
            "Doctor",
            doctor.spoken if doctor else "",
            (doctor.specialty or "") if doctor else "Not chosen yet",
        ),
        Fact(
            "First free time",
            when_words(free, board.setting.zone) if free else "",
            "" if free else "Not known for the next four weeks",
        ),
        Fact(f"{whose} phone", known.get("phone", "") or "", "" if known.get("phone") else "Not recorded"),
        Fact(f"{whose} email", known.get("email", "") or "", "" if known.get("email") else "Not recorded"),
    )
    return Built(
        "Your doctor, and how we reach you" if reading.is_own else "Doctor, and how the patient is reached",
        Facts(facts),
    )


def tests(board: Patient) -> Built | None:
    """Tests to come, with what to do before each."""
    chart = board.reading.chart
    if chart is None:
        return None
    rows = tuple(_test(each, board) for each in chart.tests[:SHOWN])
    return Built("Tests to come", Entries(rows, "No test is planned."))


def _test(test: ScheduledTest, board: Patient) -> Entry:
    fasting = ""
    if test.fasting:
        fasting = (
            f"Come fasting: nothing to eat for {format.plural(test.preparation_hours, 'hour')} before"
            if test.preparation_hours
            else "Come fasting"
        )
    points = tuple(part for part in (fasting, test.preparation) if part)
    return Entry(
        test.name or "Test",
        tuple(part for part in (format.sentence(when_words(test.at, board.setting.zone)), test.place) if part),
        points[:1] if test.preparation and test.fasting and test.preparation_hours else points,
    )
