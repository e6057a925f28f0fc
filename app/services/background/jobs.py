"""Jobs: written in the caller's transaction, one row for each kind and subject, rung for after the commit."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.ids import new_id
from app.core.queue import Bell, ring_after_commit
from app.models.jobs import Job

_OVER = ("done", "failed", "cancelled")


def enqueue(session: Session, kind: str, organization_id: UUID, subject_id: UUID, due: datetime | None = None) -> UUID:
    """Asks for a job about one row, in the caller's transaction; the id of the job.

    A job of that kind and subject that is already open stays as it is; one that is over starts again from its first
    attempt. With `due` it starts not before that instant.
    """
    start = func.now() if due is None else due
    rung = func.now() if due is None else None
    fresh = {"state": "pending", "attempt": 0, "crashes": 0, "due_at": start, "rung_at": rung, "created_at": func.now()}
    empty = {"lease_owner": None, "lease_until": None, "finished_at": None, "error": None}
    new = {"id": new_id(), "kind": kind, "organization_id": organization_id, "subject_id": subject_id}
    statement = insert(Job).values(**new, **fresh, **empty)
    again = statement.on_conflict_do_update(
        index_elements=[Job.kind, Job.subject_id], set_=fresh | empty, where=Job.state.in_(_OVER)
    )
    job_id = session.scalars(again.returning(Job.id)).one_or_none()
    if job_id is None:
        return session.scalars(select(Job.id).where(Job.kind == kind, Job.subject_id == subject_id)).one()
    if due is None:
        ring_after_commit(session, Bell(job_id, 0, kind))
    return job_id


def enqueue_every(session: Session, kind: str, organization_id: UUID, subject_id: UUID, seconds: int) -> bool:
    """Asks for a job unless the last one of its kind and subject was asked for less than `seconds` ago; was it?"""
    since = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    recent = select(Job.id).where(Job.kind == kind, Job.subject_id == subject_id, Job.created_at > since)
    if session.execute(recent).first() is not None:
        return False
    enqueue(session, kind, organization_id, subject_id)
    return True


def cancel(session: Session, kind: str, subject_id: UUID) -> bool:
    """Takes an open job back, in the caller's transaction; whoever works on it loses the lease. False: it was over."""
    statement = (
        update(Job)
        .where(Job.kind == kind, Job.subject_id == subject_id, Job.state.not_in(_OVER))
        .values(state="cancelled", lease_owner=None, lease_until=None, finished_at=func.now())
        .returning(Job.id)
    )
    cancelled = session.execute(statement.execution_options(synchronize_session=False))
    return cancelled.one_or_none() is not None
