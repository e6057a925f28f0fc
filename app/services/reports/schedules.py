"""Schedules of reports: made, changed, paused, run at once, listed with how they have done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission, Role
from app.core.recurrence import Rule
from app.extensions import db
from app.models import Report, ReportRun, ReportSchedule, ScheduleClock, ScheduleDue, User, Webhook
from app.services import audit
from app.services.readers import actors_of
from app.services.reports import report_library
from app.services.reports.report_asked import Asked
from app.services.reports.report_errors import ScheduleInvalid
from app.services.reports.report_parameters import parameters_for, zone_for
from app.services.reports.report_types import RELATIVE, formats_of
from app.services.reports.schedule_runs import start_run

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
_FIELDS = ("frequency", "at", "weekday", "month_day", "month", "cron", "zone")


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


@dataclass(frozen=True)
class Record:
    """How a schedule has done: its latest runs, newest first, and the share that succeeded among those that ended."""

    runs: Sequence[ReportRun] = field(default_factory=tuple)
    total: int = 0
    completed: int = 0
    failed: int = 0

    @property
    def success_rate(self) -> float | None:
        """0 to 1; None before a run has ended."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None


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


def addresses_of(schedule: ReportSchedule) -> list[str]:
    """The mail addresses of the people whom a schedule names."""
    query = select(User.email).where(User.id.in_(schedule.user_ids)).order_by(User.email)
    return list(db.session.scalars(query)) if schedule.user_ids else []


def webhook_names(schedule: ReportSchedule) -> list[str]:
    """The webhooks to which a schedule sends, as far as there still are."""
    query = select(Webhook.name).where(
        Webhook.organization_id == schedule.organization_id,
        Webhook.id.in_(schedule.webhook_ids),
        Webhook.deleted_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(Webhook.name)))


def report_of(schedule: ReportSchedule) -> Report:
    """The report of a schedule."""
    return db.session.get_one(Report, (schedule.organization_id, schedule.report_id))


def not_run(schedule: ReportSchedule, limit: int = 30) -> Sequence[ScheduleDue]:
    """The latest moments at which a schedule was due and did not run, with the reason."""
    query = select(ScheduleDue).where(
        ScheduleDue.organization_id == schedule.organization_id,
        ScheduleDue.schedule_id == schedule.id,
        ScheduleDue.outcome != "run",
    )
    return db.session.scalars(query.order_by(ScheduleDue.due_at.desc()).limit(limit)).all()


def rule_of(schedule: ReportSchedule) -> Rule:
    """The rule by which a schedule recurs."""
    return Rule(**{name: getattr(schedule, name) for name in _FIELDS})


def save(actor: Actor, report_id: UUID, plan: Plan) -> ReportSchedule:
    """A new schedule of a report; commits. Raises ScheduleInvalid, NotFound, Forbidden; ReportInvalid and NotYours
    for a report that could not be made for the actor."""
    actor.require(Permission.REPORTS_RUN)
    report = report_library.report_for(actor, report_id)
    if report.is_template:
        raise ScheduleInvalid("A template is not run. Save a report from it.", field="report_id")
    at = now()
    schedule = ReportSchedule(
        organization_id=actor.organization_id,
        id=new_id(),
        report_id=report.id,
        owner_id=actor.user_id,
        owner_name=actor.name,
        created_at=at,
    )
    _fill(actor, schedule, report, plan)
    db.session.add(schedule)
    db.session.flush()
    _wind(schedule, at)
    audit.record(actor, "schedule.save", "schedule", schedule.id, frequency=schedule.frequency)
    db.session.commit()
    return schedule


def change(actor: Actor, schedule_id: UUID, values: Mapping[str, Any]) -> ReportSchedule:
    """Changes the fields of a Plan that are named; commits. What is next due is reckoned anew."""
    schedule = schedule_to_change(actor, schedule_id)
    report = db.session.get_one(Report, (schedule.organization_id, schedule.report_id))
    plan = Plan(**(_plan_values(schedule) | dict(values)))
    _fill(actor, schedule, report, plan)
    db.session.flush()
    _wind(schedule, now())
    audit.record(actor, "schedule.change", "schedule", schedule.id, fields=sorted(values))
    db.session.commit()
    return schedule


def set_state(actor: Actor, schedule_id: UUID, state: str) -> ReportSchedule:
    """Pauses a schedule, lets it go on from now, or ends it for good; commits."""
    schedule = schedule_to_change(actor, schedule_id)
    if schedule.state == "ended" or state not in ("active", "paused", "ended"):
        raise ScheduleInvalid("This schedule has ended.", field="state")
    schedule.state, schedule.updated_at = state, now()
    if state == "ended":
        schedule.deleted_at = now()
    _wind(schedule, now())
    audit.record(actor, f"schedule.{state}", "schedule", schedule.id)
    db.session.commit()
    return schedule


def run_now(actor: Actor, schedule_id: UUID) -> ReportRun:
    """Makes and delivers a schedule's report at once, besides its rhythm; commits."""
    schedule = schedule_to_change(actor, schedule_id)
    run = start_run(schedule, now(), scheduled=False)
    audit.record(actor, "schedule.run", "schedule", schedule.id, run=run.id)
    db.session.commit()
    return run


