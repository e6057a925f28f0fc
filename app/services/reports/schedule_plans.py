"""What a schedule is to do, as somebody describes it: checked before it is written, and written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.permissions import Role
from app.core.recurrence import Rule
from app.extensions import db
from app.models import Report, ReportSchedule, User, Webhook
from app.services.readers import actors_of
from app.services.reports import report_library
from app.services.reports.report_asked import Asked
from app.services.reports.report_errors import ScheduleInvalid
from app.services.reports.report_parameters import parameters_for, zone_for
from app.services.reports.report_types import RELATIVE, formats_of

RULE_FIELDS = ("frequency", "at", "weekday", "month_day", "month", "cron", "zone")
CHANNELS = {"mail": "Mail", "notice": "Notice in the product"}
MISSED = {"skip": "leave them out", "once": "make the latest", "each": "make each"}
_PERIODS = {
    "daily": "yesterday",
    "weekly": "last_week",
    "monthly": "last_month",
    "quarterly": "last_quarter",
    "yearly": "last_year",
    "cron": "last_month",
}


@dataclass(frozen=True)
class Plan:
    """A schedule as somebody describes it. `period` None: what fits the frequency. `recipients`: mail addresses of
    members."""

    frequency: str
    at: str = "09:00"
    weekday: int | None = None
    month_day: int | None = None
    month: int | None = None
    cron: str | None = None
    zone: str | None = None
    name: str = ""
    period: str | None = None
    formats: Sequence[str] = ()
    missed: str = "once"
    enabled: bool = True
    channels: Sequence[str] = ("mail", "notice")
    recipients: Sequence[str] = ()
    user_ids: Sequence[UUID] = ()
    roles: Sequence[str] = ()
    webhook_ids: Sequence[UUID] = ()
    mail_as: str = "link"
    mail_note: str | None = None
    link_days: int = 14
    retention_days: int | None = None


def check(actor: Actor, plan: Plan) -> None:
    """Raises ScheduleInvalid for a plan that could not be followed, before anything is written."""
    Rule(plan.frequency, plan.zone or "UTC", plan.at, plan.weekday, plan.month_day, plan.month, plan.cron)
    if plan.period is not None:
        _choice(plan.period, RELATIVE, "period")
    _choice(plan.missed, MISSED, "missed")
    _choice(plan.mail_as, ("link", "attachment"), "mail_as")
    for channel in plan.channels:
        _choice(channel, CHANNELS, "channels")
    for role in plan.roles:
        _choice(role, [each.value for each in Role], "roles")
    if not 1 <= plan.link_days <= 90:
        raise ScheduleInvalid("Links live for 1 to 90 days.", field="link_days")
    if not 1 <= (plan.retention_days or 1) <= 3650:
        raise ScheduleInvalid("Files are kept for 1 to 3,650 days.", field="retention_days")
    if len(plan.name) > 120:
        raise ScheduleInvalid("A name has at most 120 characters.", field="name")
    if len(plan.mail_note or "") > 500:
        raise ScheduleInvalid("A note has at most 500 characters.", field="mail_note")
    if plan.formats:
        formats_of(plan.formats)
    _people(actor, plan)
    _webhooks(actor, plan.webhook_ids)


def values_of(schedule: ReportSchedule) -> dict[str, Any]:
    """What a schedule holds, as the fields of a Plan."""
    kept = {name: getattr(schedule, name) for name in Plan.__dataclass_fields__ if hasattr(schedule, name)}
    return kept | {"enabled": schedule.state == "active"}


def fill(actor: Actor, schedule: ReportSchedule, report: Report, plan: Plan) -> None:
    """Writes a plan into a schedule; raises ScheduleInvalid, and ReportInvalid and NotYours for a report that could
    not be made for the actor."""
    check(actor, plan)
    if plan.enabled:  # what can no longer be made can still be paused
        parameters_for(actor, report.kind, Asked.of(report.parameters))
    clinic = report_library.clinic_of(actor, report)
    zone = plan.zone or zone_for(actor, [clinic] if clinic else [])
    rule = Rule(plan.frequency, zone, plan.at, plan.weekday, plan.month_day, plan.month, plan.cron)
    for name in RULE_FIELDS:
        setattr(schedule, name, getattr(rule, name))
    schedule.name = plan.name.strip() or report.title
    period = plan.period or report.parameters.get("period") or _PERIODS[plan.frequency]
    schedule.period, schedule.missed, schedule.mail_as = period, plan.missed, plan.mail_as
    schedule.formats = formats_of(plan.formats or report.formats)
    schedule.channels, schedule.roles = list(dict.fromkeys(plan.channels)), sorted(set(plan.roles))
    schedule.user_ids = _people(actor, plan)
    schedule.webhook_ids = _webhooks(actor, plan.webhook_ids)
    schedule.mail_note, schedule.link_days = (plan.mail_note or "").strip() or None, plan.link_days
    schedule.retention_days, schedule.updated_at = plan.retention_days, now()
    if schedule.state != "ended":
        schedule.state = "active" if plan.enabled else "paused"


def _choice(value: str, known: Any, field_name: str) -> None:
    if value not in known:
        raise ScheduleInvalid(f"Choose one of: {', '.join(known)}.", field=field_name)


def _people(actor: Actor, plan: Plan) -> list[UUID]:
    """Whoever is named by id or by mail address. An address of no member has no rights: nothing can be sent there."""
    addresses = [each.strip().casefold() for each in plan.recipients]
    rows = db.session.execute(select(User.id, User.email).where(User.email.in_(addresses))).all() if addresses else []
    wanted = list(dict.fromkeys([*plan.user_ids, *(row.id for row in rows)]))
    members = set(actors_of(actor.organization_id, wanted)) if wanted else set()
    known = {row.email for row in rows if row.id in members}
    if set(addresses) - known or set(plan.user_ids) - members:
        unknown = sorted(set(addresses) - known)
        raise ScheduleInvalid("Reports are sent to members of the organization.", field="recipients", unknown=unknown)
    return wanted


def _webhooks(actor: Actor, webhook_ids: Sequence[UUID]) -> list[UUID]:
    wanted = list(dict.fromkeys(webhook_ids))
    query = select(Webhook.id).where(
        Webhook.organization_id == actor.organization_id, Webhook.id.in_(wanted), Webhook.deleted_at.is_(None)
    )
    if Role.ADMIN not in actor.roles:
        query = query.where(Webhook.owner_id == actor.user_id)
    if wanted and set(db.session.scalars(query)) != set(wanted):
        raise ScheduleInvalid("There is no such webhook.", field="webhook_ids")
    return wanted
