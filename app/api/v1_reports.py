"""Reports below `/api/v1/reports/`: saved, executed, followed, fetched; templates; how they have done."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, g, request
from pydantic import ValidationError

from app.api.report_bodies import moment, run_out
from app.api.v1_report_bodies import (
    ChangeIn,
    DownloadIn,
    ExecuteIn,
    ListIn,
    ReportIn,
    SummaryIn,
    TemplateIn,
    draft_of,
    report_out,
)
from app.core.permissions import Permission
from app.services.reports import report_exports, report_files, report_library, report_runs, report_search, signed_links
from app.services.reports.report_errors import ReportInvalid
from app.services.reports.report_library import Draft
from app.services.reports.report_search import Wanted
from app.services.reports.report_types import formats_of
from app.web.guard import public, refuses_with, requires
from app.web.reports import files

bp = APIBlueprint("api_v1_reports", __name__, url_prefix="/api/v1/reports", tag="Reports")


@bp.post("/")
@requires(Permission.REPORTS_RUN)
@refuses_with(ReportInvalid)
@bp.input(ReportIn, arg_name="body")
@bp.doc(responses={201: "The saved report"})
def create(body: ReportIn) -> tuple[dict[str, Any], int]:
    """Save a report."""
    return report_out(report_library.save(g.actor, draft_of(body)), None), 201


@bp.get("/")
@requires(Permission.REPORTS_READ)
@bp.input(ListIn, location="query", arg_name="query")
def index(query: ListIn) -> dict[str, Any]:
    """List the reports that the caller may see, newest first."""
    wanted = Wanted(query.report_type, query.status, owner_id=query.created_by_user_id, words=query.search)
    return _listed(wanted, query.page, query.page_size)


@bp.get("/templates")
@requires(Permission.REPORTS_READ)
@bp.input(ListIn, location="query", arg_name="query")
def templates(query: ListIn) -> dict[str, Any]:
    """List the templates of the organization."""
    wanted = Wanted(query.report_type, words=query.search, templates=True)
    return _listed(wanted, query.page, query.page_size)


@bp.post("/templates")
@requires(Permission.REPORTS_RUN)
@refuses_with(ReportInvalid)
@bp.input(TemplateIn, arg_name="body")
@bp.doc(responses={201: "The saved template"})
def make_template(body: TemplateIn) -> tuple[dict[str, Any], int]:
    """Save a pattern for reports."""
    draft = Draft(body.title, body.report_type, body.parameters, body.description, body.formats, is_template=True)
    return report_out(report_library.save(g.actor, draft), None), 201


@bp.get("/stats/summary")
@requires(Permission.REPORTS_READ)
@bp.input(SummaryIn, location="query", arg_name="query")
def summary(query: SummaryIn) -> dict[str, Any]:
    """See how reports, schedules and deliveries have done."""
    found = report_search.summary(g.actor, query.days)
    return {
        "days": found.days,
        "total_reports": found.reports,
        "total_templates": found.templates,
        "total_schedules": sum(found.schedules.values()),
        "active_schedules": found.schedules.get("active", 0),
        "total_runs": sum(found.runs.values()),
        "runs_by_status": {state: found.runs.get(state, 0) for state in report_search.STATES},
        "reports_by_type": dict(found.runs_by_kind),
        "success_rate": found.success_rate,
        "average_execution_time_seconds": found.mean_seconds,
        "deliveries_by_status": dict(found.deliveries),
        "total_downloads": found.downloads,
        "total_file_size_mb": round(found.bytes / 1024 / 1024, 3),
        "last_run_at": moment(found.last_run_at),
    }


@bp.get("/<uuid:report_id>")
@requires(Permission.REPORTS_READ)
def show(report_id: UUID) -> dict[str, Any]:
    """See a report and its latest run."""
    report = report_library.report_for(g.actor, report_id)
    return report_out(report, report_runs.latest_runs(g.actor, [report.id]).get(report.id))


@bp.patch("/<uuid:report_id>")
@requires(Permission.REPORTS_RUN)
@refuses_with(ReportInvalid)
@bp.input(ChangeIn, arg_name="body")
@bp.doc(responses={200: "The changed report"})
def change(report_id: UUID, body: ChangeIn) -> dict[str, Any]:
    """Change a report, or with whom it is shared."""
    other = {"shared_with_users": "shared_user_ids", "shared_with_roles": "shared_roles"}
    given = body.model_dump(exclude_unset=True)
    values = {other.get(name, name): each for name, each in given.items() if each is not None}
    report = report_library.change(g.actor, report_id, **values)
    return report_out(report, report_runs.latest_runs(g.actor, [report.id]).get(report.id))


@bp.delete("/<uuid:report_id>")
@requires(Permission.REPORTS_RUN)
@bp.doc(responses={204: "The report is gone"})
def drop(report_id: UUID) -> tuple[str, int]:
    """Delete a report and end its schedules."""
    report_library.drop(g.actor, report_id)
    return "", 204


@bp.post("/<uuid:report_id>/execute")
@requires(Permission.REPORTS_RUN)
@refuses_with(ReportInvalid)
@bp.doc(responses={202: "The run that was started"})
def execute(report_id: UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Make a report now; the body may name formats."""
    body = _formats_in()
    run = report_library.execute(g.actor, report_id, formats_of(body.formats) if body.formats else None)
    answer = run_out(run) | {"execution_id": str(run.id)}
    return answer, 202, {"Location": f"/api/v1/reports/runs/{run.id}"}


