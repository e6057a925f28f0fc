"""What the working pages about reports share: the ways between them, and how a page of cards is shown."""

from flask import g, render_template, url_for

from app.core.permissions import Permission
from app.services.places import places_of
from app.web.shell import shell
from app.web.view_models import Link, WorkPage


def sections() -> tuple[Link, ...]:
    """The pages beside the library that the viewer may open."""
    found = [
        Link("Saved", url_for("report_library.index"), "file-text"),
        Link("Templates", url_for("report_library.templates"), "layout-grid"),
        Link("Schedules", url_for("schedules.index"), "calendar"),
        Link("Deliveries", url_for("deliveries.index"), "check"),
        Link("Statistics", url_for("report_library.statistics"), "sigma"),
    ]
    if g.actor.can(Permission.REPORTS_RUN):
        found.append(Link("Webhooks", url_for("webhooks.index"), "link"))
    return tuple(found)


def show(page: WorkPage) -> str:
    """The page in the frame of the viewer."""
    return render_template("reports/work.html", page=page, shell=shell(g.actor, places_of(g.actor)))


def home() -> Link:
    """The first crumb."""
    return Link("Reports", url_for("reports.index"))


def zone() -> str:
    """The zone in which times are shown that belong to no clinic."""
    return places_of(g.actor).organization.zone


def said(text: str, words: int = 80) -> str:
    """A text for a cell, cut where it is long."""
    return text if len(text) <= words else text[: words - 1] + "…"
