"""The frame round every page: navigation by what the viewer may do, pickers, open alerts."""

from dataclasses import dataclass

from flask import request, url_for

from app.core.actor import Actor
from app.core.permissions import Permission, Role
from app.models import Clinic
from app.services import alerts
from app.services.places import Places
from app.web.guard import signed_in
from app.web.view_models import Link, NavGroup, Picker, Shell, Theme, Viewer

THEMES: dict[str, Theme] = {"light": "light", "dark": "dark", "contrast": "contrast"}
ROLE_WORDS = {
    Role.PLATFORM_ADMIN: "Platform admin",
    Role.ADMIN: "Organization admin",
    Role.DOCTOR: "Doctor",
    Role.CLINIC_STAFF: "Clinic staff",
    Role.BILLING_STAFF: "Billing staff",
    Role.ANALYST: "Analyst",
    Role.PATIENT: "Patient",
}


@dataclass(frozen=True)
class NavItem:
    """A page of the rail: shown to those who hold its permission."""

    group: str
    label: str
    icon: str
    endpoint: str
    permission: Permission
    also: str = ""  # another endpoint under the same name


# Pages that the rail knows by the page they belong to.
_PART_OF = dict.fromkeys(("report_library", "report_requests", "schedules", "deliveries", "webhooks"), "reports")
_PART_OF |= {"login_rules": "users"}
NAVIGATION = (
    NavItem("Today", "Clinic", "layout-dashboard", "dashboards.home", Permission.DASHBOARD_CLINIC, "dashboards.clinic"),
    NavItem("Today", "Doctor", "stethoscope", "dashboards.doctor", Permission.DASHBOARD_DOCTOR),
    NavItem("Today", "Billing", "receipt", "dashboards.billing", Permission.DASHBOARD_BILLING),
    NavItem("Today", "Patient", "user", "dashboards.patient", Permission.RECORDS_READ),
    NavItem("Today", "Administration", "shield", "dashboards.admin", Permission.DASHBOARD_ADMIN),
    NavItem("My record", "My health", "stethoscope", "dashboards.patient", Permission.OWN_RECORD),
    NavItem("My record", "Messages", "file-text", "patient.messages", Permission.OWN_RECORD),
    NavItem("My record", "Test results", "list-checks", "patient.results", Permission.OWN_RECORD),
    NavItem("My record", "Ask for a visit", "calendar-plus", "patient.ask_visit", Permission.OWN_RECORD),
    NavItem("My record", "Ask for a refill", "plus", "patient.ask_refill", Permission.OWN_RECORD),
    NavItem("My record", "Who has looked", "users", "patient.looks", Permission.OWN_RECORD),
    NavItem("Today", "Worklist", "list-checks", "worklist.index", Permission.RECORDS_READ),
    NavItem("Today", "Alerts", "bell", "alerts.index", Permission.DASHBOARD_CLINIC),
    NavItem("Understand", "Analytics", "lightbulb", "dashboards.analytics", Permission.DASHBOARD_ANALYTICS),
    NavItem("Understand", "Metrics", "book-open", "metrics.catalogue", Permission.CATALOGUE_READ),
    NavItem("Share", "Reports", "file-text", "reports.index", Permission.REPORTS_READ),
    NavItem("Share", "Walls", "monitor", "walls.index", Permission.WALLS_WRITE),
    NavItem("Data", "Imports", "database", "imports.index", Permission.DATA_READ),
    NavItem("Data", "Targets and rules", "flag", "targets.index", Permission.TARGETS_WRITE),
    NavItem("Data", "Event log", "calendar", "events.index", Permission.EVENTS_WRITE),
    NavItem("Data", "Users and roles", "users", "users.index", Permission.USERS_WRITE),
    NavItem("Data", "Access log", "table-2", "audit.index", Permission.AUDIT_READ),
)


def shell(actor: Actor, places: Places, clinic: Clinic | None = None, opened: int | None = None) -> Shell:
    """The frame for one viewer; `clinic` is the one that the page is about. The bell counts what its page lists;
    `opened` is that count where it is known already."""
    handles, clinic_id = actor.can(Permission.ALERTS_HANDLE), None if clinic is None else clinic.id
    if opened is None:
        opened = alerts.open_count(actor, clinic_id) if handles else 0
    return Shell(
        viewer=Viewer(actor.name, _initials(actor.name), role_words(actor)),
        nav=_nav(actor),
        organization=Picker("Organization", places.organization.name),
        clinic=_clinics(actor, places, clinic),
        search_url=url_for("metrics.catalogue") if actor.can(Permission.CATALOGUE_READ) else "",
        alerts_url=url_for("alerts.index", clinic=clinic_id) if handles else "",
        open_alerts=opened,
        search=request.args.get("q", ""),
        organizations_url=url_for("auth.organization") if signed_in().elsewhere else "",
        theme=theme(),
    )


def found_pages(actor: Actor, words: str) -> tuple[Link, ...]:
    """The pages of the rail whose name holds the words; none without words."""
    wanted = words.casefold()
    return tuple(
        Link(item.label, url_for(item.endpoint), item.icon)
        for item in NAVIGATION
        if wanted and wanted in item.label.casefold() and actor.can(item.permission)
    )


def theme() -> Theme:
    """The look that this browser asked for; empty for the system's own."""
    return THEMES.get(request.cookies.get("theme", ""), "")


def role_words(actor: Actor) -> str:
    """The viewer's first role in words."""
    return next((words for role, words in ROLE_WORDS.items() if role in actor.roles), "Guest")


def _initials(name: str) -> str:
    words = name.split()
    return (words[0][:1] + words[-1][:1]).upper() if len(words) > 1 else name[:2].upper()


def _nav(actor: Actor) -> tuple[NavGroup, ...]:
    groups: dict[str, list[Link]] = {}
    for item in NAVIGATION:
        if actor.can(item.permission):
            groups.setdefault(item.group, []).append(
                Link(item.label, url_for(item.endpoint), item.icon, _is_current(item))
            )
    return tuple(NavGroup(title, tuple(links)) for title, links in groups.items())


def _is_current(item: NavItem) -> bool:
    """Is it the page being shown, or one of the pages below it?"""
    here, _, name = (request.endpoint or "").partition(".")
    shown = f"{_PART_OF.get(here, here)}.{name}"
    group = item.endpoint.partition(".")[0]
    shared = group in ("dashboards", "patient")  # rooms with a page of the rail for each thing in them
    return shown in (item.endpoint, item.also) or (not shared and shown.startswith(f"{group}."))


def _clinics(actor: Actor, places: Places, current: Clinic | None) -> Picker:
    if not actor.can(Permission.DASHBOARD_CLINIC) or not places.clinics:
        return Picker("Clinic", current.name if current else "" if Role.PATIENT in actor.roles else "All clinics")
    shown = current or places.clinics[0]
    options = tuple(
        Link(clinic.name, url_for("dashboards.clinic", clinic_id=clinic.id), current=clinic.id == shown.id)
        for clinic in places.clinics
    )
    return Picker("Clinic", shown.name, options if len(options) > 1 else ())
