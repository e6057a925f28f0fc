"""Redis may die while a worker waits: the worker comes back by itself and the job is done."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.embedded.redis import Server
from app.extensions import db, store
from app.models.jobs import Job
from app.services.background import jobs
from tests.faults import process

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    """A Redis of this test's own."""
    home = tmp_path / "redis"
    home.mkdir(mode=0o755)
    own = Server(home, durable=False)
    yield own
    own.destroy()


@pytest.mark.slow
def test_a_worker_outlives_its_redis(config, committed, server, tmp_path, monkeypatch):
    address = server.start()
    told = tmp_path / "told.json"
    process.describe(replace(config, redis_url=address), told)
    command = [sys.executable, "-m", "tests.faults.process"]
    worker = subprocess.Popen([*command, "worker", str(told)], cwd=ROOT)
    scheduler = subprocess.Popen([*command, "scheduler", str(told)], cwd=ROOT)
    try:
        assert _state_of(_asked(committed.id), "done", 120) == "done"  # both have started
        server.stop()
        # The ring goes to a Redis that nobody listens to: only the reconciler can bring this job to the worker.
        subject = _asked(committed.id)
        time.sleep(1)
        server.start()
        assert _state_of(subject, "done", 30) == "done"
    finally:
        for running in (worker, scheduler):
            running.terminate()
        assert [running.wait(timeout=30) for running in (worker, scheduler)] == [0, 0]
    assert store.client.ping()


def _asked(organization_id: UUID) -> UUID:
    """A job about a run that is not there: to find that out is all there is to do."""
    subject = new_id()
    jobs.enqueue(db.session, "report.build", organization_id, subject)
    db.session.commit()
    return subject


def _state_of(subject, wanted: str, seconds: float) -> str:
    end = time.monotonic() + seconds
    while True:
        db.session.rollback()
        state = db.session.scalar(select(Job.state).where(Job.subject_id == subject))
        if state == wanted or time.monotonic() > end:
            return state
        time.sleep(0.2)
