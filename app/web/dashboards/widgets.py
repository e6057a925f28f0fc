"""The widgets of the clinic board, in reading order. One line each; a key used twice stops the start."""

from app.core.permissions import Permission
from app.core.registry import registry
from app.services.clinic_dashboard import TILES
from app.web.dashboards import facts, people, today
from app.web.dashboards.board import HISTORICAL, LIVE, STANDARD, Board, Built, Spec
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


def _worklist(board: Board) -> Built:
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
