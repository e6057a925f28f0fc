"""A full disk is said to be one, leaves nothing half behind, and what was asked for is made once there is room."""

import io
import os
import resource
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.config import FileStore
from app.core.actor import Actor
from app.core.errors import NoSpace
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import ImportRun, Job, ReportRun
from app.reports.storage import storage
from app.services import imports
from app.services.reports import report_types
from tests.faults.harness import Requests
from tests.faults.tiny import TINY
from workers import runtime


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """Files of this process hold so many bytes and no more: the system refuses the next one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def asked(committed, tmp_path, monkeypatch) -> Requests:
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    monkeypatch.setattr(storage, "root", None)
    monkeypatch.setattr(storage, "store", None)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    storage.use(FileStore((tmp_path / "reports").as_uri()))
    made = Requests.prepare(committed.id)
    made.ask()
    return made


@pytest.mark.parametrize("room", [0, 1000], ids=["where it is made", "where it is kept"])
def test_a_report_waits_for_room_with_the_reason_and_is_made_when_there_is(asked, tmp_path, room):
    job_id = db.session.scalars(select(Job.id).where(Job.kind == "report.build")).one()
    with full_disk(room):
        runtime.perform(str(job_id))
    row = _run(asked)
    assert row.state == "pending"
    assert row.error.startswith("There is no space left")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    db.session.execute(text("UPDATE jobs SET due_at = now()"))
    db.session.commit()
    runtime.perform(str(job_id))
    run = _run(asked)
    assert (run.state, run.error) == ("completed", None)


def _run(asked: Requests) -> ReportRun:
    with tenant_scope(asked.organization_id):
        return db.session.scalars(select(ReportRun).execution_options(populate_existing=True)).one()


def test_an_upload_that_finds_no_room_is_refused_as_such_and_nothing_stays(scope, organization, tmp_path):
    actor = Actor(organization.id, None, "Ada", frozenset({Role.ADMIN}))
    with full_disk(1000), pytest.raises(NoSpace) as caught:
        imports.take_in(actor, tmp_path, io.BytesIO(os.urandom(50_000)), "patients.csv", "upload")
    assert caught.value.status == 507
    assert [path for path in Path(tmp_path).rglob("*") if path.is_file()] == []
    assert db.session.scalars(select(ImportRun)).all() == []
