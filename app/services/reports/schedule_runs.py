"""A schedule's run: the period that its report means at a moment, in the schedule's own zone, by its owner's rights."""

from datetime import datetime

from app.core.errors import AppError
from app.extensions import db
from app.models import Report, ReportRun, ReportSchedule
from app.services.readers import actor_of
from app.services.reports import report_runs
from app.services.reports.report_asked import Asked
from app.services.reports.report_parameters import parameters_for, week_start
from app.services.reports.report_runs import Cause
from app.services.reports.report_types import resolve


class NotRunnable(AppError):
    """A schedule whose report cannot be asked for now, with the reason."""

    status, code = 409, "ANALYTICS_009"


def start_run(schedule: ReportSchedule, due_at: datetime, scheduled: bool = True) -> ReportRun:
    """Asks for the run that is due, as the schedule's owner, in the caller's transaction; raises NotRunnable."""
    report = db.session.get_one(Report, (schedule.organization_id, schedule.report_id))
    if report.deleted_at is not None:
        raise NotRunnable("The report was deleted.")
    try:
        owner = actor_of(schedule.organization_id, schedule.owner_id, schedule.owner_name)
        asked = Asked.of(report.parameters)
        period = resolve(schedule.period, due_at, schedule.zone, week_start(schedule.organization_id))
        cause = Cause(report, schedule.id, due_at if scheduled else None, schedule.name)
        parameters = parameters_for(owner, report.kind, asked, period)
        kept = asked.of_the_run() | ({"retention_days": report.retention_days} if report.retention_days else {})
        return report_runs.start(owner, report.kind, parameters, schedule.formats, cause, kept)
    except NotRunnable:
        raise
    except AppError as error:
        raise NotRunnable(error.message) from error
