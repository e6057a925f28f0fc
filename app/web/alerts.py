"""Alerts: the open ones and those that ended, and one alert with what people do about it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.core import format
from app.core.clock import now
from app.core.errors import AppError, Conflict, Invalid
from app.core.ids import UNKNOWN, parse_id
from app.core.permissions import Permission
from app.insights.rules import ALERT_RULES
from app.metrics.catalogue import METRICS
from app.models import Alert, Clinic, Notification
from app.services import alert_handling, alerts
from app.services.dashboards.readings import zone_of
from app.services.delivery.notifications import unread
from app.services.places import places_of
from app.web.forms import fault_of
from app.web.guard import requires
from app.web.shell import shell
from app.web.targets import local_target
from app.web.view_models import (
    Action,
    Cell,
    Column,
    FormField,
    FormView,
    Link,
    ManagePage,
    ManagePart,
    Note,
    Picker,
    Row,
    TableView,
)
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
ENDED_DAYS = 30
AUDITED = "Each name shown is in the access log."


@bp.get("/")
@requires(Permission.ALERTS_HANDLE)
def index() -> str:
    """The open episodes of one clinic, and those that ended in the last 30 days."""
    places = places_of(g.actor)
    wanted = request.args.get("clinic")
    clinic = places.clinic(parse_id(wanted) or UNKNOWN) if wanted else next(iter(places.clinics), None)
    standing = alerts.open_alerts(g.actor, clinic.id if clinic else None)
    past = [] if clinic is None else alerts.ended_alerts(g.actor, clinic.id, ENDED_DAYS)
    options = tuple(
        Link(place.name, url_for(".index", clinic=place.id), current=clinic is not None and place.id == clinic.id)
        for place in places.clinics
    )
    return render_template(
        "alerts/list.html",
        title="Alerts",
        notices=_notices(),
        open=_table(standing, "Open alerts", "No open alerts."),
        past=_past(past),
        picker=Picker("Clinic", clinic.name if clinic else "No clinic", options),
        other=Link("Alerts about patients", url_for(".patients")) if g.actor.can(Permission.DASHBOARD_DOCTOR) else None,
        audited="",
        shell=shell(g.actor, places, clinic, len(standing)),
    )


@bp.get("/patients/")
@requires(Permission.DASHBOARD_DOCTOR, patients=True)
def patients() -> str:
    """The open episodes about the viewer's patients, and those that ended in the last 30 days."""
    places = places_of(g.actor)
    standing = alerts.open_patient_alerts(g.actor)
    past = alerts.ended_alerts(g.actor, None, ENDED_DAYS)
    names = alert_handling.names_for(g.actor, [*standing, *past])
    return render_template(
        "alerts/list.html",
        title="Alerts about patients",
        notices=(),
        open=_table(standing, "Open alerts about patients", "Nothing about a patient is overdue.", names),
        past=_past(past, names),
        picker=None,
        other=Link("Alerts of a clinic", url_for(".index")),
        audited=AUDITED if names else "",
        shell=shell(g.actor, places),
    )


@bp.get("/<uuid:alert_id>/")
@requires(Permission.ALERTS_HANDLE, patients=True)
def detail(alert_id: UUID) -> ResponseReturnValue:
    """One alert: what the rule found, what was done about it, and what can be done."""
    return _detail(alert_id)


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
        return _detail(alert_id, error)
    return redirect(url_for(".detail", alert_id=alert_id), 303)


@bp.post("/<uuid:alert_id>/resolve")
@requires(Permission.ALERTS_HANDLE)
def resolve(alert_id: UUID) -> ResponseReturnValue:
    """Ends the episode with a note."""
    try:
        alert_handling.resolve(g.actor, alert_id, request.form.get("note", ""))
    except (Invalid, Conflict) as error:
        return _detail(alert_id, error)
    return redirect(url_for(".detail", alert_id=alert_id), 303)


def url(clinic_id: UUID | None) -> str:
    """The page of a clinic's alerts; empty for who has no such page."""
    return url_for("alerts.index", clinic=clinic_id) if g.actor.can(Permission.ALERTS_HANDLE) else ""