@bp.get("/<uuid:report_id>/runs")
@requires(Permission.REPORTS_READ)
def runs(report_id: UUID) -> dict[str, Any]:
    """List a report's latest runs, newest first."""
    report = report_library.report_for(g.actor, report_id)
    return {"items": [run_out(run) for run in report_runs.list_runs(g.actor, 30, report_id=report.id)]}


@bp.get("/<uuid:report_id>/download")
@requires(Permission.REPORTS_READ)
@bp.input(DownloadIn, location="query", arg_name="query")
@bp.doc(responses={200: "The file itself"})
def download(report_id: UUID, query: DownloadIn) -> Response:
    """Fetch the latest run's file."""
    report = report_library.report_for(g.actor, report_id)
    (format_,) = formats_of([query.format])
    run = report_runs.latest_runs(g.actor, [report.id]).get(report.id)
    report_exports.export(g.actor, run, format_)
    assert run is not None  # or the export had refused
    return files.answer(report_files.fetch(g.actor, run, format_))


@bp.get("/runs/<uuid:run_id>")
@requires(Permission.REPORTS_READ)
def run(run_id: UUID) -> dict[str, Any]:
    """See how far a run is, or what came of it."""
    return run_out(report_runs.report_for(g.actor, run_id))


@bp.post("/runs/<uuid:run_id>/cancel")
@requires(Permission.REPORTS_RUN)
def cancel(run_id: UUID) -> dict[str, Any]:
    """Take back a run that is not finished."""
    return run_out(report_runs.cancel(g.actor, run_id))


@bp.get("/files/<token>")
@public
@bp.doc(responses={200: "The file itself"})
def file(token: str) -> Response:
    """Fetch a file by a signed address, without a login, until its time is over."""
    _, opened = signed_links.fetch(token, request.remote_addr)
    return files.answer(opened)


def _formats_in() -> ExecuteIn:
    """The body, which may be left out."""
    try:
        return ExecuteIn.model_validate(request.get_json() if request.get_data() else {})
    except ValidationError as error:
        fields = {".".join(map(str, each["loc"])): [each["msg"]] for each in error.errors()}
        raise ReportInvalid("Some fields cannot be used.", fields=fields) from None


def _listed(wanted: Wanted, page: int, size: int) -> dict[str, Any]:
    count, found = report_search.search(g.actor, wanted, page, size)
    items = [report_out(report, run) for report, run in found]
    return {"items": items, "total": count, "page": page, "page_size": size, "pages": -(-count // size)}
