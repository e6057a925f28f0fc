"""The patient dashboard: how it is opened, and its widgets in the order in which a patient needs them."""

from flask import g

from app.core import format
from app.core.permissions import Permission, Role
from app.core.registry import registry
from app.services.dashboards import patient_dashboard
from app.services.dashboards.patient_dashboard import PatientDashboard
from app.services.places import places_of
from app.web.dashboards import patient_find
from app.web.dashboards import patient_health as health
from app.web.dashboards import patient_news as news
from app.web.dashboards import patient_next as ahead
from app.web.dashboards.board import HISTORICAL, LIVE, STANDARD, Board, Spec
from app.web.dashboards.dashboard import Dashboard, Head, board_of
from app.web.places import id_asked
from app.web.session import is_poll

P = Permission.DASHBOARD_PATIENT
LIMITED = "Appointments, contact and balance. Your role does not include what is in the chart."


def _open() -> Board[PatientDashboard]:
    places = places_of(g.actor)
    reading = patient_dashboard.read(g.actor, places, id_asked("patient_id"), again=is_poll())
    named = {} if reading.is_own else {"patient_id": reading.patient.id}
    return board_of(DASHBOARD, places, reading.clinic, lambda _chosen: reading, **named)


def _instead() -> str | None:
    """The forms that find a patient, for those who see several and name none."""
    if id_asked("patient_id") or g.actor.patient_id or Role.PATIENT in g.actor.roles:
        return None
    return patient_find.finder()


def _head(board: Board[PatientDashboard]) -> Head:
    reading = board.reading
    if reading.is_own:
        return Head("My health", format.date(reading.today, "full"))
    known = (
        reading.name or "Name not recorded",
        f"{reading.age} years" if reading.age is not None else "",
        f"record {reading.patient.record_number}" if reading.patient.record_number else "",
    )
    limited = "" if reading.chart else f". {LIMITED}"
    return Head("Patient", ", ".join(part for part in known if part) + limited)


WIDGETS = registry(
    (
        Spec("next-visit", "next", "entries", 7, LIVE, ahead.next_visit, "first", P, private=True),
        Spec("doing", "next", "entries", 5, STANDARD, ahead.doing, "early", P, private=True),
        Spec("later-visits", "next", "entries", 7, STANDARD, ahead.later_visits, permission=P, private=True),
        Spec("contact", "next", "facts", 5, HISTORICAL, ahead.contact, permission=P, private=True),
        Spec("messages", "news", "entries", 6, LIVE, news.messages, permission=P, private=True),
        Spec("results", "news", "entries", 6, STANDARD, news.results, permission=P, private=True),
        Spec("medicines", "today", "entries", 7, STANDARD, health.medicines, permission=P, private=True),
        Spec("tests", "today", "entries", 5, STANDARD, ahead.tests, permission=P, private=True),
        Spec("problems", "health", "entries", 7, HISTORICAL, health.problems, permission=P, private=True),
        Spec("vitals", "health", "facts", 5, HISTORICAL, health.vitals, permission=P, private=True),
        Spec("goals", "health", "entries", 7, HISTORICAL, health.goals, permission=P, private=True),
        Spec("allergies", "health", "entries", 5, HISTORICAL, health.allergies, permission=P, private=True),
        Spec("visits", "past", "entries", 12, HISTORICAL, health.visits, permission=P, private=True),
        Spec("balance", "paper", "entries", 7, STANDARD, news.balance, permission=P, private=True),
        Spec("insurance", "paper", "facts", 5, HISTORICAL, news.insurance, permission=P, private=True),
        Spec("looks", "seen", "table", 12, HISTORICAL, news.looks, permission=P, private=True),
    ),
)

DASHBOARD = Dashboard(
    key="patient",
    label="My health",
    permission=P,
    sections={
        "next": "What comes next",
        "news": "New for you",
        "today": "Medicines and tests",
        "health": "Your health",
        "past": "What was said",
        "paper": "Bills and insurance",
        "seen": "Your privacy",
    },
    widgets=WIDGETS,
    open=_open,
    head=_head,
    api="api_dashboards.patient",
    has_periods=False,
    about_patients=True,
    instead=_instead,
)
