"""Files of runs: opened by those who may, held, and removed when their time is over or nobody names them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor, system_actor
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import new_id
from app.core.permissions import Permission, Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Organization, ReportDownload, ReportFile, ReportRun
from app.models.keyring import keyring
from app.reports.storage import storage
from app.services import access, audit
from app.services.readers import may_read
from app.services.reports import deliveries
from app.services.reports.report_types import DATA

AGE = 3600  # seconds; longer than any report may take
_AT_A_TIME = 200


@dataclass(frozen=True)
class OpenFile:
    """A file that is being handed out, checked; its content comes in chunks."""

    run: ReportRun
    file: ReportFile
    content: Iterator[bytes]


def files_of(actor: Actor, run: ReportRun, *more: str) -> list[ReportFile]:
    """The files of a run that the actor may read, one of each format it was asked in, and of `more` formats."""
    found: dict[str, ReportFile] = {}
    for file in _readable(actor, run):
        # The one made for just these rights comes before one made for others.
        if file.format not in found or file.rights == actor.scope_key:
            found[file.format] = file
    return [found[name] for name in dict.fromkeys((*run.formats, *more)) if name in found]


def data_of(actor: Actor, run: ReportRun) -> bytes | None:
    """The figures of a run as JSON, as the actor may see them; None where there are none. No audit line: they hold
    nothing of a patient."""
    found = [file for file in _readable(actor, run) if file.format == DATA]
    if not found:
        return None
    own = next((file for file in found if file.rights == actor.scope_key), found[0])
    return b"".join(storage.read(own.key, own.sha256, keyring(actor.organization_id)))


def _readable(actor: Actor, run: ReportRun) -> list[ReportFile]:
    query = select(ReportFile).where(
        ReportFile.organization_id == run.organization_id,
        ReportFile.run_id == run.id,
        ReportFile.removed_at.is_(None),
    )
    return [file for file in db.session.scalars(query.order_by(ReportFile.id)) if may_read(actor, run, file)]


def fetch(actor: Actor, run: ReportRun, format_: str) -> OpenFile:
    """A finished run's file, after an audit line and a line of its downloads; commits.

    NotFound without such a file; Conflict, with an audit line of its own, for one that is not what was written.
    """
    file = next((each for each in files_of(actor, run, format_) if each.format == format_ != DATA), None)
    if run.state != "completed" or file is None:
        raise NotFound("This report has no such file.")
    try:
        content = storage.read(file.key, file.sha256, keyring(actor.organization_id))
    except Conflict:
        audit.record(actor, "report.download", "report", run.id, outcome="changed", format=format_)
        db.session.commit()
        raise
    audit.record(actor, "report.download", "report", run.id, format=format_, sha256=file.sha256)
    note = ReportDownload(
        organization_id=run.organization_id,
        id=new_id(),
        run_id=run.id,
        file_id=file.id,
        format=format_,
        user_id=actor.user_id,
        name=actor.name,
        at=clock.now(),
    )
    db.session.add(note)
    deliveries.opened(actor, run.id)
    db.session.commit()
    return OpenFile(run, file, content)


def downloads_of(run: ReportRun, limit: int = 50) -> Sequence[ReportDownload]:
    """Who fetched a run's files, the latest first."""
    query = select(ReportDownload).where(
        ReportDownload.organization_id == run.organization_id, ReportDownload.run_id == run.id
    )
    return db.session.scalars(query.order_by(ReportDownload.at.desc()).limit(limit)).all()


def hold(actor: Actor, run_id: UUID, reason: str) -> ReportRun:
    """Keeps a run's files beyond their time, until released, for a stated reason; administrators only; commits."""
    run = _to_hold(actor, run_id)
    if not 3 <= len(reason.strip()) <= 200:
        raise Invalid("Say in 3 to 200 characters why it is kept.", field="reason")
    run.held_at, run.held_name, run.held_reason = clock.now(), actor.name, reason.strip()
    audit.record(actor, "report.hold", "report", run.id)
    db.session.commit()
    return run


def release(actor: Actor, run_id: UUID) -> ReportRun:
    """Ends a hold; commits."""
    run = _to_hold(actor, run_id)
    run.held_at = run.held_name = run.held_reason = None
    audit.record(actor, "report.release", "report", run.id)
    db.session.commit()
    return run


def _to_hold(actor: Actor, run_id: UUID) -> ReportRun:
    run = access.report_run_for(actor, run_id)
    actor.require(Permission.AUDIT_READ)
    if Role.ADMIN not in actor.roles:
        raise NotFound("There is no such report.")
    return run


def sweep() -> int:
    """Removes what has had its time and what no run names, in every organization; how many files."""
    organizations = db.session.scalars(select(Organization.id)).all()
    db.session.rollback()
    return sum(_expire(organization_id) + _sweep_unnamed(organization_id) for organization_id in organizations)


def _expire(organization_id: UUID) -> int:
    """Files of runs whose time is over and that nobody holds; the runs stay, and say so."""
    with tenant_scope(organization_id):
        over = select(ReportRun.id).where(
            ReportRun.organization_id == organization_id,
            ReportRun.expires_at < clock.now(),
            ReportRun.held_at.is_(None),
        )
        query = select(ReportFile).where(
            ReportFile.organization_id == organization_id,
            ReportFile.removed_at.is_(None),
            ReportFile.run_id.in_(over),
        )
        files = db.session.scalars(query.limit(_AT_A_TIME)).all()
        for file in files:
            storage.delete(file.key)
            file.removed_at = clock.now()
            audit.record(system_actor(organization_id), "report.expire", "report", file.run_id, format=file.format)
        db.session.commit()
    return len(files)


def _sweep_unnamed(organization_id: UUID) -> int:
    old = list(storage.older_than(organization_id, clock.now() - timedelta(seconds=AGE)))
    removed = 0
    for start in range(0, len(old), _AT_A_TIME):
        keys = set(old[start : start + _AT_A_TIME])
        with tenant_scope(organization_id):
            named = select(ReportFile.key).where(
                ReportFile.organization_id == organization_id,
                ReportFile.key.in_(keys),
                ReportFile.removed_at.is_(None),
            )
            unnamed = keys - set(db.session.scalars(named))
        for key in unnamed:
            storage.remove(key)
        removed += len(unnamed)
    return removed
