"""Open alerts of a clinic, and who looks after them."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import format
from app.core.clock import now
from app.core.permissions import Permission
from app.insights.rules import ALERT_RULES
from app.models import Alert, Notification
from app.services import alerts
from app.services.notifications import unread
from app.services.places import places_of
from app.web.guard import requires
from app.web.shell import shell
from app.web.targets import local_target
from app.web.view_models import Action, Cell, Column, Link, Note, Picker, Row, TableView
from app.web.view_models.board import NoteKind

bp = Blueprint("alerts", __name__, url_prefix="/alerts")

NOTICES = {
    "report.completed": "Your report is ready",
    "report.failed": "A report could not be made",
    "report.refused": "Somebody has no right to a report of yours and was sent nothing",
    "report.undelivered": "A report could not be delivered",
    "schedule.missed": "A schedule should have run and did not",
    "schedule.refused": "A schedule could not ask for its report",
    "schedule.skipped": "A schedule missed runs while nothing ran",
}
ICONS: dict[str, NoteKind] = {"equipment": "out", "staffing": "people", "data": "late"}  # all others: concern


@bp.get("/")
@requires(Permission.DASHBOARD_CLINIC)
def index() -> str:
    """The open episodes of one clinic, and those that ended in the last 30 days."""
    places = places_of(g.actor)
    wanted = request.args.get("clinic")
    clinic = places.clinic(UUID(wanted)) if wanted else next(iter(places.clinics), None)
    standing = [] if clinic is None else alerts.open_alerts(g.actor, clinic.id)
    past = [] if clinic is None else alerts.closed_alerts(g.actor, clinic.id, days=30)
    options = tuple(
        Link(place.name, url_for(".index", clinic=place.id), current=clinic is not None and place.id == clinic.id)
        for place in places.clinics
    )
    return render_template(
        "alerts/list.html",
        notices=_notices(),
        open=_table(standing, "Open alerts", "No open alerts."),
        past=_table(past, "Alerts that ended in the last 30 days", "No alert ended in the last 30 days."),
        picker=Picker("Clinic", clinic.name if clinic else "No clinic", options),
        shell=shell(g.actor, places, clinic, len(standing)),
    )


@bp.post("/<uuid:alert_id>/take")
@requires(Permission.WORKLIST_WRITE)
def take(alert_id: UUID) -> Response:
    """The viewer looks after the episode."""
    alerts.take(g.actor, alert_id)
    return redirect(local_target(request.form.get("next")), 303)


def url(clinic_id: UUID | None) -> str:
    """The page of a clinic's alerts; empty for who has no such page."""
    return url_for("alerts.index", clinic=clinic_id) if g.actor.can(Permission.DASHBOARD_CLINIC) else ""


def note(alert: Alert, moment: datetime) -> Note:
    """An episode as a row of a card."""
    kind = ALERT_RULES[alert.rule].kind if alert.rule in ALERT_RULES else ""
    icon: NoteKind = "critical" if alert.severity == "critical" else ICONS.get(kind, "concern")
    return Note(
        kind=icon,
        title=alert.title,
        evidence=alert.evidence.get("words", ""),
        top=format.minutes((moment - alert.opened_at).total_seconds() / 60),
        bottom=alert.taken_name or "not taken",
        url=url(alert.clinic_id) if alert.clinic_id else "",
    )


def _notices() -> tuple[Link, ...]:
    """What has been made for the viewer and not been opened yet."""
    return tuple(Link(NOTICES.get(notice.kind, "A report has news"), _place(notice)) for notice in unread(g.actor))


def _place(notice: Notification) -> str:
    if notice.kind.startswith("schedule."):
        return url_for("schedules.detail", schedule_id=notice.subject_id)
    return url_for("reports.show", run_id=notice.subject_id)


def _table(found: list[Alert], caption: str, empty: str) -> TableView:
    columns = (
        Column("Alert"),
        Column("Evidence"),
        Column("Open for", "figures"),
        Column("Taken by"),
        Column("", "actions"),
    )
    return TableView(caption, columns, tuple(_row(alert) for alert in found), empty)


def _row(alert: Alert) -> Row:
    length = ((alert.closed_at or now()) - alert.opened_at).total_seconds() / 60
    free = alert.taken_by is None and alert.closed_at is None and g.actor.can(Permission.WORKLIST_WRITE)
    take_it = Action(
        "Take",
        url_for("alerts.take", alert_id=alert.id),
        "check",
        fields=(("next", request.full_path),),
        about=alert.title,
    )
    advice = alert.evidence.get("recommendation") or ""
    return Row(
        (
            Cell(alert.title, tone="strong"),
            Cell(alert.evidence.get("words", ""), note=advice),
            Cell(format.minutes(length)),
            Cell(alert.taken_name or "not taken"),
            Cell(actions=(take_it,) if free else ()),
        )
    )
