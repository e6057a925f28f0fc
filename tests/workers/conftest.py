"""For tests of several processes and threads: rows are really committed, and removed afterwards."""

import secrets
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.ids import new_id
from app.extensions import db, store
from app.models import Organization
from app.models.jobs import Job
from app.services import jobs
from app.services.organizations import create_organization
from workers import runtime
from workers.jobs.types import JobKind


@pytest.fixture
def committed(app: Flask) -> Iterator[Organization]:
    """An organization that other processes see too; every row made meanwhile is removed at the end."""
    with app.app_context():
        store.client.flushdb()
        yield create_organization(f"real-{secrets.token_hex(3)}", "Real Clinics", "America/Chicago")
        db.session.remove()
        with db.engine.begin() as connection:
            connection.execute(text("TRUNCATE jobs, outbox, organizations, users CASCADE"))
        store.client.flushdb()


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
