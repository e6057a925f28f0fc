"""Schedules of reports below `/api/v1/reports/schedules`."""

from typing import Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import g
from pydantic import Field

from app.api.report_bodies import ScheduleConfigIn, plan_values, run_out, schedule_out
from app.api.schemas import Schema
from app.core.permissions import Permission
from app.services.reports import report_library, schedule_plans, schedule_search, schedules
from app.services.reports.report_errors import ScheduleInvalid
from app.web.guard import refuses_with, requires

bp = APIBlueprint("api_v1_schedules", __name__, url_prefix="/api/v1/reports/schedules", tag="Report schedules")


class ScheduleIn(ScheduleConfigIn):
    """A schedule of a saved report."""

    report_id: UUID


class ListIn(Schema):
    """What is looked for."""

    report_id: UUID | None = None
    status: Literal["active", "paused", "ended"] | None = None


class ChangeIn(Schema):
    """What changes of a schedule; `status` pauses it or lets it go on."""

    frequency: str | None = Field(default=None, max_length=20)
    time: str | None = Field(default=None, max_length=5)
    recipients: list[str] | None = Field(default=None, max_length=200)
    enabled: bool | None = None
    weekday: int | None = None
    month_day: int | None = None
    month: int | None = None
    cron: str | None = Field(default=None, max_length=100)
    timezone: str | None = Field(default=None, max_length=60)
    period: str | None = Field(default=None, max_length=40)
    formats: list[str] | None = Field(default=None, max_length=10)
    missed: str | None = Field(default=None, max_length=10)
    channels: list[str] | None = Field(default=None, max_length=3)
    roles: list[str] | None = Field(default=None, max_length=10)
    user_ids: list[UUID] | None = Field(default=None, max_length=200)
    webhook_ids: list[UUID] | None = Field(default=None, max_length=20)
    name: str | None = Field(default=None, max_length=120)
    mail_as: str | None = Field(default=None, max_length=20)
    mail_note: str | None = Field(default=None, max_length=500)
    link_days: int | None = None
    retention_days: int | None = None
    status: Literal["active", "paused"] | None = None


@bp.post("")
@requires(Permission.REPORTS_RUN)
@refuses_with(ScheduleInvalid)
@bp.input(ScheduleIn, arg_name="body")
@bp.doc(responses={201: "The schedule, with its next runs"})
def create(body: ScheduleIn) -> tuple[dict[str, Any], int]:
    """Have a saved report made by itself and sent."""
    given = body.model_dump()
    report = report_library.report_for(g.actor, given.pop("report_id"))
    return schedule_out(schedules.save(g.actor, report.id, schedule_plans.Plan(**plan_values(given))), report), 201


@bp.get("")
@requires(Permission.REPORTS_READ)
@bp.input(ListIn, location="query", arg_name="query")
def index(query: ListIn) -> dict[str, Any]:
    """List the schedules that the caller may see."""
    found = schedule_search.list_schedules(g.actor, query.report_id, query.status)
    return {"items": [schedule_out(schedule, report) for schedule, report in found], "total": len(found)}


@bp.get("/<uuid:schedule_id>")
@requires(Permission.REPORTS_READ)
def show(schedule_id: UUID) -> dict[str, Any]:
    """See a schedule: when it runs next, and its last 30 runs."""
    return schedule_out(schedule_search.schedule_for(g.actor, schedule_id))


@bp.patch("/<uuid:schedule_id>")
@requires(Permission.REPORTS_RUN)
@refuses_with(ScheduleInvalid)
@bp.input(ChangeIn, arg_name="body")
@bp.doc(responses={200: "The changed schedule"})
def change(schedule_id: UUID, body: ChangeIn) -> dict[str, Any]:
    """Change, pause or resume a schedule."""
    given = plan_values(body.model_dump(exclude_unset=True))
    if state := given.pop("status", None):
        given["enabled"] = state == "active"
    return schedule_out(schedules.change(g.actor, schedule_id, given))


@bp.delete("/<uuid:schedule_id>")
@requires(Permission.REPORTS_RUN)
@bp.doc(responses={204: "The schedule has ended"})
def end(schedule_id: UUID) -> tuple[str, int]:
    """End a schedule; its runs stay."""
    schedules.set_state(g.actor, schedule_id, "ended")
    return "", 204


@bp.post("/<uuid:schedule_id>/run")
@requires(Permission.REPORTS_RUN)
@bp.doc(responses={202: "The run that was started"})
def run_now(schedule_id: UUID) -> tuple[dict[str, Any], int]:
    """Make and send a schedule's report at once."""
    return run_out(schedules.run_now(g.actor, schedule_id)), 202
