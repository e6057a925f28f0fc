"""The patients of a doctor's day: who comes next, who should not wait, what is to be read. Never cached."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from app.core import format
from app.services.dashboards.doctor_dashboard import DoctorDashboard
from app.services.dashboards.doctor_day import Visit
from app.services.dashboards.doctor_patients import Alert, Pending, Unread
from app.services.dashboards.patients_in_brief import Brief
from app.web import alert_words
from app.web.dashboards.board import Board, Built
from app.web.view_models import Cell, Column, Link, Note, Notes, Row, TableCard, TableView
from app.web.view_models.board import NoteKind

Doctors = Board[DoctorDashboard]

SHOWN = 6
ALERTS_SHOWN = 7
STATUS = {
    "arrived": "waiting",
    "started": "in a room",
    "completed": "completed",
    "cancelled": "cancelled",
    "no_show": "did not come",
    "unknown": "outcome not recorded",
}
KINDS = {
    "overdue_followup": "Follow-up",
    "medication_interaction": "Interaction",
    "abnormal_result": "Result",
    "refill_overdue": "Refill",
}
VISIT_COLUMNS = (Column("Time"), Column("Patient"), Column("Visit"), Column("About"), Column("Prepare"))
RESULT_COLUMNS = (Column("Patient"), Column("Result"), Column("Issued", "figures"), Column("Range"))
MESSAGE_COLUMNS = (Column("Patient"), Column("Subject"), Column("Sent", "figures"))


def list_url(board: Doctors, name: str) -> str:
    """One of the doctor's list pages, for the doctor and the clinic of the board."""
    place: dict[str, Any] = board.place
    return url_for(f"doctor_lists.{name}", **place)


def visits(board: Doctors) -> Built:
    """The next patients: today's who are here or to come, then those of the next seven days."""
    found, today = board.reading.day.visits, board.reading.today
    left = sum(visit.day == today for visit in found)
    title = f"{format.plural(left, 'patient')} to see today" if left else "Nobody left to see today"
    later = len(found) - left
    note = f"{format.plural(later, 'visit')} of the next days" if later else ""
    table = TableView(
        "Next visits",
        VISIT_COLUMNS,
        tuple(visit_row(visit, today) for visit in found),
        "No visit is booked this week.",
        stacked=True,
    )
    whole = Link("Whole day", list_url(board, "schedule"))
    return Built(title, TableCard(table, links=(whole,), count_note=note, time_note=_time(board)))


def visit_row(visit: Visit, today: date) -> Row:
    """A visit as a line; another day than today says which."""
    local = visit.starts_at.astimezone(ZoneInfo(visit.zone))
    clock = f"{local:%H:%M}" if visit.day == today else f"{local:%a}\u00a0{local:%H:%M}"
    return Row(
        (
            Cell(clock, STATUS.get(visit.status, ""), "strong" if visit.status in ("arrived", "started") else ""),
            patient_cell(visit.patient),
            Cell(visit.type or "Visit", "" if visit.minutes is None else format.minutes(visit.minutes)),
            Cell(_about(visit), visit.note or ""),
            Cell(", ".join(visit.preparation) or "–", tone="" if visit.preparation else "muted"),
        ),
        "struck" if visit.status in ("cancelled", "no_show") else "",
    )


def patient_cell(patient: Brief | None) -> Cell:
    """Name, age and last visit."""
    if patient is None:
        return Cell("No patient named", tone="muted")
    age = "" if patient.age is None else f"{patient.age} years"
    last = "first visit" if patient.last_visit is None else f"last visit {format.date(patient.last_visit, 'year')}"
    return Cell(patient.name or "Name not recorded", ", ".join(filter(None, (age, last))))


def _about(visit: Visit) -> str:
    condition = visit.patient.condition if visit.patient else None
    return condition or ("" if visit.note else "–")


def alerts(board: Doctors) -> Built:
    """Patients who should not wait, the most urgent first."""
    attention = board.reading.day.attention
    rows = tuple(_note(alert) for alert in attention.alerts[:ALERTS_SHOWN])
    more = len(attention.alerts) - len(rows)
    count = f"{more} more, less urgent" if more > 0 else ""
    title = f"{format.plural(len(attention.alerts), 'patient alert')}" if attention.alerts else "Patient alerts"
    link = Link("All alerts", list_url(board, "attention")) if more > 0 else None
    return Built(title, Notes(rows, link, "Nothing about a patient is overdue.", count))


