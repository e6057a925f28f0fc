"""Jobs of the test's own making."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.extensions import db
from app.models.jobs import Job
from app.services.background import jobs
from workers import runtime
from workers.jobs.types import JobKind


@pytest.fixture
def register(monkeypatch) -> Callable[..., None]:
    """Adds a kind of job for one test: `register("test.kind", perform, ...)`."""

    def add(key: str, perform, **more) -> None:
        monkeypatch.setattr(runtime, "JOBS", {**runtime.JOBS, key: JobKind(key, perform, **more)})

    return add


@pytest.fixture
def job_for(committed) -> Callable[..., Job]:
    """Asks for a job and commits: `job_for("test.kind")`."""

    def make(kind: str, subject: UUID | None = None) -> Job:
        job_id = jobs.enqueue(db.session, kind, committed.id, subject or new_id())
        db.session.commit()
        return load(job_id)

    return make


def load(job_id: UUID) -> Job:
    """The job as it stands in the database now."""
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.id == job_id).execution_options(populate_existing=True)).one()
