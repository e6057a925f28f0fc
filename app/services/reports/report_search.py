"""The library looked through: saved reports with their latest run, filtered and paged; and how they have done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, func, literal, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.clock import now
from app.core.permissions import Permission
from app.extensions import db
from app.models import Delivery, Report, ReportDownload, ReportFile, ReportRun, ReportSchedule
from app.services.reports import report_library, report_runs, schedule_search
from app.services.reports.report_types import DATA

STATES = ("pending", "running", "completed", "failed", "cancelled")


@dataclass(frozen=True)
class Wanted:
    """What is looked for. `since` and `until` (included) are days on which the latest run was finished."""

    kind: str | None = None
    state: str | None = None
    since: date | None = None
    until: date | None = None
    owner_id: UUID | None = None
    words: str = ""
    templates: bool | None = False


def search(
    actor: Actor, wanted: Wanted, page: int = 1, size: int = 20
) -> tuple[int, list[tuple[Report, ReportRun | None]]]:
    """How many reports fit, and one page of them with the latest run that the actor may see, newest first."""
    actor.require(Permission.REPORTS_READ)
    latest = aliased(
        ReportRun,
        report_runs.visible(actor)
        .where(ReportRun.report_id.is_not(None))
        .ext(distinct_on(ReportRun.report_id))
        .order_by(ReportRun.report_id, ReportRun.created_at.desc())
        .subquery(),
    )
    query = (
        report_library.visible(actor, wanted.templates)
        .add_columns(latest)
        .outerjoin(latest, (latest.organization_id == Report.organization_id) & (latest.report_id == Report.id))
        .where(*_conditions(wanted, latest))
    )
    count = db.session.scalar(select(func.count()).select_from(query.with_only_columns(literal(1)).subquery())) or 0
    ordered = query.order_by(Report.created_at.desc(), Report.id.desc()).limit(size).offset((page - 1) * size)
    return count, [(row[0], row[1]) for row in db.session.execute(ordered).all()]


def _conditions(wanted: Wanted, latest: type[ReportRun]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(Report.kind == wanted.kind)
    if wanted.state is not None:
        never = latest.id.is_(None) if wanted.state == "pending" else literal(False)
        found.append(or_(latest.state == wanted.state, never))
    if wanted.since is not None:
        found.append(latest.finished_at >= wanted.since)
    if wanted.until is not None:
        found.append(latest.finished_at < wanted.until + timedelta(days=1))
    if wanted.owner_id is not None:
        found.append(Report.owner_id == wanted.owner_id)
    if wanted.words:
        found.append(Report.title.icontains(wanted.words, autoescape=True))
    return found


@dataclass(frozen=True)
class Summary:
    """How reports have done for what the actor may see; runs are those of the last `days`."""

    days: int
    reports: int
    templates: int
    schedules: Mapping[str, int]  # by state
    runs: Mapping[str, int]  # by state
    runs_by_kind: Mapping[str, int]
    deliveries: Mapping[str, int]  # by state
    downloads: int
    bytes: int
    mean_seconds: float | None
    last_run_at: datetime | None

    @property
    def success_rate(self) -> float | None:
        """Completed among those that ended by themselves, 0 to 1; None before one has."""
        completed, failed = self.runs.get("completed", 0), self.runs.get("failed", 0)
        return completed / (completed + failed) if completed + failed else None


def summary(actor: Actor, days: int = 30) -> Summary:
    """Counts reports, schedules, runs, deliveries and downloads."""
    actor.require(Permission.REPORTS_READ)
    since = now() - timedelta(days=days)
    runs = report_runs.visible(actor).where(ReportRun.created_at >= since).subquery()
    took = func.extract("epoch", runs.c.finished_at - runs.c.started_at)
    done = runs.c.state == "completed"
    mean, last = db.session.execute(select(func.avg(took).filter(done), func.max(runs.c.created_at))).one()
    organization = actor.organization_id
    return Summary(
        days=days,
        reports=_count(report_library.visible(actor, False).subquery()),
        templates=_count(report_library.visible(actor, True).subquery()),
        schedules=_by(schedule_search.visible(actor).with_only_columns(ReportSchedule.state).subquery().c.state),
        runs=_by(runs.c.state),
        runs_by_kind=_by(runs.c.kind),
        deliveries=_by(
            select(Delivery.state)
            .where(Delivery.organization_id == organization, Delivery.run_id.in_(select(runs.c.id)))
            .subquery()
            .c.state
        ),
        downloads=_count(
            select(ReportDownload.id)
            .where(ReportDownload.organization_id == organization, ReportDownload.run_id.in_(select(runs.c.id)))
            .subquery()
        ),
        bytes=int(
            db.session.scalar(
                select(func.coalesce(func.sum(ReportFile.bytes), 0)).where(
                    ReportFile.organization_id == organization,
                    ReportFile.run_id.in_(select(runs.c.id)),
                    ReportFile.format != DATA,
                    ReportFile.removed_at.is_(None),
                )
            )
            or 0
        ),
        mean_seconds=None if mean is None else float(mean),
        last_run_at=last,
    )


def _count(rows: FromClause) -> int:
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


def _by(column: ColumnElement[str]) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).group_by(column)).all()
    return {row[0]: row[1] for row in rows}