def _note(alert: Alert) -> Note:
    kinds: dict[str, NoteKind] = {"critical": "critical", "high": "concern"}
    return Note(
        kinds.get(alert.priority, "late"),
        alert.patient or "Name not recorded",
        alert.message,
        top=KINDS[alert.kind],
        bottom=_handling(alert),
        url=alert_words.detail_url(alert.episode),
    )


def _handling(alert: Alert) -> str:
    """Who looks after it; of one that nobody has touched, when the patient was last here."""
    if alert.episode is not None and (alert.episode.taken_name or alert.episode.acknowledged_name):
        return alert_words.handling(alert.episode)
    return "" if alert.last_visit is None else f"last visit {format.date(alert.last_visit)}"


def alert_row(alert: Alert) -> Row:
    """An alert as a line of a page."""
    return Row(
        (
            Cell(alert.patient or "Name not recorded", tone="strong"),
            Cell(alert.message, alert.source or "", url=alert_words.detail_url(alert.episode)),
            Cell(KINDS[alert.kind]),
            Cell(alert.priority.capitalize(), tone="beyond" if alert.priority == "critical" else ""),
            Cell(format.date(alert.last_visit, "year", unknown="No visit yet")),
            Cell("not taken" if alert.episode is None else alert_words.handling(alert.episode)),
        )
    )


ALERT_COLUMNS = (
    Column("Patient"),
    Column("What"),
    Column("Kind"),
    Column("Priority"),
    Column("Last visit", "figures"),
    Column("Looked after by"),
)


def results(board: Doctors) -> Built:
    """Results that wait to be looked at, the abnormal ones first."""
    attention, zone = board.reading.day.attention, board.setting.zone
    rows = tuple(result_row(one, zone) for one in attention.pending[:SHOWN])
    table = TableView("Pending results", RESULT_COLUMNS, rows, "Every result has been reviewed.", stacked=True)
    links = (Link("All pending results", list_url(board, "results")),) if attention.pending_count > len(rows) else ()
    title = f"Pending results: {attention.pending_count}"
    return Built(title, TableCard(table, links=links, count_note=_shown(len(rows), attention.pending_count)))


def result_row(one: Pending, zone: str) -> Row:
    """A result that waits, as a line."""
    words = {True: "Out\u00a0of\u00a0range", False: "In\u00a0range", None: "Not\u00a0said"}[one.abnormal]
    return Row(
        (
            Cell(one.patient or "Name not recorded", tone="strong"),
            Cell(one.name or "Result"),
            Cell(_when(one.issued_at, zone)),
            Cell(words, tone="beyond" if one.abnormal else ""),
        )
    )


def messages(board: Doctors) -> Built:
    """Messages that nobody has read, the oldest first."""
    attention, zone = board.reading.day.attention, board.setting.zone
    rows = tuple(message_row(one, zone) for one in attention.unread[:SHOWN])
    table = TableView("Unread messages", MESSAGE_COLUMNS, rows, "Every message has been read.", stacked=True)
    links = (Link("All unread messages", list_url(board, "messages")),) if attention.unread_count > len(rows) else ()
    title = f"Unread messages: {attention.unread_count}"
    return Built(title, TableCard(table, links=links, count_note=_shown(len(rows), attention.unread_count)))


def message_row(one: Unread, zone: str) -> Row:
    """An unread message, as a line."""
    return Row(
        (
            Cell(one.patient or "Name not recorded", tone="strong"),
            Cell(one.subject or "No subject"),
            Cell(_when(one.sent_at, zone)),
        )
    )


def _when(instant: datetime | None, zone: str) -> str:
    if instant is None:
        return "Not recorded"
    local = instant.astimezone(ZoneInfo(zone))
    return f"{format.date(local.date())}\u00a0{local:%H:%M}"


def _shown(rows: int, count: int) -> str:
    return f"{rows} of {count}" if count > rows else ""


def _time(board: Doctors) -> str:
    return format.time(board.reading.moment, board.setting.zone)
