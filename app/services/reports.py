"""Reports: asked for, taken back, run again, listed, fetched. Whatever happens to a report leaves an audit line."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.sql import ColumnElement

from app.core.actor import Actor
from app.core.clock import now, today
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import new_id
from app.core.period import Period
from app.core.permissions import Permission, Role
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.scope import suppresses
from app.models import ReportRun
from app.reports.build import check, readable
from app.reports.catalogue import REPORTS
from app.reports.parameters import Parameters
from app.reports.storage import storage
from app.services import access, audit, jobs

JOB = "report.build"
_OPEN = ("pending", "running")


def request_report(
    actor: Actor, kind: str, clinic_id: UUID | None, period: Period, parameters: Mapping[str, Any] | None = None
) -> ReportRun:
    """Asks for a report of one clinic, or without it of all that `parameters` name, else all of the actor's; commits.

    NotFound for a clinic that is not the actor's, Invalid for a period to come or an unknown parameter. `parameters`
    are those of `app.reports.parameters.Parameters`.
    """
    actor.require(Permission.REPORTS_RUN)
    report = REPORTS.get(kind)
    if report is None:
        raise NotFound("There is no such report.")
    if not readable(report, actor):
        raise Forbidden("Your role does not include this report.")
    asked = check(report, Parameters.of(period, parameters or {}))
    zones = [access.clinic_for(actor, one).zone for one in (*filter(None, (clinic_id,)), *asked.clinics)]
    if all(period.start > today(zone) for zone in zones or ("UTC",)):
        raise Invalid("That period has not begun.", field="period")
    run = ReportRun(
        organization_id=actor.organization_id,
        id=new_id(),
        kind=kind,
        clinic_id=clinic_id,
        period_start=period.start,
        period_end=period.end,
        parameters=asked.stored(),
        state="pending",
        progress=0,
        attempt=0,
        requested_by=actor.user_id,
        requested_name=actor.name,
        created_at=now(),
    )
    db.session.add(run)
    db.session.flush()
    jobs.enqueue(db.session(), JOB, actor.organization_id, run.id)
    audit.record(actor, "report.request", "report", run.id, kind=kind, clinic=clinic_id, period=str(period.start))
    db.session.commit()
    return run


def run_again(actor: Actor, run_id: UUID) -> ReportRun:
    """The same report once more, as a run of its own; commits. The actor's own rights count, not the first one's."""
    run = report_for(actor, run_id)
    period = Period(run.period_start, run.period_end)
    return request_report(actor, run.kind, run.clinic_id, period, dict(run.parameters))


def cancel(actor: Actor, run_id: UUID) -> ReportRun:
    """Takes an open run back; commits. Conflict when it is over."""
    actor.require(Permission.REPORTS_RUN)
    run = report_for(actor, run_id)
    if not jobs.cancel(db.session(), JOB, run.id):
        raise Conflict("This report is finished already.")
    db.session.refresh(run, with_for_update=True)
    run.state, run.step, run.finished_at = "cancelled", None, now()
    audit.record(actor, "report.cancel", "report", run.id)
    db.session.commit()
    return run


def report_for(actor: Actor, run_id: UUID) -> ReportRun:
    """A run that the actor may see: of an own clinic, with every figure in it theirs to see. Raises NotFound."""
    actor.require(Permission.REPORTS_READ)
    run = access.report_run_for(actor, run_id)
    if not may_see(actor, run):
        raise NotFound("There is no such report.")
    return run


def may_see(actor: Actor, run: ReportRun) -> bool:
    """Does the actor hold the permission of every metric in a run, and is it their own if they see less than others?"""
    if (_own_only(actor) or suppresses(actor)) and run.requested_by != actor.user_id:
        return False
    known = (METRICS[key].permission for key in run.definitions or {} if key in METRICS)
    return all(map(actor.can, known))


def _own_only(actor: Actor) -> bool:
    """A doctor's report shows a doctor's own work: nobody else's reports are theirs to read."""
    return actor.roles == {Role.DOCTOR}


def list_runs(actor: Actor, limit: int = 50) -> Sequence[ReportRun]:
    """The latest runs that the actor may see, newest first."""
    actor.require(Permission.REPORTS_READ)
    query = select(ReportRun).where(ReportRun.organization_id == actor.organization_id, *_within(actor))
    latest = db.session.scalars(query.order_by(ReportRun.created_at.desc()).limit(limit))
    return [run for run in latest if may_see(actor, run)]


def _within(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    if _own_only(actor):
        return (ReportRun.requested_by == actor.user_id,)
    if actor.clinic_ids is None:
        return ()
    return (or_(ReportRun.clinic_id.in_(actor.clinic_ids), ReportRun.requested_by == actor.user_id),)


def download(actor: Actor, run_id: UUID) -> tuple[ReportRun, bytes]:
    """A finished report and its file, after an audit line; commits. NotFound without a file; Conflict, with a line of
    its own, for a file that is not what was written."""
    run = report_for(actor, run_id)
    if run.state != "completed" or run.file_key is None or run.file_sha256 is None:
        raise NotFound("This report has no file.")
    try:
        content = storage.read(run.file_key, run.file_sha256)
    except Conflict:
        audit.record(actor, "report.download", "report", run.id, outcome="changed")
        db.session.commit()
        raise
    audit.record(actor, "report.download", "report", run.id, sha256=run.file_sha256)
    db.session.commit()
    return run, content


def file_name(run: ReportRun) -> str:
    """What a browser saves the file as; nothing of a patient, plain letters only."""
    return f"{run.kind.replace('_', '-')}-{run.period_start:%Y-%m}.pdf"
