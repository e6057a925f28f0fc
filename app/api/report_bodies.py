"""What goes in and out about reports: the bodies that both families of addresses share, and how rows become them."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import g
from pydantic import Field

from app.api.report_data import EMPTY, shaped
from app.api.schemas import Schema
from app.core.clock import now
from app.core.recurrence import until_words
from app.models import Report, ReportFile, ReportRun, ReportSchedule
from app.services.reports import report_files, schedule_plans, schedule_search
from app.services.reports.report_types import PLAIN

Parameters = dict[str, Any]


class ScheduleConfigIn(Schema):
    """When a report is made by itself. `recipients` are mail addresses of members of the organization."""

    frequency: str = Field(max_length=20)
    time: str = Field(default="09:00", max_length=5)
    recipients: list[str] = Field(default=[], max_length=200)
    enabled: bool = True
    weekday: int | None = None
    month_day: int | None = None
    month: int | None = None
    cron: str | None = Field(default=None, max_length=100)
    timezone: str | None = Field(default=None, max_length=60)
    period: str | None = Field(default=None, max_length=40)
    formats: list[str] = Field(default=[], max_length=10)
    missed: str = Field(default="once", max_length=10)
    channels: list[str] = Field(default=["mail", "notice"], max_length=3)
    roles: list[str] = Field(default=[], max_length=10)
    user_ids: list[UUID] = Field(default=[], max_length=200)
    webhook_ids: list[UUID] = Field(default=[], max_length=20)
    name: str = Field(default="", max_length=120)
    mail_as: str = Field(default="link", max_length=20)
    mail_note: str | None = Field(default=None, max_length=500)
    link_days: int = 14
    retention_days: int | None = None

    def plan(self) -> schedule_plans.Plan:
        """The same for the service."""
        return schedule_plans.Plan(**plan_values(self.model_dump()))


def plan_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan by the names that programs use."""
    other = {"time": "at", "timezone": "zone"}
    return {other.get(name, name): value for name, value in given.items()}


def state_of(run: ReportRun | None, words: Mapping[str, str]) -> str:
    """The state of a report: that of its latest run."""
    state = run.state if run else "pending"
    return words.get(state, state)


def moment(instant: datetime | None) -> str | None:
    """An instant as ISO 8601."""
    return None if instant is None else instant.isoformat()


def data_of(run: ReportRun | None) -> dict[str, Any]:
    """The figures of a run as the caller may see them; empty while there are none."""
    content = report_files.data_of(g.actor, run) if run is not None and run.state == "completed" else None
    return dict(EMPTY) if content is None else shaped(json.loads(content))


def run_out(run: ReportRun) -> dict[str, Any]:
    """One run: how far it is, what it was made of, its files."""
    files = report_files.files_of(g.actor, run, PLAIN) if run.state == "completed" else []
    last = run.period_end - timedelta(days=1)
    took = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else None
    return {
        "id": str(run.id),
        "report_id": None if run.report_id is None else str(run.report_id),
        "schedule_id": None if run.schedule_id is None else str(run.schedule_id),
        "report_type": run.kind,
        "status": run.state,
        "progress": run.progress,
        "step": run.step,
        "attempt": run.attempt,
        "period": {
            "start_date": run.period_start.isoformat(),
            "end_date": last.isoformat(),
        },
        "parameters": run.parameters,
        "requested_by": None if run.requested_by is None else str(run.requested_by),
        "requested_by_name": run.requested_name,
        "due_at": moment(run.due_at),
        "created_at": moment(run.created_at),
        "started_at": moment(run.started_at),
        "completed_at": moment(run.finished_at),
        "execution_time_seconds": took,
        "data_version": run.data_version,
        "data_as_of": moment(run.as_of),
        "metric_versions": run.definitions or {},
        "expires_at": moment(run.expires_at),
        "legal_hold": run.held_at is not None,
        "error_code": run.error_code,
        "error_message": run.error if run.state == "failed" else None,
        "files": [file_out(file) for file in files],
    }


def file_out(file: ReportFile) -> dict[str, Any]:
    """One file."""
    return {"format": file.format, "file_size": file.bytes, "sha256": file.sha256, "pages": file.pages}


def schedule_out(schedule: ReportSchedule, report: Report | None = None) -> dict[str, Any]:
    """A schedule: its rule, its next moments, to whom it sends, how it has done."""
    rule, at = schedule_search.rule_of(schedule), now()
    record, due = schedule_search.record_of(schedule), schedule_search.next_due([schedule]).get(schedule.id)
    upcoming = rule.next_instants(at, 3) if schedule.state == "active" else []
    last = record.runs[0] if record.runs else None
    return {
        "id": str(schedule.id),
        "report_id": str(schedule.report_id),
        "report_title": report.title if report else None,
        "name": schedule.name,
        "frequency": schedule.frequency,
        "time": schedule.at,
        "weekday": schedule.weekday,
        "month_day": schedule.month_day,
        "month": schedule.month,
        "cron": schedule.cron,
        "cron_expression": schedule.cron,
        "timezone": schedule.zone,
        "words": rule.words(),
        "period": schedule.period,
        "formats": schedule.formats,
        "missed": schedule.missed,
        "status": schedule.state,
        "enabled": schedule.state == "active",
        "is_active": schedule.state == "active",
        "is_due": due is not None and due <= at,
        "next_run_at": moment(due),
        "next_runs": [{"at": moment(each), "words": until_words(each, at)} for each in upcoming],
        "last_run_at": moment(last.created_at) if last else None,
        "last_run_status": last.state if last else None,
        "total_runs": record.total,
        "successful_runs": record.completed,
        "failed_runs": record.failed,
        "success_rate": record.success_rate,
        "latest_runs": [{"id": str(run.id), "status": run.state, "at": moment(run.created_at)} for run in record.runs],
        "delivery_methods": [*schedule.channels, *(["webhook"] if schedule.webhook_ids else [])],
        "channels": schedule.channels,
        "recipients": schedule_search.addresses_of(schedule),
        "user_ids": [str(each) for each in schedule.user_ids],
        "roles": schedule.roles,
        "webhook_ids": [str(each) for each in schedule.webhook_ids],
        "mail_as": schedule.mail_as,
        "mail_note": schedule.mail_note,
        "link_days": schedule.link_days,
        "retention_days": schedule.retention_days,
        "created_by_user_id": None if schedule.owner_id is None else str(schedule.owner_id),
        "created_at": moment(schedule.created_at),
        "updated_at": moment(schedule.updated_at),
    }
