"""The parts of the clinic's answer that tell: alerts, insights, events to come."""

from typing import Any

from app.api.documents import handling
from app.insights.rules import ALERT_RULES
from app.services.dashboards.clinic_dashboard import ClinicDashboard


def alerts(reading: ClinicDashboard) -> list[dict[str, Any]]:
    """Open alerts with what to do about them."""
    return [
        {
            "id": str(alert.id),
            "type": ALERT_RULES[alert.rule].kind if alert.rule in ALERT_RULES else alert.rule,
            "severity": alert.severity,
            "message": f"{alert.title}. {alert.evidence.get('words', '')}".strip(),
            "recommendation": alert.evidence.get("recommendation"),
            "action_required": alert.evidence.get("recommendation") if alert.severity in ("high", "critical") else None,
            "taken_by": alert.taken_name,
        }
        | handling(alert)
        for alert in reading.alerts
    ]


def insights(reading: ClinicDashboard) -> list[dict[str, Any]]:
    """What is worth saying: signals and missed targets."""
    return [
        {
            "category": insight.category,
            "insight": insight.sentence,
            "impact": insight.impact,
            "recommendation": insight.recommendation,
            "metric": insight.metric,
            "rule": insight.rule,
        }
        for insight in reading.insights
    ]


def events(reading: ClinicDashboard) -> list[dict[str, Any]]:
    """What the event log has ahead."""
    return [
        {
            "type": event.kind,
            "title": event.title,
            "date": event.starts_at.isoformat(),
            "duration": _hours(event),
            "attendees": event.attendees,
            "impact": event.impact,
        }
        for event in reading.coming_events
    ]


def _hours(event: Any) -> str | None:
    if event.ends_at is None:
        return None
    hours = (event.ends_at - event.starts_at).total_seconds() / 3600
    return f"{hours:g} hours"
