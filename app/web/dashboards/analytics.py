"""The analytics dashboard: how it is opened, and its widgets in reading order."""

from functools import partial
from typing import Any

from flask import g, request, url_for

from app.core import format
from app.core.permissions import Permission
from app.core.registry import registry
from app.services.dashboards import analytics_dashboard
from app.services.dashboards.analytics_dashboard import FUNNELS, TILES, AnalyticsDashboard
from app.services.places import places_of
from app.web.dashboards import analytics_doctors as doctors
from app.web.dashboards import analytics_outlook as outlook
from app.web.dashboards import analytics_people as who
from app.web.dashboards import analytics_work as work
from app.web.dashboards import people
from app.web.dashboards.board import ANALYTICS, HISTORICAL, Board, Spec
from app.web.dashboards.cards import tile_of
from app.web.dashboards.dashboard import Dashboard, Head, board_of
from app.web.dashboards.shelf import reports
from app.web.periods import title_of
from app.web.places import clinic_asked, clinic_picker, department_picker
from app.web.view_models import Picker

P = Permission.DASHBOARD_ANALYTICS
USUAL = "month"


def _open() -> Board[AnalyticsDashboard]:
    places = places_of(g.actor)
    clinic, department = clinic_asked(places), request.args.get("department", "")
    named: dict[str, Any] = {} if clinic is None else {"clinic_id": clinic.id}
    if department:
        named["department"] = department
    return board_of(
        DASHBOARD,
        places,
        clinic,
        lambda chosen: analytics_dashboard.read(g.actor, places.organization, clinic, chosen.period, department),
        **named,
    )


def _head(board: Board[AnalyticsDashboard]) -> Head:
    reading = board.reading
    parts = [format.date(reading.today, "full")]
    if reading.is_own_work:
        parts.append("own work")
    parts.append(reading.clinic.name if reading.clinic else "all clinics")
    if reading.department:
        parts.append(reading.department)
    return Head(f"Analytics, {title_of(board.chosen)}", ", ".join(parts))


def _pickers(board: Board[AnalyticsDashboard]) -> tuple[Picker, ...]:
    reading = board.reading
    kept = {name: value for name, value in board.place.items() if name == "clinic_id"}
    return (
        *clinic_picker(board.places, reading.clinic, lambda more: _url(board, more)),
        *department_picker(reading.departments, reading.department, lambda more: _url(board, kept | more)),
    )


def _url(board: Board[AnalyticsDashboard], more: dict[str, Any]) -> str:
    return url_for("dashboards.analytics", **board.chosen.args, **more)


KEYS = ("booked", "seen", "retention", "satisfaction", "utilisation", "no-show", "collected", "margin")


def _spec(key: str, section: str, kind: Any, span: Any, build: Any, moves: bool = False) -> Spec[AnalyticsDashboard]:
    return Spec(key, section, kind, span, HISTORICAL, build, permission=P, moves=moves)


WIDGETS = registry(
    (_spec(key, "now", "tile", 3, tile_of(metric), moves=True) for key, metric in zip(KEYS, TILES, strict=True)),
    (
        _spec("data", "now", "facts", 5, who.data, moves=True),
        _spec("insights", "now", "notes", 7, people.insights),
        _spec("standing", "patients", "chart", 6, who.standing),
        _spec("stays", "patients", "facts", 6, who.engagement),
        _spec("says", "patients", "facts", 5, who.satisfaction),
        _spec("complaints", "patients", "chart", 7, who.complaints),
        _spec("ages", "patients", "chart", 7, who.ages),
        _spec("areas", "patients", "table", 5, who.areas),
        *(
            _spec(
                f"funnel-{key.rpartition('.')[2].replace('_', '-')}",
                "doctors",
                "chart",
                6,
                partial(doctors.funnel, key),
            )
            for key in FUNNELS
        ),
        _spec("efficiency", "doctors", "facts", 6, doctors.efficiency),
        _spec("quality", "doctors", "facts", 6, doctors.quality),
        _spec("hours", "capacity", "chart", 7, work.hours),
        _spec("rooms", "capacity", "facts", 5, work.rooms),
        _spec("departments", "capacity", "table", 12, work.departments),
        _spec("time", "capacity", "chart", 6, work.time_spent),
        _spec("devices", "capacity", "chart", 6, work.devices),
        _spec("visits", "capacity", "chart", 12, partial(work.weeks, "attendance.booked", "visits")),
        _spec("money", "money", "facts", 5, work.money),
        _spec("income", "money", "chart", 7, partial(work.weeks, "revenue.collected", "income")),
        _spec("costs", "money", "chart", 12, work.costs),
        _spec("demand", "outlook", "chart", 6, partial(outlook.forecast, "attendance.booked", "demand")),
        _spec("revenue", "outlook", "chart", 6, partial(outlook.forecast, "revenue.collected", "revenue")),
        _spec("events", "outlook", "notes", 6, people.events),
        Spec("reports", "outlook", "table", 6, ANALYTICS, reports, permission=Permission.REPORTS_READ),
    ),
)

DASHBOARD = Dashboard(
    key="analytics",
    label="Analytics",
    permission=P,
    sections={
        "now": "The period",
        "patients": "Patients",
        "doctors": "Doctors",
        "capacity": "Capacity and flow",
        "money": "Money",
        "outlook": "What may come",
    },
    widgets=WIDGETS,
    open=_open,
    head=_head,
    api="api_dashboards.analytics",
    quiet=frozenset({"now"}),
    usual=USUAL,
    pickers=_pickers,
)
