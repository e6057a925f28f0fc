"""An import whose process is killed goes on where it stopped, and comes to the same."""

import pickle
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from app.core.actor import system_actor
from app.core.ids import new_id
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest import run
from app.ingest.upsert.tables import ORDER
from app.services.organizations import create_organization
from tests.ingest.conftest import CLINIC

ROOT = Path(__file__).resolve().parents[2]
PATIENTS = 600


@pytest.fixture
def organizations(app):
    """Two organizations that other processes see too; their rows are deleted at the end."""
    with app.app_context():
        made = [create_organization(f"kill-{new_id()}", "Killed", "America/Chicago").id for _ in range(2)]
        yield made
        db.session.remove()
        tables = [*reversed(ORDER), "rollup_dirty", "import_rejects", "import_runs", "unresolved_references"]
        with db.engine.begin() as connection:
            for table in (*tables, "source_records", "sources"):
                connection.execute(text(f"DELETE FROM {table} WHERE organization_id = ANY(:o)"), {"o": made})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Appointments before the patients they are for, some of them twice, and a bad line."""
    patients = [{"resourceType": "Patient", "id": f"p{n}", "gender": "female"} for n in range(PATIENTS)]
    visits = [
        {
            "resourceType": "Appointment",
            "id": f"a{n}",
            "status": "booked",
            "start": f"2025-03-{n % 28 + 1:02d}T15:00:00Z",
            "participant": [{"actor": {"reference": f"Patient/p{n}"}}, {"actor": {"reference": "Location/downtown"}}],
        }
        for n in range(PATIENTS)
    ]
    lines = [*map(orjson.dumps, [*visits, *patients, *visits[:70], CLINIC]), b"{bad"]
    (tmp_path / "all.ndjson").write_bytes(b"\n".join(lines))
    return tmp_path


def _kill_after(batches: int, config, organization_id: UUID, run_id: UUID) -> None:
    command = [sys.executable, "-m", "tests.ingest.resuming"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(pickle.dumps((config, organization_id, run_id)))
        process.stdin.close()
        for _ in range(batches):
            assert process.stdout.readline()
        process.kill()


def _state(organization_id: UUID) -> dict[str, int]:
    tables = ("patients", "appointments", "clinics", "source_records", "import_rejects", "unresolved_references")
    with tenant_scope(organization_id):
        counted = {table: db.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables}
        placed = "SELECT count(*) FROM appointments WHERE clinic_id IS NOT NULL AND patient_id IS NOT NULL"
        return counted | {"placed": db.session.scalar(text(placed))}


def test_a_killed_import_resumes_and_counts_what_an_uninterrupted_one_counts(config, organizations, folder):
    killed, whole = organizations
    begun = run.begin(system_actor(killed), "clinic", "fhir", folder)
    _kill_after(3, config, killed, begun.id)
    _kill_after(9, config, killed, begun.id)
    with tenant_scope(killed):
        stopped = db.session.get(type(begun), (killed, begun.id), populate_existing=True)
        assert stopped.state == "running"
        assert 0 < stopped.checkpoint["records"] < 2 * PATIENTS
        resumed = run.resume(begun.id)
    expected = run.import_path(system_actor(whole), "clinic", "fhir", folder)
    assert resumed.state == "completed"
    assert resumed.counts == expected.counts
    assert _state(killed) == _state(whole)
    assert _state(whole)["placed"] == PATIENTS
