"""Alerts: the open ones and those that ended, and what people do about one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.core.errors import Conflict, Invalid
from app.core.ids import UNKNOWN, parse_id
from app.core.permissions import Permission
from app.models import Alert, Notification
from app.services import alert_handling, alerts
from app.services.delivery.notifications import unread
from app.services.places import places_of
from app.web import alert_detail
from app.web.alert_words import detail_url, ending, handling, length
from app.web.guard import requires
from app.web.places import clinic_picker
from app.web.shell import shell
from app.web.targets import local_target
from app.web.view_models import (
    Action,
    Cell,
    Column,
    Link,
    Row,
    TableView,
)

Names = Mapping[UUID, str | None]

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

ENDED_DAYS = 30
AUDITED = "Each name shown is in the access log."


@bp.get("/")
@requires(Permission.ALERTS_HANDLE)
def index() -> str:
    """The open episodes of all clinics that the viewer sees or of one, and those that ended in the last 30 days."""
    places = places_of(g.actor)
    wanted = request.args.get("clinic")
    clinic = places.clinic(parse_id(wanted) or UNKNOWN) if wanted else None
    clinic_id = None if clinic is None else clinic.id
    standing, past = alerts.open_alerts(g.actor, clinic_id), alerts.ended_alerts(g.actor, clinic_id, ENDED_DAYS)
    where = {} if clinic else {place.id: place.name for place in places.clinics if len(places.clinics) > 1}
    return render_template(
        "alerts/list.html",
        title="Alerts",
        notices=_notices(),
        open=_table(standing, "Open alerts", "No open alerts.", where=where),
        past=_past(past, where=where),
        clinics=next(iter(clinic_picker(places, clinic, _of_clinic)), None),
        other=Link("Alerts about patients", url_for(".patients")) if g.actor.can(Permission.DASHBOARD_DOCTOR) else None,
        audited="",
        shell=shell(g.actor, places, clinic),
    )


@bp.get("/patients/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
def patients() -> str:
    """The open episodes about the viewer's patients, and those that ended in the last 30 days."""
    places = places_of(g.actor)
    standing = alerts.open_patient_alerts(g.actor)
    past = alerts.ended_patient_alerts(g.actor, ENDED_DAYS)
    names = alert_handling.names_for(g.actor, [*standing, *past])
    return render_template(
        "alerts/list.html",
        title="Alerts about patients",
        notices=(),
        open=_table(standing, "Open alerts about patients", "Nothing about a patient is overdue.", names),
        past=_past(past, names),
        clinics=None,
        other=Link("Alerts of the clinics", url_for(".index")),
        audited=AUDITED if names else "",
        shell=shell(g.actor, places),
    )


@bp.get("/<uuid:alert_id>/")
@requires(Permission.ALERTS_HANDLE, patients=True)
def detail(alert_id: UUID) -> ResponseReturnValue:
    """One alert: what the rule found, what was done about it, and what can be done."""
    return alert_detail.page(alert_id)


@bp.post("/<uuid:alert_id>/take")
@requires(Permission.ALERTS_HANDLE)
def take(alert_id: UUID) -> Response:
    """The viewer looks after the episode."""
    alert_handling.take(g.actor, alert_id)
    return redirect(local_target(request.form.get("next")), 303)


@bp.post("/<uuid:alert_id>/acknowledge")
@requires(Permission.ALERTS_HANDLE)
def acknowledge(alert_id: UUID) -> Response:
    """The viewer has seen the episode."""
    alert_handling.acknowledge(g.actor, alert_id)
    return redirect(url_for(".detail", alert_id=alert_id), 303)


@bp.post("/<uuid:alert_id>/assign")
@requires(Permission.ALERTS_HANDLE)
def assign(alert_id: UUID) -> ResponseReturnValue:
    """Gives the episode to a colleague, or to nobody."""
    chosen = request.form.get("user", "")
    try:
        alert_handling.assign(g.actor, alert_id, (parse_id(chosen) or UNKNOWN) if chosen else None)
    except (Invalid, Conflict) as error:
        return alert_detail.page(alert_id, error)
    return redirect(url_for(".detail", alert_id=alert_id), 303)


@bp.post("/<uuid:alert_id>/resolve")
@requires(Permission.ALERTS_HANDLE)
def resolve(alert_id: UUID) -> ResponseReturnValue:
    """Ends the episode with a note."""
    try:
        alert_handling.resolve(g.actor, alert_id, request.form.get("note", ""))
    except (Invalid, Conflict) as error:
        return alert_detail.page(alert_id, error)
    return redirect(url_for(".detail", alert_id=alert_id), 303)


def _of_clinic(more: dict[str, Any]) -> str:
    return url_for(".index", clinic=more.get("clinic_id"))


def _notices() -> tuple[Link, ...]:
    """What has been made for the viewer and not been opened yet."""
    return tuple(Link(NOTICES.get(notice.kind, "A report has news"), _place(notice)) for notice in unread(g.actor))


def _place(notice: Notification) -> str:
    if notice.kind.startswith("schedule."):
        return url_for("schedules.detail", schedule_id=notice.subject_id)
    return url_for("reports.show", run_id=notice.subject_id)


def _past(found: list[Alert], names: Names | None = None, where: Names | None = None) -> TableView:
    caption, empty = (
        f"Alerts that ended in the last {ENDED_DAYS} days",
        f"No alert ended in the last {ENDED_DAYS} days.",
    )
    return _table(found, caption, empty, names, where)


def _table(
    found: list[Alert], caption: str, empty: str, names: Names | None = None, where: Names | None = None
) -> TableView:
    """`names` of patients and `where`, the names of clinics, each stand in a column of their own."""
    columns = (
        *((Column("Patient"),) if names is not None else ()),
        Column("Alert"),
        *((Column("Clinic", spare=True),) if where else ()),
        Column("Evidence"),
        Column("Open for", "figures"),
        Column("Looked after by"),
        Column("", "actions"),
    )
    return TableView(caption, columns, tuple(_row(alert, names, where) for alert in found), empty, stacked=True)


def _row(alert: Alert, names: Names | None, where: Names | None) -> Row:
    free = alert.taken_name is None and alerts.ended_at(alert) is None
    take_it = Action(
        "Take",
        url_for("alerts.take", alert_id=alert.id),
        "check",
        fields=(("next", request.full_path),),
        about=alert.title,
    )
    whose = () if names is None else (Cell(_name(alert, names), tone="strong"),)
    place = (Cell((alert.clinic_id and where.get(alert.clinic_id)) or "All clinics"),) if where else ()
    advice = ending(alert) or alert.evidence.get("recommendation") or ""
    return Row(
        (
            *whose,
            Cell(alert.title, f"{alert.severity} severity", "strong", detail_url(alert)),
            *place,
            Cell(alert.evidence.get("words", ""), note=advice),
            Cell(length(alert)),
            Cell(handling(alert)),
            Cell(actions=(take_it,) if free else ()),
        )
    )


def _name(alert: Alert, names: Names) -> str:
    if alert.patient_id is None or alert.patient_id not in names:
        return "Not your patient"
    return names[alert.patient_id] or "Name not recorded"
