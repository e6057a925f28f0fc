"""The frame round every page of a signed-in person: who they are, where they are, where they may go."""

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for
from sqlalchemy import select
from werkzeug.local import LocalProxy

from app.core.permissions import Permission, Role
from app.extensions import db
from app.models.organizations import Membership, Organization
from app.web.view_models import Link, NavGroup, Picker, Shell, Viewer
from app.web.words import ROLE_WORDS

THEMES = frozenset({"light", "dark", "contrast"})


@dataclass(frozen=True)
class Way:
    """An entry of the menu, shown to whoever may use the page, where the installation has it."""

    group: str
    label: str
    endpoint: str
    icon: str
    permission: Permission


WAYS = (
    Way("Dashboards", "Clinic", "clinic_dashboard.home", "gauge", Permission.DASHBOARD_CLINIC),
    Way("Figures", "Metrics", "catalogue.index", "list", Permission.CATALOGUE_READ),
    Way("Figures", "Reports", "reports.index", "file-text", Permission.REPORTS_READ),
    Way("Data", "Sources and imports", "imports.index", "database", Permission.DATA_READ),
    Way("Data", "Walls", "walls.index", "monitor", Permission.WALLS_WRITE),
    Way("People", "Access log", "audit.index", "shield", Permission.AUDIT_READ),
    Way("People", "Who used my access", "audit.own", "shield", Permission.ACCOUNT_USE),
    Way("People", "Account", "account.show", "user", Permission.ACCOUNT_USE),
)


def install(app: Flask) -> None:
    """Gives every template `shell`; it is made only where a template looks at it, so fragments do not pay for it."""
    app.context_processor(lambda: {"shell": LocalProxy(shell)})


def shell() -> Shell | None:
    """The frame of this request's page; None for strangers."""
    if g.get("actor") is None:
        return None
    if "shell" not in g:
        g.shell = _make()
    return g.shell


def _make() -> Shell:
    actor = g.actor
    return Shell(
        viewer=Viewer(actor.name, _initials(actor.name), _main_role(actor.roles)),
        nav=_nav(),
        organization=_organizations(),
        clinic=g.get("clinic_picker") or Picker("Clinic", "All clinics" if actor.clinic_ids is None else "My clinics"),
        search_url=_url("catalogue.index"),
        alerts_url=_url("alerts.index"),
        open_alerts=g.get("open_alerts", 0),
        theme=request.cookies.get("theme", "") if request.cookies.get("theme") in THEMES else "",
    )


def _nav() -> tuple[NavGroup, ...]:
    groups: dict[str, list[Link]] = {}
    for way in WAYS:
        if way.endpoint in current_app.view_functions and g.actor.can(way.permission):
            link = Link(way.label, url_for(way.endpoint), way.icon, current=request.endpoint == way.endpoint)
            groups.setdefault(way.group, []).append(link)
    return tuple(NavGroup(title, tuple(links)) for title, links in groups.items())


def _organizations() -> Picker:
    rows = db.session.execute(
        select(Organization.id, Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == g.actor.user_id)
        .order_by(Organization.name)
    ).all()
    current = next(row.name for row in rows if row.id == g.actor.organization_id)
    change = (Link("Change organization", url_for("auth.organization")),) if len(rows) > 1 else ()
    return Picker("Organization", current, change)


def _main_role(roles: frozenset[Role]) -> str:
    return next((words for role, words in ROLE_WORDS.items() if role in roles), "")


def _initials(name: str) -> str:
    words = [word for word in name.replace(".", " ").split() if word[0].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def _url(endpoint: str) -> str:
    return url_for(endpoint) if endpoint in current_app.view_functions else "/"
