"""What the reports below `/api/v1/reports/` are asked for with, and how a saved one is told."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.report_bodies import Parameters, moment, run_out, state_of
from app.api.schemas import Schema
from app.models import Report, ReportRun
from app.services.reports import report_files
from app.services.reports.report_library import Draft

State = Literal["pending", "running", "completed", "failed", "cancelled"]


class ListIn(Schema):
    """What is looked for."""

    report_type: str | None = None
    status: State | None = None
    search: str = Field(default="", max_length=120)
    created_by_user_id: UUID | None = None
    page: int = Field(default=1, ge=1, le=100_000)
    page_size: int = Field(default=20, ge=1, le=100)


class ReportIn(Schema):
    """A report to be saved; it is made when it is executed or scheduled."""

    title: str = Field(min_length=1, max_length=120)
    report_type: str = Field(max_length=60)
    parameters: Parameters = {}
    description: str = Field(default="", max_length=2000)
    formats: list[str] = Field(default=["pdf"], max_length=10)
    is_template: bool = False
    shared_with_users: list[UUID] = Field(default=[], max_length=200)
    shared_with_roles: list[str] = Field(default=[], max_length=10)
    retention_days: int | None = None


class TemplateIn(Schema):
    """A pattern for reports."""

    title: str = Field(min_length=1, max_length=120)
    report_type: str = Field(max_length=60)
    parameters: Parameters = {}
    description: str = Field(default="", max_length=2000)
    formats: list[str] = Field(default=["pdf"], max_length=10)


class ChangeIn(Schema):
    """What changes of a report."""

    title: str | None = Field(default=None, min_length=1, max_length=120)
    description: str | None = Field(default=None, max_length=2000)
    parameters: Parameters | None = None
    formats: list[str] | None = Field(default=None, max_length=10)
    shared_with_users: list[UUID] | None = Field(default=None, max_length=200)
    shared_with_roles: list[str] | None = Field(default=None, max_length=10)
    retention_days: int | None = None


class ExecuteIn(Schema):
    """In which formats; without any, those of the report."""

    formats: list[str] = Field(default=[], max_length=10)


class DownloadIn(Schema):
    """Which file."""

    format: str = Field(default="pdf", max_length=20)


class SummaryIn(Schema):
    """Over how many days."""

    days: int = Field(default=30, ge=1, le=366)


def draft_of(body: ReportIn) -> Draft:
    """A report as its body describes it."""
    return Draft(
        title=body.title,
        kind=body.report_type,
        parameters=body.parameters,
        description=body.description,
        formats=body.formats,
        is_template=body.is_template,
        shared_user_ids=body.shared_with_users,
        shared_roles=body.shared_with_roles,
        retention_days=body.retention_days,
    )


def report_out(report: Report, run: ReportRun | None) -> dict[str, Any]:
    """A saved report with its latest run."""
    made = run_out(run) if run else None
    size = sum(each["file_size"] for each in made["files"]) if made else None
    return {
        "id": str(report.id),
        "title": report.title,
        "name": report.title,
        "description": report.description,
        "report_type": report.kind,
        "parameters": report.parameters,
        "formats": report.formats,
        "status": state_of(run, {}),
        "is_completed": run is not None and run.state == "completed",
        "is_running": run is not None and run.state == "running",
        "is_failed": run is not None and run.state == "failed",
        "is_expired": bool(run and run.state == "completed" and made and not made["files"]),
        "file_size_mb": None if not size else round(size / 1024 / 1024, 3),
        "files": [] if made is None else made["files"],
        "is_template": report.is_template,
        "is_shared": bool(report.shared_user_ids or report.shared_roles),
        "shared_with_users": [str(each) for each in report.shared_user_ids],
        "shared_with_roles": report.shared_roles,
        "retention_days": report.retention_days,
        "expires_at": made["expires_at"] if made else None,
        "started_at": made["started_at"] if made else None,
        "completed_at": made["completed_at"] if made else None,
        "execution_time_seconds": made["execution_time_seconds"] if made else None,
        "error_message": made["error_message"] if made else None,
        "download_count": len(report_files.downloads_of(run)) if run else 0,
        "latest_run": made,
        "created_by_user_id": None if report.owner_id is None else str(report.owner_id),
        "created_by_name": report.owner_name,
        "created_at": moment(report.created_at),
        "updated_at": moment(report.updated_at),
    }
