"""Leases on jobs: claimed by owner and attempt, by the database's clock. Only the holder may publish a result."""

from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from uuid import UUID, uuid4

from sqlalchemy import Integer, and_, cast, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from app.core.queue import Bell
from app.extensions import db
from app.models.jobs import Job

SECONDS = 6  # the longest that a job waits for a worker that died with its machine; renewed at a third of it
RETRY_AFTER = (30, 120, 600)  # seconds after the first, second and third error
MAX_CRASHES = 10  # whoever ends workers from outside does not pick the job: only this many deaths speak against it


class LeaseLost(Exception):
    """Another worker holds the job now, or it was cancelled: stop, and publish nothing."""


@dataclass
class Lease:
    """The right to work on a job until it runs out; renewed from another thread, which sets `lost`."""

    job_id: UUID
    kind: str
    organization_id: UUID
    subject_id: UUID
    owner: UUID
    attempt: int
    crashes: int
    lost: Event = field(default_factory=Event)
    finished: bool = False

    @property
    def errors(self) -> int:
        """How many attempts before this one ended in an error rather than with the death of their worker."""
        return self.attempt - 1 - self.crashes

    def check(self) -> None:
        """Between two steps of work: raises LeaseLost when going on would be in vain."""
        if self.lost.is_set():
            raise LeaseLost


def _after(seconds: float) -> ColumnElement[datetime]:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def claim(job_id: UUID, seconds: float = SECONDS, owner: UUID | None = None) -> Lease | None:
    """Takes a job that is due, or whose holder let the lease run out; None when there is nothing to take. Commits.

    `owner` is the name under which somebody else may say that the holder is gone; a new one where none is given."""
    free = or_(
        and_(Job.state == "pending", Job.due_at <= func.now()),
        and_(Job.state == "running", Job.lease_until < func.now()),
    )
    owner = owner or uuid4()
    statement = (
        update(Job)
        .where(Job.id == job_id, free)
        .values(
            state="running",
            attempt=Job.attempt + 1,
            crashes=Job.crashes + cast(Job.state == "running", Integer),
            lease_owner=owner,
            lease_until=_after(seconds),
        )
        .returning(Job.kind, Job.organization_id, Job.subject_id, Job.attempt, Job.crashes)
    )
    row = db.session.execute(statement).one_or_none()
    db.session.commit()
    if row is None:
        return None
    return Lease(job_id, row.kind, row.organization_id, row.subject_id, owner, row.attempt, row.crashes)


def renew(lease: Lease, seconds: float = SECONDS) -> bool:
    """Prolongs a lease; False when it is another's by now. Commits."""
    held = _change(lease, lease_until=_after(seconds))
    db.session.commit()
    return held


def finish(lease: Lease) -> None:
    """Marks the job done in the caller's transaction, beside what it publishes; LeaseLost fences a loser out."""
    if not _change(lease, state="done", lease_owner=None, lease_until=None, finished_at=func.now(), error=None):
        lease.lost.set()
        raise LeaseLost
    lease.finished = True


def retry_later(lease: Lease, seconds: float, error: str) -> None:
    """Gives the job back, to be tried again after `seconds`, in the caller's transaction; LeaseLost as `finish`."""
    change = {"state": "pending", "due_at": _after(seconds), "rung_at": None, "error": error}
    if not _change(lease, lease_owner=None, lease_until=None, **change):
        raise LeaseLost


def hand_back(lease: Lease) -> None:
    """Puts the job back as it was before the claim, in the caller's transaction; LeaseLost as `finish`."""
    change = {"state": "pending", "attempt": Job.attempt - 1, "due_at": func.now(), "rung_at": None}
    if not _change(lease, lease_owner=None, lease_until=None, **change):
        raise LeaseLost


def held_by(owner: UUID) -> Lease | None:
    """The lease of a holder that is known to be gone, for whoever settles what it left."""
    job = db.session.scalars(select(Job).where(Job.lease_owner == owner, Job.state == "running")).one_or_none()
    if job is None:
        return None
    return Lease(job.id, job.kind, job.organization_id, job.subject_id, owner, job.attempt, job.crashes)


def abandon(lease: Lease) -> None:
    """Ends a lease whose holder is gone, in the caller's transaction: the next claim counts a crash. LeaseLost as
    `finish`."""
    if not _change(lease, lease_until=_after(-1), rung_at=None):
        raise LeaseLost


def unheard(job_id: UUID) -> None:
    """Has a job rung for again at once, whose ring came to nothing; commits."""
    statement = update(Job).where(Job.id == job_id, Job.state == "pending").values(rung_at=None)
    db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.commit()


def fail(lease: Lease, error: str) -> None:
    """Ends the job for good in the caller's transaction; LeaseLost as `finish`."""
    if not _change(lease, state="failed", lease_owner=None, lease_until=None, finished_at=func.now(), error=error):
        raise LeaseLost


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(
        Job.id == lease.job_id,
        Job.state == "running",
        Job.lease_owner == lease.owner,
        Job.attempt == lease.attempt,
    )


def _change(lease: Lease, **values: object) -> bool:
    statement = update(Job).where(_held(lease)).values(**values).returning(Job.id)
    changed = db.session.execute(statement.execution_options(synchronize_session=False))
    return changed.one_or_none() is not None


def to_ring(quiet_seconds: float = 4, limit: int = 200) -> list[Bell]:
    """Jobs that wait unheard: due and not rung for a while, or left by a dead holder; marks them rung; commits."""
    quiet = or_(Job.rung_at.is_(None), Job.rung_at < _after(-quiet_seconds))
    waiting = or_(
        and_(Job.state == "pending", Job.due_at <= func.now(), quiet),
        and_(Job.state == "running", Job.lease_until < func.now(), or_(quiet, Job.rung_at < Job.lease_until)),
    )
    chosen = select(Job.id).where(waiting).order_by(Job.due_at).limit(limit).with_for_update(skip_locked=True)
    statement = update(Job).where(Job.id.in_(chosen)).values(rung_at=func.now())
    statement = statement.returning(Job.id, Job.attempt, Job.kind)
    rows = db.session.execute(statement.execution_options(synchronize_session=False)).all()
    db.session.commit()
    return [Bell(row.id, row.attempt, row.kind) for row in rows]
