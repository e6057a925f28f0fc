"""The reports at hand: each type that a person may read, with its last file and the next time it is due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.actor import Actor
from app.extensions import db
from app.models import Report, ReportFile, ReportRun, ReportSchedule, ScheduleClock
from app.services.readers import may_read
from app.services.reports import report_runs, schedule_search
from app.services.reports.report_types import DATA, types_for


@dataclass(frozen=True)
class Shelved:
    """A type of report, the run that made it last with a format in which it can be fetched, and when it is due next."""

    kind: str
    title: str
    run_id: UUID | None
    made_at: datetime | None
    format: str | None
    due_at: datetime | None


def shelf(actor: Actor) -> tuple[Shelved, ...]:
    """Every type that the actor may read, by title, with the last completed run that they may see and the next moment
    of the schedules that they may see."""
    types = types_for(actor)
    last = _last_runs(actor, [each.key for each in types])
    formats = _formats(actor, last)
    due = _due(actor)
    found = [_shelved(each.key, each.label, last.get(each.key), formats, due) for each in types]
    return tuple(sorted(found, key=lambda one: one.title))


def _shelved(
    kind: str, title: str, run: ReportRun | None, formats: Mapping[UUID, str], due: Mapping[str, datetime]
) -> Shelved:
    if run is None:
        return Shelved(kind, title, None, None, None, due.get(kind))
    return Shelved(kind, title, run.id, run.finished_at, formats.get(run.id), due.get(kind))


def _last_runs(actor: Actor, kinds: list[str]) -> Mapping[str, ReportRun]:
    query = (
        report_runs.visible(actor)
        .where(ReportRun.state == "completed", ReportRun.kind.in_(kinds))
        .order_by(ReportRun.kind, ReportRun.finished_at.desc())
        .ext(distinct_on(ReportRun.kind))
    )
    return {run.kind: run for run in report_runs.seen(actor, db.session.scalars(query).all())}


def _formats(actor: Actor, runs: Mapping[str, ReportRun]) -> Mapping[UUID, str]:
    """The first format of each run, by the run's id, of which there still is a file for the actor."""
    by_id = {run.id: run for run in runs.values()}
    query = select(ReportFile).where(
        ReportFile.organization_id == actor.organization_id,
        ReportFile.run_id.in_(by_id),
        ReportFile.format != DATA,
        ReportFile.removed_at.is_(None),
    )
    found: dict[UUID, set[str]] = {}
    for file in db.session.scalars(query) if by_id else ():
        if may_read(actor, by_id[file.run_id], file):
            found.setdefault(file.run_id, set()).add(file.format)
    firsts = {id_: [name for name in by_id[id_].formats if name in names] for id_, names in found.items()}
    return {id_: names[0] for id_, names in firsts.items() if names}


def _due(actor: Actor) -> Mapping[str, datetime]:
    """The next moment at which a report of a type is due, by the type."""
    query = (
        schedule_search.visible(actor)
        .with_only_columns(Report.kind, func.min(ScheduleClock.due_at))
        .join(ScheduleClock, ScheduleClock.id == ReportSchedule.id)
        .where(ReportSchedule.state == "active")
        .group_by(Report.kind)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
