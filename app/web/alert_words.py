"""Alerts in words: who looks after one, how long it is open, a row of a card; and where its page is."""

from datetime import datetime
from uuid import UUID

from flask import g, url_for

from app.core import format
from app.core.clock import now
from app.core.permissions import Permission
from app.insights.rules import ALERT_RULES
from app.models import Alert
from app.services import alerts
from app.web.view_models import (
    Note,
)
from app.web.view_models.board import NoteKind

ICONS: dict[str, NoteKind] = {"equipment": "out", "staffing": "people", "data": "late"}  # all others: concern


def url(clinic_id: UUID | None) -> str:
    """The page of a clinic's alerts, or of all that the viewer sees; empty for who has no such page."""
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


def length(alert: Alert) -> str:
    """How long an episode is open, or was."""
    return format.minutes(((alerts.ended_at(alert) or now()) - alert.opened_at).total_seconds() / 60)


def ending(alert: Alert) -> str:
    """How an episode ended; empty while it is open."""
    if alert.resolved_at is not None:
        return f"Resolved by {alert.resolved_name}"
    return "Ended by itself" if alert.closed_at is not None else ""
