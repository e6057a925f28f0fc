"""Builds a requested report under a lease: figures, files, once for each set of rights among its readers; then
publishes all of it at once, or nothing."""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.sql import ColumnElement

from app.core.actor import Actor, system_actor
from app.core.clock import now
from app.core.errors import Forbidden, NoSpace, NotFound, Unavailable, is_full
from app.core.ids import new_id
from app.core.permissions import Permission
from app.extensions import db
from app.models import ReportFile, ReportRun, ReportSchedule
from app.models.settings import rules_of
from app.reports import build as reporting
from app.reports.parameters import Parameters
from app.reports.storage import file_key, storage
from app.reports.writing import Format, Written, write
from app.services import audit
from app.services.background import leases
from app.services.background.leases import Lease
from app.services.readers import actor_of
from app.services.reports import deliveries, report_parameters, report_types
from app.services.reports.deliveries import Recipient
from app.services.reports.report_keeping import keep
from app.services.reports.report_types import DATA, Made

# Step and share of the work, in per cent, when it begins.
FIGURES, PAGES, STORE = ("Figures", 5), ("Pages", 60), ("Store", 90)


@dataclass
class _Built:
    """What was made so far: the figures by rights, and the files stored. `named`: the files may be the run's by now,
    whether or not this process ever hears so."""

    readers: dict[str, Actor] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    files: list[ReportFile] = field(default_factory=list)
    named: bool = False


def build(lease: Lease) -> None:
    """Makes the files of a run and publishes them. A run that is over is left as it is; commits."""
    run = _begin(lease)
    if run is None:
        return
    report_parameters.require_fresh(run.organization_id, run.parameters.get("max_data_age_hours"))
    schedule = schedule_of(run)
    recipients = deliveries.recipients_of(run, schedule)
    built = _Built()
    try:
        _gather(run, recipients, built)
        _write(lease, run, built)
        _publish(lease, run, schedule, recipients, built)
    except BaseException:
        # Whoever is stopped, by whatever, leaves no file that nobody will name. After a commit whose answer never came
        # that cannot be known here: the sweeper can tell.
        db.session.rollback()
        with suppress(Unavailable):
            for file in [] if built.named else built.files:
                storage.delete(file.key)
        raise


def make(actor: Actor, kind: str, parameters: Parameters, format_: Format, out: BinaryIO) -> Written:
    """A report at once and without a run, for an actor at hand; leaves an audit line; commits."""
    made = write(reporting.build(report_types.type_for(actor, kind), parameters, actor), format_, out, parameters.size)
    clinics = ",".join(map(str, parameters.clinics)) or "all"
    audit.record(actor, "report.make", "report", kind=kind, clinic=clinics, period=str(parameters.period.start))
    db.session.commit()
    return made


def schedule_of(run: ReportRun) -> ReportSchedule | None:
    """The schedule that a run came of."""
    return db.session.get(ReportSchedule, (run.organization_id, run.schedule_id)) if run.schedule_id else None


def runner_of(run: ReportRun) -> Actor:
    """The person who asked, with the rights they have now; Forbidden when they have none left."""
    return actor_of(run.organization_id, run.requested_by, run.requested_name)


def _begin(lease: Lease) -> ReportRun | None:
    run = db.session.scalars(_of(lease).with_for_update()).one_or_none()
    if run is None or run.state not in ("pending", "running"):
        leases.finish(lease)
        db.session.commit()
        return None
    run.state, run.attempt, run.error, run.error_code = "running", lease.attempt, None, None
    run.step, run.progress = FIGURES
    run.started_at = run.started_at or now()
    db.session.commit()
    return run


def _gather(run: ReportRun, recipients: list[Recipient], built: _Built) -> None:
    """The figures, once for each set of rights: those of whoever asked must allow it, the others' may not."""
    owner = runner_of(run)
    owner.require(Permission.REPORTS_READ)
    built.made[owner.scope_key] = report_types.make(run, owner)
    built.readers[owner.scope_key] = owner
    for recipient in recipients:
        reader = recipient.actor
        if reader is None or reader.scope_key in built.readers or not _may_get(reader, run):
            continue
        try:
            built.made[reader.scope_key] = report_types.make(run, reader)
            built.readers[reader.scope_key] = reader
        except (Forbidden, NotFound):
            continue


