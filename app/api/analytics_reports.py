"""Reports below `/api/analytics/`: saved and made, listed, read, exported, scheduled."""

from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from apiflask import APIBlueprint
from flask import g, request
from pydantic import Field

from app.api.report_bodies import Parameters, ScheduleConfigIn, data_of, moment, schedule_out, state_of
from app.api.report_data import EMPTY
from app.api.schemas import Schema
from app.core.mail import postbox
from app.core.permissions import Permission
from app.models import Report, ReportRun
from app.services.reports import (
    report_exports,
    report_library,
    report_runs,
    report_search,
    schedule_plans,
    schedule_search,
    schedules,
)
from app.services.reports.report_errors import ReportInvalid, ScheduleInvalid
from app.services.reports.report_library import Draft
from app.services.reports.report_search import Wanted
from app.services.reports.report_types import FORMATS, formats_of
from app.web.guard import refuses_with, requires

bp = APIBlueprint("api_analytics_reports", __name__, url_prefix="/api/analytics/reports", tag="Analytics reports")

WORDS = {"running": "processing"}
STATES = {"processing": "running"}
FREQUENCIES = ("daily", "weekly", "monthly", "quarterly", "yearly", "cron")
State = Literal["pending", "processing", "completed", "failed", "cancelled"]
_EXPORTED = tuple(name for name in ("pdf", "xlsx", "csv") if name in FORMATS)


class ListIn(Schema):
    """What is looked for; dates are those on which a report was generated, both included."""

    report_type: str | None = None
    status: State | None = None
    date_from: date | None = None
    date_to: date | None = None
    created_by: UUID | None = None
    page: int = Field(default=1, ge=1, le=100_000)
    page_size: int = Field(default=20, ge=1, le=100)


class ReportIn(Schema):
    """A report to be saved and made; `parameters` name a `date_range` or a relative `period`, `filters`, `metrics`,
    `granularity`, `size` and `max_data_age_hours`."""

    title: str = Field(min_length=1, max_length=120)
    report_type: str = Field(max_length=60)
    parameters: Parameters
    description: str = Field(default="", max_length=2000)
    formats: list[str] = Field(default=[], max_length=10)
    is_scheduled: bool = False
    schedule_config: ScheduleConfigIn | None = None


class ChangeIn(Schema):
    """What changes of a report."""

    title: str | None = Field(default=None, min_length=1, max_length=120)
    description: str | None = Field(default=None, max_length=2000)
    parameters: Parameters | None = None
    formats: list[str] | None = Field(default=None, max_length=10)


class ExportIn(Schema):
    """Which file."""

    format: str = Field(default="pdf", max_length=20)
    include_charts: bool = True


@bp.get("/")
@requires(Permission.REPORTS_READ)
@refuses_with(ReportInvalid)
@bp.input(ListIn, location="query", arg_name="query")
def index(query: ListIn) -> dict[str, Any]:
    """List the reports that the caller may see, newest first."""
    if query.date_from and query.date_to and query.date_to < query.date_from:
        raise ReportInvalid("The first date lies before the last.", field="date_to")
    state = STATES.get(query.status or "", query.status)
    wanted = Wanted(query.report_type, state, query.date_from, query.date_to, query.created_by)
    count, found = report_search.search(g.actor, wanted, query.page, query.page_size)
    more = query.page * query.page_size < count
    return {
        "count": count,
        "next": _page(query.page + 1) if more else None,
        "previous": _page(query.page - 1) if query.page > 1 else None,
        "results": [_line(report, run) for report, run in found],
    }


