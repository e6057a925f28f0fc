"""The admin dashboard: how it is opened, and its widgets in reading order. First of all: is everything all right?"""

from uuid import UUID

from flask import g

from app.core import format
from app.core.actor import INSTALLATION, Actor
from app.core.permissions import Permission
from app.core.registry import registry
from app.services.dashboards import admin_dashboard
from app.services.dashboards.admin_dashboard import AdminDashboard
from app.services.places import places_of
from app.web.dashboards import admin_business as business
from app.web.dashboards import admin_measured as measured
from app.web.dashboards import admin_state as state
from app.web.dashboards import admin_use as use
from app.web.dashboards import people
from app.web.dashboards.board import LIVE, STANDARD, Board, Spec
from app.web.dashboards.dashboard import Dashboard, Head, board_of

ADMIN = Permission.DASHBOARD_ADMIN
PLATFORM = Permission.PLATFORM_READ


def _open() -> Board[AdminDashboard]:
    places = places_of(g.actor)
    return board_of(DASHBOARD, places, None, lambda _chosen: admin_dashboard.read(g.actor, places.organization))


def _head(board: Board[AdminDashboard]) -> Head:
    reading = board.reading
    whose = "Whole installation" if reading.of_installation else reading.organization.name
    return Head("Administration", f"{whose}, {format.date(reading.today, 'full')}")


def _follows(_actor: Actor) -> UUID:
    """What it shows moves with each minute's measures and with each count of an organization."""
    return INSTALLATION


WIDGETS = registry(
    (
        Spec("state", "state", "table", 12, LIVE, state.parts, "first", ADMIN),
        Spec("uptime", "state", "tile", 3, STANDARD, measured.uptime_tile, permission=ADMIN),
        Spec("responses", "state", "tile", 3, LIVE, measured.response_tile, permission=ADMIN),
        Spec("errors", "state", "tile", 3, LIVE, measured.errors_tile, permission=ADMIN),
        Spec("online", "state", "tile", 3, LIVE, use.online_tile, permission=ADMIN),
        Spec("system-alerts", "state", "table", 8, LIVE, state.alerts, "early", PLATFORM),
        Spec("storage", "state", "tile", 4, STANDARD, measured.storage_tile, permission=PLATFORM),
        Spec("alerts", "state", "notes", 12, LIVE, people.alerts, permission=Permission.DASHBOARD_CLINIC),
        Spec("hours", "speed", "chart", 7, STANDARD, measured.hours, permission=ADMIN),
        Spec("areas", "speed", "table", 5, STANDARD, measured.areas, permission=ADMIN),
        Spec("days", "speed", "chart", 12, STANDARD, measured.days, permission=ADMIN),
        Spec("security", "security", "facts", 5, STANDARD, business.security, permission=ADMIN),
        Spec("incidents", "security", "table", 7, STANDARD, business.incidents, permission=ADMIN),
        Spec("clinics", "clinics", "facts", 4, LIVE, use.clinics, permission=ADMIN),
        Spec("busiest", "clinics", "table", 8, STANDARD, use.busiest, permission=ADMIN),
        Spec("regions", "clinics", "table", 12, STANDARD, use.regions, permission=ADMIN),
        Spec("people", "people", "facts", 5, STANDARD, use.accounts, permission=ADMIN),
        Spec("registrations", "people", "chart", 7, STANDARD, use.registrations, permission=ADMIN),
        Spec("money", "business", "facts", 6, STANDARD, business.money, permission=ADMIN),
        Spec("support", "business", "facts", 6, STANDARD, business.support, permission=ADMIN),
    ),
)

DASHBOARD = Dashboard(
    key="admin",
    label="Administration",
    permission=ADMIN,
    sections={
        "state": "State",
        "speed": "Answers and uptime",
        "security": "Security",
        "clinics": "Clinics",
        "people": "People",
        "business": "Money and support",
    },
    widgets=WIDGETS,
    open=_open,
    head=_head,
    api="api_dashboards.admin",
    quiet=frozenset({"state"}),
    has_periods=False,
    of_installation=True,
    follows=_follows,
)
