"""The clinic dashboard: how it is opened, and its widgets in reading order. A key used twice stops the start."""

from uuid import UUID

from flask import g

from app.core import format
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.registry import registry
from app.services.dashboards import clinic_dashboard
from app.services.dashboards.clinic_dashboard import TILES, ClinicDashboard
from app.services.places import places_of
from app.web.dashboards import facts, people, today
from app.web.dashboards.board import HISTORICAL, LIVE, STANDARD, Board, Built, Spec
from app.web.dashboards.dashboard import Dashboard, Head, board_of
from app.web.periods import title_of
from app.web.worklist import card

TILE_KEYS = {
    "waiting.wait_median": "wait",
    "attendance.no_show_rate": "no-show",
    "waiting.on_time_rate": "on-time",
    "capacity.room_utilisation": "rooms",
    "capacity.third_next_median": "third-next",
    "revenue.collected": "collected",
    "satisfaction.nps": "nps",
    "capacity.equipment_utilisation": "equipment",
}


def _clinic_of(clinic_id: UUID) -> UUID:
    if not g.actor.sees_clinic(clinic_id):
        raise NotFound("There is no such clinic.", code="DASH_005")
    return clinic_id


def _open(clinic_id: UUID) -> Board[ClinicDashboard]:
    places = places_of(g.actor)
    clinic = places.clinic(clinic_id)
    return board_of(
        CLINIC,
        places,
        clinic,
        lambda chosen: clinic_dashboard.read(g.actor, places.organization, clinic, chosen.period),
        clinic_id=clinic_id,
    )


def _head(board: Board[ClinicDashboard]) -> Head:
    reading, when = board.reading, title_of(board.chosen)
    title = f"Clinic {when}" if board.chosen.name == "today" else f"Clinic, {when}"
    hours = clinic_dashboard.opening_words(reading.clinic, reading.today)
    return Head(title, f"{format.date(reading.today, 'full')}, {hours}")


def _worklist(board: Board[ClinicDashboard]) -> Built:
    shown = card(board.reading.actor, board.reading.clinic, 5, board.page())
    return Built(shown.title, shown.body)


WIDGETS = registry(
    (Spec("flow", "today", "flow", 12, LIVE, today.flow, early="first"),),
    (Spec(TILE_KEYS[metric], "today", "tile", 3, LIVE, today.tile_of(metric)) for metric in TILES),
    (
        Spec("hours", "today", "chart", 7, LIVE, today.hours),
        Spec("alerts", "today", "notes", 5, LIVE, people.alerts, early="early"),
        Spec("weekly", "today", "chart", 7, STANDARD, today.weekly),
        Spec("waits", "today", "table", 5, LIVE, today.departments),
        Spec(
            "worklist", "today", "worklist", 12, STANDARD, _worklist, permission=Permission.RECORDS_READ, private=True
        ),
        Spec("week-visits", "week", "facts", 4, HISTORICAL, facts.week_visits),
        Spec("week-patients", "week", "facts", 4, HISTORICAL, facts.week_patients),
        Spec("week-revenue", "week", "facts", 4, HISTORICAL, facts.week_revenue),
        Spec("revenue", "money", "facts", 4, STANDARD, facts.revenue),
        Spec("outstanding", "money", "facts", 4, STANDARD, facts.outstanding),
        Spec("methods", "money", "table", 4, HISTORICAL, facts.methods),
        Spec("doctors", "people", "table", 12, STANDARD, people.doctors),
        Spec("departments", "people", "table", 12, STANDARD, people.departments),
        Spec("insights", "outlook", "notes", 7, HISTORICAL, people.insights),
        Spec("events", "outlook", "notes", 5, HISTORICAL, people.events),
    ),
)

CLINIC = Dashboard(
    key="clinic",
    label="Clinic",
    permission=Permission.DASHBOARD_CLINIC,
    sections={
        "today": "Today",
        "week": "Last week",
        "money": "Money",
        "people": "Doctors and departments",
        "outlook": "Findings and events",
    },
    widgets=WIDGETS,
    open=_open,
    head=_head,
    api="api_dashboards.clinic",
    quiet=frozenset({"today"}),
    on_walls=True,
    clinic_of=_clinic_of,
)