@bp.post("/")
@requires(Permission.REPORTS_RUN)
@refuses_with(ReportInvalid)
@bp.input(ReportIn, arg_name="body")
@bp.doc(responses={201: "The report is saved and being made"})
def create(body: ReportIn) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Save a report and have it made."""
    if body.is_scheduled and body.schedule_config is None:
        raise ScheduleInvalid("Give a schedule_config.", field="schedule_config")
    draft = Draft(body.title, body.report_type, body.parameters, body.description, body.formats or _EXPORTED)
    plan = body.schedule_config.plan() if body.is_scheduled and body.schedule_config else None
    if plan is not None:
        schedule_plans.check(g.actor, plan)
    report, run = report_library.save_and_run(g.actor, draft)
    if plan is not None:
        schedules.save(g.actor, report.id, plan)
    answer = {
        "id": str(report.id),
        "title": report.title,
        "status": state_of(run, WORDS),
        "created_at": moment(report.created_at),
        "message": "Report generation started. You will be notified when complete.",
    }
    return answer, 201, {"Location": f"/api/analytics/reports/{report.id}/"}


@bp.get("/<uuid:report_id>/")
@requires(Permission.REPORTS_READ)
@bp.doc(responses={200: "The report with the figures of its latest run"})
def show(report_id: UUID) -> dict[str, Any]:
    """See a report with the figures of its latest finished run."""
    return _detail(report_library.report_for(g.actor, report_id))


@bp.patch("/<uuid:report_id>/")
@requires(Permission.REPORTS_RUN)
@refuses_with(ReportInvalid)
@bp.input(ChangeIn, arg_name="body")
@bp.doc(responses={200: "The changed report"})
def change(report_id: UUID, body: ChangeIn) -> dict[str, Any]:
    """Change a report; runs that there are stay as they were."""
    values = {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    return _detail(report_library.change(g.actor, report_id, **values))


@bp.delete("/<uuid:report_id>/")
@requires(Permission.REPORTS_RUN)
@bp.doc(responses={204: "The report is gone"})
def drop(report_id: UUID) -> tuple[str, int]:
    """Delete a report and end its schedules."""
    report_library.drop(g.actor, report_id)
    return "", 204


@bp.get("/<uuid:report_id>/export/")
@requires(Permission.REPORTS_READ)
@refuses_with(ReportInvalid)
@bp.input(ExportIn, location="query", arg_name="query")
@bp.doc(responses={200: "An address of the file that works for a day"})
def export(report_id: UUID, query: ExportIn) -> dict[str, Any]:
    """Get an address of the latest run's file in a format."""
    report = report_library.report_for(g.actor, report_id)
    (format_,) = formats_of([query.format])
    run = report_runs.latest_runs(g.actor, [report.id]).get(report.id)
    file = report_exports.export(g.actor, run, format_, query.include_charts)
    path, until = report_exports.link(g.actor, file)
    address = f"{postbox.public_url}{path}"
    return {"download_url": address, "expires_at": moment(until), "file_size": file.bytes, "format": query.format}


@bp.post("/<uuid:report_id>/schedule/")
@requires(Permission.REPORTS_RUN)
@refuses_with(ScheduleInvalid)
@bp.input(ScheduleConfigIn, arg_name="body")
@bp.doc(responses={201: "The schedule, with its next runs"})
def schedule(report_id: UUID, body: ScheduleConfigIn) -> tuple[dict[str, Any], int]:
    """Have a report made by itself and sent."""
    report = report_library.report_for(g.actor, report_id)
    return schedule_out(schedules.save(g.actor, report_id, body.plan()), report), 201


def _page(number: int) -> str:
    args = request.args.to_dict() | {"page": str(number)}
    return f"{postbox.public_url}/api/analytics/reports/?{urlencode(args)}"


def _line(report: Report, run: ReportRun | None) -> dict[str, Any]:
    done = run if run is not None and run.state == "completed" else None
    return {
        "id": str(report.id),
        "title": report.title,
        "report_type": report.kind,
        "status": state_of(run, WORDS),
        "generated_at": moment(done.finished_at) if done else None,
        "generated_by": str(done.requested_by) if done and done.requested_by else None,
        "parameters": report.parameters,
        "created_at": moment(report.created_at),
    }


def _detail(report: Report) -> dict[str, Any]:
    runs = report_runs.list_runs(g.actor, 20, report_id=report.id)
    latest = runs[0] if runs else None
    done = next((run for run in runs if run.state == "completed"), None)
    own = schedule_search.list_schedules(g.actor, report.id, "active")
    return _line(report, latest) | {
        "description": report.description,
        "data": data_of(done) if done else dict(EMPTY),
        "progress": latest.progress if latest else 0,
        "run_id": str(latest.id) if latest else None,
        "error_code": latest.error_code if latest else None,
        "error_message": latest.error if latest and latest.state == "failed" else None,
        "data_as_of": moment(done.as_of) if done else None,
        "metric_versions": (done.definitions or {}) if done else {},
        "generated_at": moment(done.finished_at) if done else None,
        "generated_by": str(done.requested_by) if done and done.requested_by else None,
        "is_scheduled": bool(own),
        "schedule_config": schedule_out(own[0][0]) if own else None,
        "updated_at": moment(report.updated_at),
    }
