"""The billing dashboard: how it is opened, and its widgets in reading order."""

from flask import g, url_for

from app.core import format
from app.core.permissions import Permission
from app.core.registry import registry
from app.services.dashboards import billing_dashboard
from app.services.dashboards.billing_dashboard import TILES, BillingDashboard
from app.services.places import places_of
from app.web.dashboards import billing_charts, billing_chase, billing_figures, billing_tables, people
from app.web.dashboards.board import HISTORICAL, LIVE, STANDARD, Board, Spec
from app.web.dashboards.cards import tile_of
from app.web.dashboards.dashboard import Dashboard, Head, board_of
from app.web.dashboards.shelf import reports
from app.web.periods import title_of
from app.web.places import clinic_asked, clinic_picker
from app.web.session import is_poll
from app.web.view_models import Picker

P = Permission.METRICS_MONEY
BILLING = Permission.DASHBOARD_BILLING


def _open() -> Board[BillingDashboard]:
    places = places_of(g.actor)
    clinic = clinic_asked(places)
    named = {} if clinic is None else {"clinic_id": clinic.id}
    return board_of(
        DASHBOARD,
        places,
        clinic,
        lambda chosen: billing_dashboard.read(g.actor, places.organization, clinic, chosen.period, is_poll()),
        **named,
    )


def _head(board: Board[BillingDashboard]) -> Head:
    reading = board.reading
    whose = "Own work, " if "practitioner" in reading.filters else ""
    place = reading.clinic.name if reading.clinic else "all clinics"
    under = f"{format.date(reading.today, 'full')}, {whose}{place}".replace(", all", ", all")
    return Head(f"Billing {title_of(board.chosen)}", under)


def _pickers(board: Board[BillingDashboard]) -> tuple[Picker, ...]:
    return clinic_picker(board.places, board.reading.clinic, lambda more: url_for("dashboards.billing", **more))


KEYS = ("collected", "outstanding", "overdue", "old", "collection-rate", "collection-days", "denied", "success")

WIDGETS = registry(
    (
        Spec(key, "now", "tile", 3, LIVE, tile_of(metric), permission=BILLING)
        for key, metric in zip(KEYS, TILES, strict=True)
    ),
    (
        Spec("overdue-list", "chase", "table", 7, STANDARD, billing_chase.overdue, "early", BILLING, private=True),
        Spec("alerts", "chase", "notes", 5, LIVE, people.alerts, permission=BILLING),
        Spec("aging", "chase", "chart", 4, STANDARD, billing_charts.aging, permission=BILLING),
        Spec("denials", "chase", "table", 8, STANDARD, billing_chase.denials, permission=BILLING, private=True),
        Spec("revenue", "in", "facts", 5, STANDARD, billing_figures.money_today, permission=BILLING),
        Spec("trends", "in", "chart", 7, HISTORICAL, billing_charts.trends, permission=BILLING),
        Spec("methods", "in", "table", 7, HISTORICAL, billing_tables.methods, permission=BILLING),
        Spec("failures", "in", "table", 5, STANDARD, billing_tables.failures, permission=BILLING),
        Spec("invoices", "books", "facts", 4, STANDARD, billing_figures.invoices, permission=BILLING),
        Spec("accounts", "books", "facts", 4, HISTORICAL, billing_figures.accounts, permission=BILLING),
        Spec("claims", "books", "facts", 4, STANDARD, billing_figures.claims, permission=BILLING),
        Spec("payers", "books", "table", 7, HISTORICAL, billing_tables.payers, permission=BILLING),
        Spec("reports", "books", "table", 5, HISTORICAL, reports, permission=Permission.REPORTS_READ),
        Spec("insights", "outlook", "notes", 7, HISTORICAL, people.insights, permission=BILLING),
        Spec("events", "outlook", "notes", 5, HISTORICAL, people.events, permission=BILLING),
    ),
)

DASHBOARD = Dashboard(
    key="billing",
    label="Billing",
    permission=BILLING,
    sections={
        "chase": "To chase",
        "now": "How it stands",
        "in": "What comes in",
        "books": "Invoices, accounts and claims",
        "outlook": "Findings and events",
    },
    widgets=WIDGETS,
    open=_open,
    head=_head,
    api="api_dashboards.billing",
    quiet=frozenset({"chase"}),
    about_patients=True,
    pickers=_pickers,
)
