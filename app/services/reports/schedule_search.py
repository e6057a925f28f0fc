"""Schedules that somebody may see, with their rule, when they are next due and how they have done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.permissions import Permission, Role
from app.core.recurrence import Rule
from app.extensions import db
from app.models import Report, ReportRun, ReportSchedule, ScheduleClock, ScheduleDue, User, Webhook
from app.services.reports import report_library
from app.services.reports.schedule_plans import RULE_FIELDS


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


def may_change(actor: Actor, schedule: ReportSchedule, report: Report) -> bool:
    """Is the schedule the actor's own, or one of a report theirs to look after?"""
    return schedule.owner_id == actor.user_id or report_library.may_change(actor, report)


def report_of(schedule: ReportSchedule) -> Report:
    """The report of a schedule."""
    return db.session.get_one(Report, (schedule.organization_id, schedule.report_id))


def rule_of(schedule: ReportSchedule) -> Rule:
    """The rule by which a schedule recurs."""
    return Rule(**{name: getattr(schedule, name) for name in RULE_FIELDS})


def record_of(schedule: ReportSchedule, latest: int = 30) -> Record:
    """How a schedule has done."""
    own = (ReportRun.organization_id == schedule.organization_id, ReportRun.schedule_id == schedule.id)
    runs = db.session.scalars(select(ReportRun).where(*own).order_by(ReportRun.created_at.desc()).limit(latest)).all()
    counted = select(ReportRun.state, func.count()).where(*own).group_by(ReportRun.state)
    counts: dict[str, int] = {row[0]: row[1] for row in db.session.execute(counted)}
    return Record(runs, sum(counts.values()), counts.get("completed", 0), counts.get("failed", 0))


def next_due(schedules: Sequence[ReportSchedule]) -> Mapping[UUID, datetime]:
    """When each active schedule is next due."""
    query = select(ScheduleClock).where(ScheduleClock.id.in_([each.id for each in schedules]))
    return {clock.id: clock.due_at for clock in db.session.scalars(query)}


def not_run(schedule: ReportSchedule, limit: int = 30) -> Sequence[ScheduleDue]:
    """The latest moments at which a schedule was due and did not run, with the reason."""
    query = select(ScheduleDue).where(
        ScheduleDue.organization_id == schedule.organization_id,
        ScheduleDue.schedule_id == schedule.id,
        ScheduleDue.outcome != "run",
    )
    return db.session.scalars(query.order_by(ScheduleDue.due_at.desc()).limit(limit)).all()


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