def detail_url(alert: Alert | None) -> str:
    """The page of one alert; empty without one, and for who has no such page."""
    return url_for("alerts.detail", alert_id=alert.id) if alert and g.actor.can(Permission.ALERTS_HANDLE) else ""


def handling(alert: Alert) -> str:
    """Who looks after an alert, in two words."""
    if alert.taken_name:
        return alert.taken_name
    return f"seen by {alert.acknowledged_name}" if alert.acknowledged_name else "not taken"


def note(alert: Alert, moment: datetime, place: str = "") -> Note:
    """An episode as a row of a card; `place` says where, on a card of several clinics."""
    kind = ALERT_RULES[alert.rule].kind if alert.rule in ALERT_RULES else ""
    icon: NoteKind = "critical" if alert.severity == "critical" else ICONS.get(kind, "concern")
    return Note(
        kind=icon,
        title=alert.title,
        evidence=". ".join(filter(None, (place, alert.evidence.get("words", "")))),
        top=format.minutes((moment - alert.opened_at).total_seconds() / 60),
        bottom=handling(alert),
        url=detail_url(alert),
    )


def _notices() -> tuple[Link, ...]:
    """What has been made for the viewer and not been opened yet."""
    return tuple(Link(NOTICES.get(notice.kind, "A report has news"), _place(notice)) for notice in unread(g.actor))


def _place(notice: Notification) -> str:
    if notice.kind.startswith("schedule."):
        return url_for("schedules.detail", schedule_id=notice.subject_id)
    return url_for("reports.show", run_id=notice.subject_id)


def _past(found: list[Alert], names: Mapping[UUID, str | None] | None = None) -> TableView:
    caption, empty = (
        f"Alerts that ended in the last {ENDED_DAYS} days",
        f"No alert ended in the last {ENDED_DAYS} days.",
    )
    return _table(found, caption, empty, names)


def _table(found: list[Alert], caption: str, empty: str, names: Mapping[UUID, str | None] | None = None) -> TableView:
    columns = (
        *((Column("Patient"),) if names is not None else ()),
        Column("Alert"),
        Column("Evidence"),
        Column("Open for", "figures"),
        Column("Looked after by"),
        Column("", "actions"),
    )
    return TableView(caption, columns, tuple(_row(alert, names) for alert in found), empty, stacked=True)


def _row(alert: Alert, names: Mapping[UUID, str | None] | None) -> Row:
    free = alert.taken_name is None and alerts.ended_at(alert) is None
    take_it = Action(
        "Take",
        url_for("alerts.take", alert_id=alert.id),
        "check",
        fields=(("next", request.full_path),),
        about=alert.title,
    )
    whose = () if names is None else (Cell(_name(alert, names), tone="strong"),)
    advice = _ending(alert) or alert.evidence.get("recommendation") or ""
    return Row(
        (
            *whose,
            Cell(alert.title, alert.severity, "strong", detail_url(alert)),
            Cell(alert.evidence.get("words", ""), note=advice),
            Cell(_length(alert)),
            Cell(handling(alert)),
            Cell(actions=(take_it,) if free else ()),
        )
    )


def _name(alert: Alert, names: Mapping[UUID, str | None]) -> str:
    if alert.patient_id is None or alert.patient_id not in names:
        return "Not your patient"
    return names[alert.patient_id] or "Name not recorded"


def _length(alert: Alert) -> str:
    return format.minutes(((alerts.ended_at(alert) or now()) - alert.opened_at).total_seconds() / 60)


def _ending(alert: Alert) -> str:
    if alert.resolved_at is not None:
        return f"Resolved by {alert.resolved_name}"
    return "Ended by itself" if alert.closed_at is not None else ""


