"""Builds a requested report under a lease: figures, pages, file; then publishes all of it at once, or nothing."""

from dataclasses import replace
from io import BytesIO
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.sql import ColumnElement

from app.core.actor import Actor, system_actor
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.period import Period
from app.core.permissions import Role
from app.extensions import db
from app.models import Membership, ReportRun, User
from app.reports import build as reporting
from app.reports.catalogue import REPORTS
from app.reports.content import ReportContent
from app.reports.parameters import Parameters
from app.reports.storage import StoredFile, file_key, storage
from app.reports.writing import Format, Written, write
from app.services import audit, leases, outbox
from app.services.leases import Lease, LeaseLost

# Step and share of the work, in per cent, when it begins.
FIGURES, PAGES, STORE = ("Figures", 5), ("Pages", 60), ("Store", 90)


def build(lease: Lease) -> None:
    """Makes the report of a run and publishes it. A run that is over is left as it is; commits."""
    run = _begin(lease)
    if run is None:
        return
    parameters = parameters_of(run)
    content = reporting.build(REPORTS[run.kind], parameters, runner_of(run))
    _step(lease, PAGES)
    out = BytesIO()
    made = write(content, Format.PDF, out, parameters.size)
    _step(lease, STORE)
    file = storage.write(file_key(lease.organization_id, run.id, lease.attempt), out.getvalue())
    try:
        _publish(lease, run, content, made, file)
    except LeaseLost:
        db.session.rollback()
        storage.delete(file.key)
        raise


def make(actor: Actor, kind: str, parameters: Parameters, format: Format, out: BinaryIO) -> Written:
    """A report at once and without a run, for an actor at hand; leaves an audit line; commits."""
    report = REPORTS.get(kind)
    if report is None:
        raise NotFound("There is no such report.")
    made = write(reporting.build(report, parameters, actor), format, out, parameters.size)
    clinics = ",".join(map(str, parameters.clinics)) or "all"
    audit.record(actor, "report.make", "report", kind=kind, clinic=clinics, period=str(parameters.period.start))
    db.session.commit()
    return made


def _begin(lease: Lease) -> ReportRun | None:
    run = db.session.scalars(_of(lease).with_for_update()).one_or_none()
    if run is None or run.state not in ("pending", "running"):
        leases.finish(lease)
        db.session.commit()
        return None
    run.state, run.attempt, run.error = "running", lease.attempt, None
    run.step, run.progress = FIGURES
    run.started_at = run.started_at or now()
    db.session.commit()
    return run


def parameters_of(run: ReportRun) -> Parameters:
    """What a run was asked for."""
    found = Parameters.of(Period(run.period_start, run.period_end), run.parameters)
    return found if run.clinic_id is None else replace(found, clinics=(run.clinic_id,))


def runner_of(run: ReportRun) -> Actor:
    """The person who asked, with the rights they have now; Forbidden when they have none left."""
    if run.requested_by is None:
        return system_actor(run.organization_id, run.requested_name)
    query = select(Membership).join(User, User.id == Membership.user_id)
    membership = db.session.scalars(
        query.where(
            Membership.organization_id == run.organization_id,
            Membership.user_id == run.requested_by,
            User.disabled_at.is_(None),
        )
    ).one_or_none()
    if membership is None:
        raise Forbidden("Whoever asked for this report has no access any more.")
    return Actor(
        organization_id=run.organization_id,
        user_id=run.requested_by,
        name=run.requested_name,
        roles=frozenset(map(Role, membership.roles)),
        clinic_ids=None if membership.clinic_ids is None else frozenset(membership.clinic_ids),
        practitioner_id=membership.practitioner_id,
        patient_id=membership.patient_id,
    )


def _step(lease: Lease, step: tuple[str, int]) -> None:
    """Shows how far it is; stops here when the lease is lost."""
    lease.check()
    name, progress = step
    change = update(ReportRun).where(*_mine(lease)).values(step=name, progress=progress)
    db.session.execute(change)
    db.session.commit()


def _publish(lease: Lease, run: ReportRun, content: ReportContent, made: Written, file: StoredFile) -> None:
    leases.finish(lease)
    run.state, run.step, run.progress, run.error = "completed", None, 100, None
    run.finished_at, run.as_of, run.data_version = now(), content.as_of, content.data_version
    run.definitions = dict(content.definitions)
    run.file_key, run.file_bytes, run.file_sha256, run.pages = file.key, file.bytes, file.sha256, made.pages
    if run.requested_by is not None:
        payload = {"user": str(run.requested_by), "kind": "report.completed", "subject": str(run.id)}
        outbox.put("notification", f"{run.id}:{run.requested_by}", run.organization_id, payload)
    actor = system_actor(run.organization_id)
    audit.record(actor, "report.complete", "report", run.id, attempt=lease.attempt, sha256=file.sha256)
    db.session.commit()


def waits(lease: Lease, reason: str) -> None:
    """Shows that a run will be tried again, in the caller's transaction."""
    db.session.execute(update(ReportRun).where(*_mine(lease)).values(state="pending", step=None, error=reason))


def failed(lease: Lease, reason: str) -> None:
    """Shows that a run came to nothing and why, in the caller's transaction."""
    change = {"state": "failed", "step": None, "error": reason, "finished_at": now()}
    db.session.execute(update(ReportRun).where(*_mine(lease)).values(**change))
    audit.record(system_actor(lease.organization_id), "report.fail", "report", lease.subject_id, outcome="failed")


def _of(lease: Lease) -> Select[ReportRun]:
    return select(ReportRun).where(*_key(lease.organization_id, lease.subject_id))


def _mine(lease: Lease) -> tuple[ColumnElement[bool], ...]:
    return (*_key(lease.organization_id, lease.subject_id), ReportRun.state.in_(("pending", "running")))


def _key(organization_id: UUID, run_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return ReportRun.organization_id == organization_id, ReportRun.id == run_id