def schedule_for(actor: Actor, schedule_id: UUID) -> ReportSchedule:
    """A schedule that the actor may see: an own one, one that sends to them, or one of a report theirs to look after.
    Raises NotFound."""
    actor.require(Permission.REPORTS_READ)
    found = db.session.scalars(visible(actor).where(ReportSchedule.id == schedule_id)).one_or_none()
    if found is None:
        raise NotFound("There is no such schedule.")
    return found


def list_schedules(
    actor: Actor, report_id: UUID | None = None, state: str | None = None
) -> list[tuple[ReportSchedule, Report]]:
    """The schedules that the actor may see, with their reports, by name."""
    actor.require(Permission.REPORTS_READ)
    query = visible(actor).add_columns(Report)
    if report_id is not None:
        query = query.where(ReportSchedule.report_id == report_id)
    if state is not None:
        query = query.where(ReportSchedule.state == state)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(ReportSchedule.name, ReportSchedule.id))]


def next_due(schedules: Sequence[ReportSchedule]) -> Mapping[UUID, datetime]:
    """When each active schedule is next due."""
    query = select(ScheduleClock).where(ScheduleClock.id.in_([each.id for each in schedules]))
    return {clock.id: clock.due_at for clock in db.session.scalars(query)}


def record_of(schedule: ReportSchedule, latest: int = 30) -> Record:
    """How a schedule has done."""
    own = (ReportRun.organization_id == schedule.organization_id, ReportRun.schedule_id == schedule.id)
    runs = db.session.scalars(select(ReportRun).where(*own).order_by(ReportRun.created_at.desc()).limit(latest)).all()
    counted = select(ReportRun.state, func.count()).where(*own).group_by(ReportRun.state)
    counts: dict[str, int] = {row[0]: row[1] for row in db.session.execute(counted)}
    return Record(runs, sum(counts.values()), counts.get("completed", 0), counts.get("failed", 0))


def may_change(actor: Actor, schedule: ReportSchedule, report: Report) -> bool:
    """Is the schedule the actor's own, or one of a report theirs to look after?"""
    return schedule.owner_id == actor.user_id or report_library.may_change(actor, report)


def schedule_to_change(actor: Actor, schedule_id: UUID) -> ReportSchedule:
    """A schedule that the actor may change. Raises NotFound for one that they may not see, Forbidden for others'."""
    actor.require(Permission.REPORTS_RUN)
    schedule = schedule_for(actor, schedule_id)
    report = db.session.get_one(Report, (schedule.organization_id, schedule.report_id))
    if not may_change(actor, schedule, report):
        raise Forbidden("Only its owner changes this schedule.", code="ANALYTICS_006")
    return schedule


def visible(actor: Actor) -> Select[ReportSchedule]:
    """Every schedule that the actor may see."""
    query = (
        select(ReportSchedule)
        .join(
            Report,
            (Report.organization_id == ReportSchedule.organization_id) & (Report.id == ReportSchedule.report_id),
        )
        .where(ReportSchedule.organization_id == actor.organization_id, ReportSchedule.deleted_at.is_(None))
    )
    if Role.ADMIN in actor.roles:
        return query
    theirs = [
        ReportSchedule.owner_id == actor.user_id,
        ReportSchedule.user_ids.contains([actor.user_id]),
    ]
    if Role.CLINIC_STAFF in actor.roles:
        own = Report.clinic_id.in_(actor.clinic_ids) if actor.clinic_ids is not None else Report.id.is_not(None)
        theirs.append(own)
    return query.where(or_(*theirs))


def _wind(schedule: ReportSchedule, at: datetime) -> None:
    """Sets the clock of an active schedule to its next moment; takes it away from any other."""
    clock = db.session.get(ScheduleClock, schedule.id, with_for_update=True)
    if schedule.state != "active":
        if clock is not None:
            db.session.delete(clock)
        return
    due = rule_of(schedule).next_after(at)
    if clock is None:
        db.session.add(ScheduleClock(id=schedule.id, organization_id=schedule.organization_id, due_at=due))
    else:
        clock.due_at = due


def _plan_values(schedule: ReportSchedule) -> dict[str, Any]:
    kept = {name: getattr(schedule, name) for name in Plan.__dataclass_fields__ if hasattr(schedule, name)}
    return kept | {"enabled": schedule.state == "active"}


def _fill(actor: Actor, schedule: ReportSchedule, report: Report, plan: Plan) -> None:
    check(actor, plan)
    if plan.enabled:  # what can no longer be made can still be paused
        parameters_for(actor, report.kind, Asked.of(report.parameters))
    clinic = report_library.clinic_of(actor, report)
    zone = plan.zone or zone_for(actor, [clinic] if clinic else [])
    rule = Rule(plan.frequency, zone, plan.at, plan.weekday, plan.month_day, plan.month, plan.cron)
    for name in _FIELDS:
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