def _detail(alert_id: UUID, error: AppError | None = None) -> ResponseReturnValue:
    alert = alert_handling.alert_for(g.actor, alert_id)
    places = places_of(g.actor)
    clinic = next((one for one in places.clinics if one.id == alert.clinic_id), None)
    name = _patient(alert)
    parts = [
        ManagePart("found", "What was found", table=_facts(alert, name, clinic, zone_of(places.organization, clinic)))
    ]
    if alerts.ended_at(alert) is None:
        parts += _forms(alert, error)
    about = name if alert.patient_id else clinic.name if clinic else "The organization"
    back = url_for(".patients") if alert.patient_id else url(alert.clinic_id)
    page = ManagePage(
        alert.title,
        f"{about}. {alert.evidence.get('words', '')}",
        tuple(parts),
        (Link("Alerts", back),),
        said=error.message if isinstance(error, Conflict) else "",
        bad=True,
    )
    status = 200 if error is None else error.status
    return render_template("manage.html", page=page, shell=shell(g.actor, places, clinic)), status


def _patient(alert: Alert) -> str:
    if alert.patient_id is None:
        return ""
    patient = alert_handling.patient_of(g.actor, alert)
    return "Not your patient" if patient is None else patient.name or "Name not recorded"


def _facts(alert: Alert, name: str, clinic: Clinic | None, zone: str) -> TableView:
    lines = [
        ("Patient", name),
        ("Clinic", clinic.name if clinic else ""),
        ("Severity", alert.severity),
        ("What to do", alert.evidence.get("recommendation") or ""),
        ("Open since", f"{format.moment(alert.opened_at, zone)}, for {_length(alert)}"),
        ("Acknowledged", _by(alert.acknowledged_name, alert.acknowledged_at, zone)),
        ("Looked after by", _by(alert.taken_name, alert.taken_at, zone)),
        ("Resolved", _by(alert.resolved_name, alert.resolved_at, zone)),
        ("Note", alert.note or ""),
        ("Ended by itself", format.moment(alert.closed_at, zone) if alert.closed_at else ""),
    ]
    rows = [Row((Cell(term), Cell(text))) for term, text in lines if text]
    if link := _explained(alert):
        rows.append(Row((Cell("Figure"), Cell(link.label, url=link.url))))
    return TableView("What was found", (Column("What"), Column("As it stands")), tuple(rows))


def _by(name: str | None, at: datetime | None, zone: str) -> str:
    return "" if name is None else f"{name}, {format.moment(at, zone)}"


def _explained(alert: Alert) -> Link | None:
    """The explanation of the figure that the rule looked at."""
    rule = ALERT_RULES.get(alert.rule)
    if rule is None or not rule.metric or not g.actor.can(METRICS[rule.metric].permission):
        return None
    place: dict[str, Any] = {"clinic": str(alert.clinic_id)} if alert.clinic_id else {}
    return Link(METRICS[rule.metric].label, url_for("metrics.explain", key=rule.metric, **place))


def _forms(alert: Alert, error: AppError | None) -> list[ManagePart]:
    parts = []
    if alert.acknowledged_at is None:
        seen = Action("Acknowledge", url_for(".acknowledge", alert_id=alert.id), "check", about=alert.title)
        words = "Says to everybody that somebody has seen it. It stays open."
        parts.append(ManagePart("seen", "Acknowledge", words, actions=(seen,)))
    everybody = (
        ("", "Nobody"),
        *((str(one.user_id), one.name) for one in alert_handling.colleagues_for(g.actor, alert)),
    )
    held, fault = str(alert.taken_by or ""), fault_of(error, "user")
    who = FormField("user", "Colleague", "select", held, error=fault, options=everybody, optional=True)
    parts.append(
        ManagePart(
            "assign",
            "Give it to somebody",
            "Those alone who may see what it is about.",
            form=FormView(url_for(".assign", alert_id=alert.id), "Assign", (who,)),
        )
    )
    text = FormField("note", "What was done", "textarea", request.form.get("note", ""), error=fault_of(error, "note"))
    parts.append(
        ManagePart(
            "resolve",
            "Resolve",
            "The alert ends. The same cause opens no other until it has stopped, or has become graver.",
            form=FormView(url_for(".resolve", alert_id=alert.id), "Resolve alert", (text,)),
        )
    )
    return parts
