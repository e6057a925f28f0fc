"""Runs of reports: asked for, taken back, made again, listed. Whatever happens to one leaves an audit line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql import ColumnElement

from app.core.actor import Actor
from app.core.clock import now, today
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import new_id
from app.core.period import Period
from app.core.permissions import Permission, Role
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.models import Delivery, Report, ReportFile, ReportRun
from app.reports.contexts import check
from app.reports.parameters import Parameters
from app.services import access, audit
from app.services.background import jobs
from app.services.readers import OWN_ONLY, may_read
from app.services.reports.report_parameters import clinic_id_of, zone_for
from app.services.reports.report_types import OF_THE_RUN, formats_of, parameters_of, readable, type_for

JOB = "report.build"
OPEN = ("pending", "running")


@dataclass(frozen=True)
class Cause:
    """What a run comes of, besides the person who asked: a saved report, a schedule and the moment it was due."""

    report: Report | None = None
    schedule_id: UUID | None = None
    due_at: datetime | None = None
    title: str = ""


NOTHING = Cause()
_RUN_CLINICS = frozenset({Role.ADMIN, Role.CLINIC_STAFF})  # they see, and take back, what is being made for others


def request_report(
    actor: Actor,
    kind: str,
    clinic_id: UUID | None,
    period: Period,
    parameters: Mapping[str, Any] | None = None,
    formats: Sequence[str] = ("pdf",),
) -> ReportRun:
    """Asks for a report of one clinic, or without it of all that `parameters` name, else all of the actor's; commits.

    NotFound for a clinic that is not the actor's, Invalid for a period to come or an unknown parameter. `parameters`
    are those of `app.reports.parameters.Parameters`.
    """
    given = dict(parameters or {}) | ({} if clinic_id is None else {"clinics": [clinic_id]})
    asked = Parameters.of(period, given)
    clinics = [access.clinic_for(actor, each) for each in asked.clinics]
    if period.start > today(zone_for(actor, clinics)):
        raise Invalid("That period has not begun.", field="period")
    run = start(actor, kind, asked, formats)
    db.session.commit()
    return run


def start(
    actor: Actor,
    kind: str,
    parameters: Parameters,
    formats: Sequence[str],
    cause: Cause = NOTHING,
    of_the_run: Mapping[str, Any] = MappingProxyType({}),
) -> ReportRun:
    """Writes a run and its job in the caller's transaction; raises Forbidden, NotFound and Invalid. That the clinics
    are the actor's is checked before. `of_the_run`: what its making heeds besides, see `report_types.OF_THE_RUN`."""
    actor.require(Permission.REPORTS_RUN)
    if not readable(actor, kind):
        raise Forbidden("Your role does not include this report.")
    asked = check(type_for(actor, kind), parameters)
    clinic_id = clinic_id_of(asked)
    run = ReportRun(
        organization_id=actor.organization_id,
        id=new_id(),
        report_id=cause.report.id if cause.report else None,
        schedule_id=cause.schedule_id,
        due_at=cause.due_at,
        kind=kind,
        title=cause.title or (cause.report.title if cause.report else ""),
        clinic_id=clinic_id,
        period_start=asked.period.start,
        period_end=asked.period.end,
        parameters=asked.stored() | dict(of_the_run),
        formats=formats_of(formats),
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
    began = str(asked.period.start)
    audit.record(actor, "report.request", "report", run.id, kind=kind, clinic=clinic_id, period=began)
    return run


def run_again(actor: Actor, run_id: UUID) -> ReportRun:
    """The same report once more, as a run of its own; commits. The actor's own rights count, not the first one's."""
    run = report_for(actor, run_id)
    asked = parameters_of(run)
    for clinic_id in asked.clinics:
        access.clinic_for(actor, clinic_id)
    report = db.session.get(Report, (run.organization_id, run.report_id)) if run.report_id else None
    kept = {name: value for name, value in run.parameters.items() if name in OF_THE_RUN}
    again = start(actor, run.kind, asked, run.formats, Cause(report, title=run.title), kept)
    db.session.commit()
    return again


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
    """A run that the actor may see: asked for by them, sent to them, or of an own clinic with every figure in it
    theirs to see. Raises NotFound."""
    actor.require(Permission.REPORTS_READ)
    run = db.session.scalars(visible(actor).where(ReportRun.id == run_id)).one_or_none()
    if run is None or not seen(actor, [run]):
        raise NotFound("There is no such report.")
    return run


def list_runs(
    actor: Actor, limit: int = 50, report_id: UUID | None = None, schedule_id: UUID | None = None
) -> Sequence[ReportRun]:
    """The latest runs that the actor may see, newest first; of one report or schedule where one is named."""
    actor.require(Permission.REPORTS_READ)
    query = visible(actor)
    if report_id is not None:
        query = query.where(ReportRun.report_id == report_id)
    if schedule_id is not None:
        query = query.where(ReportRun.schedule_id == schedule_id)
    return seen(actor, db.session.scalars(query.order_by(ReportRun.created_at.desc()).limit(limit)).all())


def latest_runs(actor: Actor, report_ids: Iterable[UUID]) -> Mapping[UUID, ReportRun]:
    """The latest run that the actor may see of each report, by the report's id."""
    wanted = list(report_ids)
    newest = visible(actor).where(ReportRun.report_id.in_(wanted)).ext(distinct_on(ReportRun.report_id))
    runs = db.session.scalars(newest.order_by(ReportRun.report_id, ReportRun.created_at.desc())).all()
    return {run.report_id: run for run in seen(actor, runs) if run.report_id is not None}


def visible(actor: Actor) -> Select[ReportRun]:
    """Runs asked for by the actor, sent to them, or of clinics of theirs."""
    query = select(ReportRun).where(ReportRun.organization_id == actor.organization_id)
    conditions: list[ColumnElement[bool]] = [ReportRun.requested_by == actor.user_id]
    sent = select(Delivery.run_id).where(
        Delivery.organization_id == actor.organization_id,
        Delivery.user_id == actor.user_id,
        Delivery.state != "refused",
    )
    conditions.append(ReportRun.id.in_(sent))
    if actor.roles != OWN_ONLY:
        if actor.clinic_ids is None:
            return query
        conditions.append(ReportRun.clinic_id.in_(actor.clinic_ids))
    return query.where(or_(*conditions))


def seen(actor: Actor, runs: Sequence[ReportRun]) -> list[ReportRun]:
    """Those of `visible` runs whose figures the actor may see: of a finished one at least one file must be theirs to
    read."""
    finished = [run for run in runs if run.state == "completed" and run.requested_by != actor.user_id]
    files: dict[UUID, list[ReportFile]] = {}
    if finished:
        query = select(ReportFile).where(
            ReportFile.organization_id == actor.organization_id, ReportFile.run_id.in_([run.id for run in finished])
        )
        for file in db.session.scalars(query):
            files.setdefault(file.run_id, []).append(file)
    return [run for run in runs if _may_see(actor, run, files.get(run.id, ()))]


def _may_see(actor: Actor, run: ReportRun, files: Iterable[ReportFile]) -> bool:
    known = (METRICS[key].permission for key in run.definitions or {} if key in METRICS)
    if not all(map(actor.can, known)):
        return False
    if run.requested_by == actor.user_id:
        return True
    if run.state != "completed":  # there is no file yet that says for whose rights it is
        return bool(actor.roles & _RUN_CLINICS)
    return any(may_read(actor, run, file) for file in files)