def _may_get(reader: Actor, run: ReportRun) -> bool:
    may = reader.can(Permission.REPORTS_READ) and report_types.readable(reader, run.kind)
    return may and all(map(reader.sees_clinic, report_types.parameters_of(run).clinics))


def _write(lease: Lease, run: ReportRun, built: _Built) -> None:
    """Every file of every reader: written to a temporary one first, so that a large report needs little memory."""
    wanted = [(rights, format_) for rights in built.made for format_ in dict.fromkeys([*run.formats, DATA])]
    with tempfile.TemporaryDirectory(prefix="mediconnect-") as folder:
        for number, (rights, format_) in enumerate(wanted):
            _step(lease, PAGES[0], PAGES[1] + (STORE[1] - PAGES[1]) * number // len(wanted))
            out = Path(folder, f"{number}.{format_}")
            pages = _pages(built.made[rights], format_, out)
            if number == len(wanted) - 1:
                _step(lease, *STORE)
            built.files.append(_stored(lease, run, number, out, built.readers[rights], format_, pages))
            out.unlink()


def _pages(made: Made, format_: str, out: Path) -> int | None:
    try:
        return made.write(format_, out).pages
    except OSError as error:
        if is_full(error):
            raise NoSpace("There is no space left to make the report in. It is tried again.") from error
        raise


def _stored(
    lease: Lease, run: ReportRun, number: int, out: Path, reader: Actor, format_: str, pages: int | None
) -> ReportFile:
    key = file_key(lease.organization_id, run.id, lease.attempt, number, format_)
    return keep(run, reader, format_, out, key, pages, new_id())


def _step(lease: Lease, name: str, progress: int) -> None:
    """Shows how far it is; stops here when the lease is lost."""
    lease.check()
    change = update(ReportRun).where(*_mine(lease)).values(step=name, progress=progress)
    db.session.execute(change)
    db.session.commit()


def _publish(
    lease: Lease, run: ReportRun, schedule: ReportSchedule | None, recipients: list[Recipient], built: _Built
) -> None:
    leases.finish(lease)
    first = next(iter(built.made.values())).content
    run.state, run.step, run.progress, run.error = "completed", None, 100, None
    run.finished_at, run.as_of, run.data_version = now(), first.as_of, first.data_version
    run.definitions = _definitions(built.made)
    run.expires_at = run.finished_at + timedelta(days=_kept_days(run, schedule))
    db.session.add_all(built.files)
    deliveries.send(run, schedule, recipients, set(built.readers))
    system = system_actor(run.organization_id)
    for file in built.files:
        audit.record(
            system, "report.complete", "report", run.id, attempt=lease.attempt, format=file.format, sha256=file.sha256
        )
    built.named = True
    db.session.commit()


def _definitions(made: Mapping[str, Made]) -> dict[str, int]:
    return {key: version for each in made.values() for key, version in each.content.definitions.items()}


def _kept_days(run: ReportRun, schedule: ReportSchedule | None) -> int:
    given = run.parameters.get("retention_days") or (schedule.retention_days if schedule else None)
    return int(given or rules_of(run.organization_id).report_days)


def waits(lease: Lease, reason: str) -> None:
    """Shows that a run will be tried again, in the caller's transaction."""
    db.session.execute(update(ReportRun).where(*_mine(lease)).values(state="pending", step=None, error=reason))


def failed(lease: Lease, reason: str, code: str = "ANALYTICS_002") -> None:
    """Shows that a run came to nothing and why, and tells who answers for it, in the caller's transaction."""
    change = {"state": "failed", "step": None, "error": reason, "error_code": code, "finished_at": now()}
    db.session.execute(update(ReportRun).where(*_mine(lease)).values(**change))
    run = db.session.scalars(_of(lease)).one_or_none()
    if run is not None:
        told = deliveries.responsible(run) if run.schedule_id else [run.requested_by]
        deliveries.tell(run, "report.failed", told)
    audit.record(system_actor(lease.organization_id), "report.fail", "report", lease.subject_id, outcome="failed")


def _of(lease: Lease) -> Select[ReportRun]:
    return select(ReportRun).where(*_key(lease.organization_id, lease.subject_id))


def _mine(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (*_key(lease.organization_id, lease.subject_id), ReportRun.state.in_(("pending", "running")))


def _key(organization_id: UUID, run_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return ReportRun.organization_id == organization_id, ReportRun.id == run_id
