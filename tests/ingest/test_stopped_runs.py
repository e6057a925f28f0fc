"""Runs that do not come to their end by themselves: an error nobody foresaw, or a person who takes them back."""

import pytest
from sqlalchemy import update

from app.core.errors import Unavailable
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest import run
from app.models import ImportRun
from tests.ingest.conftest import PATIENT


@pytest.fixture
def begun(system, session, ndjson) -> ImportRun:
    """A run over five patients that is still to be done."""
    return run.begin(system, "clinic", "fhir", ndjson(*(PATIENT | {"id": f"p{n}"} for n in range(5))))


def _fall(_done: int, _total: int) -> None:
    raise RuntimeError("Roe, Jane")


def test_an_unforeseen_error_leaves_the_run_failed_with_class_and_place_and_without_its_text(begun, organization):
    with tenant_scope(organization.id):
        with pytest.raises(Unavailable):
            run.resume(begun.id, _fall)
        failed = db.session.get(ImportRun, (organization.id, begun.id))
        assert failed.state == "failed"
        assert failed.error.startswith("The import stopped (RuntimeError at app/ingest/run.py:")
        assert "Roe" not in failed.error


def test_a_failed_run_is_resumed_from_its_checkpoint(begun, organization, rows, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 2)
    with tenant_scope(organization.id):
        with pytest.raises(Unavailable):
            run.resume(begun.id, _fall)
        resumed = run.resume(begun.id)
        assert (resumed.state, resumed.error) == ("completed", None)
        assert resumed.counts["Patient"] == {"read": 5, "stored": 5, "unchanged": 0, "unused": 0, "rejected": 0}
    assert len(rows("patients")) == 5


def test_a_run_that_is_taken_back_stops_after_its_batch(begun, organization, rows, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 2)

    def take_back(_done: int, _total: int) -> None:
        of_run = (ImportRun.organization_id == organization.id, ImportRun.id == begun.id)
        db.session.execute(update(ImportRun).where(*of_run).values(state="cancelled"))
        db.session.commit()

    with tenant_scope(organization.id):
        assert run.resume(begun.id, take_back).state == "cancelled"
    assert len(rows("patients")) == 2


def test_a_file_that_is_gone_leaves_the_run_failed(begun, organization, tmp_path):
    (tmp_path / "data.ndjson").unlink()
    with tenant_scope(organization.id):
        with pytest.raises(Exception, match="no such file"):
            run.resume(begun.id)
        assert db.session.get(ImportRun, (organization.id, begun.id)).state == "failed"
