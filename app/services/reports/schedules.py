"""Schedules of reports: made, changed, paused, run at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import Forbidden
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.models import Report, ReportRun, ReportSchedule, ScheduleClock
from app.services import audit
from app.services.reports import report_library, schedule_search
from app.services.reports.report_errors import ScheduleInvalid
from app.services.reports.schedule_plans import Plan, fill, values_of
from app.services.reports.schedule_runs import start_run


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
    fill(actor, schedule, report, plan)
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
    plan = Plan(**(values_of(schedule) | dict(values)))
    fill(actor, schedule, report, plan)
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
    """Makes and delivers a schedule's report at once, besides the times of its rule; commits."""
    schedule = schedule_to_change(actor, schedule_id)
    run = start_run(schedule, now(), scheduled=False)
    audit.record(actor, "schedule.run", "schedule", schedule.id, run=run.id)
    db.session.commit()
    return run


def schedule_to_change(actor: Actor, schedule_id: UUID) -> ReportSchedule:
    """A schedule that the actor may change. Raises NotFound for one that they may not see, Forbidden for others'."""
    actor.require(Permission.REPORTS_RUN)
    schedule = schedule_search.schedule_for(actor, schedule_id)
    report = db.session.get_one(Report, (schedule.organization_id, schedule.report_id))
    if not schedule_search.may_change(actor, schedule, report):
        raise Forbidden("Only its owner changes this schedule.", code="ANALYTICS_006")
    return schedule


def _wind(schedule: ReportSchedule, at: datetime) -> None:
    """Sets the clock of an active schedule to its next moment; takes it away from any other."""
    clock = db.session.get(ScheduleClock, schedule.id, with_for_update=True)
    if schedule.state != "active":
        if clock is not None:
            db.session.delete(clock)
        return
    due = schedule_search.rule_of(schedule).next_after(at)
    if clock is None:
        db.session.add(ScheduleClock(id=schedule.id, organization_id=schedule.organization_id, due_at=due))
    else:
        clock.due_at = due
