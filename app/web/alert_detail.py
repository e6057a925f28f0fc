"""One alert: what its rule found, what was done about it, and what can be done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import format
from app.core.errors import AppError, Conflict
from app.insights.rules import ALERT_RULES
from app.metrics.catalogue import METRICS
from app.models import Alert, Clinic
from app.services import alert_handling, alerts
from app.services.dashboards.readings import zone_of
from app.services.places import places_of
from app.web.alert_words import length, url
from app.web.forms import fault_of
from app.web.shell import shell
from app.web.view_models import (
    Action,
    Cell,
    Column,
    FormField,
    FormView,
    Link,
    ManagePage,
    ManagePart,
    Row,
    TableView,
)


def page(alert_id: UUID, error: AppError | None = None) -> ResponseReturnValue:
    """The page of an alert, with what went wrong about its forms."""
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
    back = url_for("alerts.patients") if alert.patient_id else url(alert.clinic_id)
    view = ManagePage(
        alert.title,
        f"{about}. {alert.evidence.get('words', '')}",
        tuple(parts),
        (Link("Alerts", back),),
        said=error.message if isinstance(error, Conflict) else "",
        bad=True,
    )
    status = 200 if error is None else error.status
    return render_template("manage.html", page=view, shell=shell(g.actor, places, clinic)), status


def _patient(alert: Alert) -> str:
    if alert.patient_id is None:
        return ""
    patient = alert_handling.patient_of(g.actor, alert)
    return "Not your patient" if patient is None else patient.name or "Name not recorded"


def _facts(alert: Alert, name: str, clinic: Clinic | None, zone: str) -> TableView:
    lines = [
        ("Patient", name),
        ("Clinic", clinic.name if clinic else ""),
        ("Severity", alert.severity.capitalize()),
        ("What to do", alert.evidence.get("recommendation") or ""),
        ("Open since", f"{format.moment(alert.opened_at, zone)}, for {length(alert)}"),
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
        seen = Action("Acknowledge", url_for("alerts.acknowledge", alert_id=alert.id), "check", about=alert.title)
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
            form=FormView(url_for("alerts.assign", alert_id=alert.id), "Assign", (who,)),
        )
    )
    text = FormField("note", "What was done", "textarea", request.form.get("note", ""), error=fault_of(error, "note"))
    parts.append(
        ManagePart(
            "resolve",
            "Resolve",
            "The alert ends. The same cause opens no other until it has stopped, or has become graver.",
            form=FormView(url_for("alerts.resolve", alert_id=alert.id), "Resolve alert", (text,)),
        )
    )
    return parts
