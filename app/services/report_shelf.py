"""The reports at hand: each type that a person may read, with its last file."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.actor import Actor
from app.extensions import db
from app.models import ReportRun
from app.reports.catalogue import REPORTS


@dataclass(frozen=True)
class Shelved:
    """A type of report and the run that made it last, if one did."""

    kind: str
    title: str
    run_id: UUID | None
    made_at: datetime | None


def shelf(actor: Actor) -> tuple[Shelved, ...]:
    """Every type that the actor may read, by title, with the last completed run within their clinics."""
    allowed = {key: report for key, report in REPORTS.items() if actor.can(report.permission)}
    query = (
        select(ReportRun)
        .where(
            ReportRun.organization_id == actor.organization_id,
            ReportRun.state == "completed",
            ReportRun.kind.in_(allowed),
        )
        .order_by(ReportRun.kind, ReportRun.finished_at.desc())
        .ext(distinct_on(ReportRun.kind))
    )
    if actor.clinic_ids is not None:
        query = query.where(ReportRun.clinic_id.in_(actor.clinic_ids))
    last = {run.kind: run for run in db.session.scalars(query)}
    found = [
        Shelved(
            key,
            report.label,
            last[key].id if key in last else None,
            last[key].finished_at if key in last else None,
        )
        for key, report in allowed.items()
    ]
    return tuple(sorted(found, key=lambda one: one.title))
