"""Small files to import, and the shared data sets where they are present."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest.run import import_path
from app.models import ImportRun

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"

CLINIC = {
    "resourceType": "Location",
    "id": "downtown",
    "name": "Downtown",
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "America/New_York"}],
}
ROOM = {
    "resourceType": "Location",
    "id": "room-1",
    "name": "Room 1",
    "physicalType": {"coding": [{"code": "ro"}]},
    "partOf": {"reference": "Location/downtown"},
}
DOCTOR = {
    "resourceType": "Practitioner",
    "id": "dr",
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "123"}],
    "name": [{"family": "Example", "given": ["Ada"]}],
}
PATIENT = {
    "resourceType": "Patient",
    "id": "pat",
    "name": [{"family": "Roe", "given": ["Jane"]}],
    "gender": "female",
    "birthDate": "1980-05-17",
}
APPOINTMENT = {
    "resourceType": "Appointment",
    "id": "visit",
    "status": "booked",
    "created": "2025-02-24",
    "start": "2025-03-03T02:30:00Z",
    "end": "2025-03-03T03:00:00Z",
    "participant": [
        {"actor": {"reference": "Patient/pat"}, "status": "accepted"},
        {"actor": {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|123"}, "status": "accepted"},
        {"actor": {"reference": "Location/room-1"}, "status": "accepted"},
    ],
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "id": "contact",
    "status": "finished",
    "class": {"code": "AMB"},
    "subject": {"reference": "Patient/pat"},
    "appointment": [{"reference": "Appointment/visit"}],
    "period": {"start": "2025-03-03T02:25:00Z", "end": "2025-03-03T03:10:00Z"},
    "statusHistory": [
        {"status": "arrived", "period": {"start": "2025-03-03T02:25:00Z"}},
        {"status": "in-progress", "period": {"start": "2025-03-03T02:42:00Z"}},
    ],
}
INVOICE = {
    "resourceType": "Invoice",
    "id": "bill",
    "status": "issued",
    "date": "2025-03-04",
    "totalGross": {"value": 100.10, "currency": "USD"},
    "extension": [
        {"url": "https://mediconnect.example/fhir/encounter", "valueReference": {"reference": "Encounter/contact"}}
    ],
}
PAYMENT = {
    "resourceType": "PaymentReconciliation",
    "id": "money",
    "status": "active",
    "paymentDate": "2025-03-20",
    "paymentAmount": {"value": 40},
    "detail": [{"request": {"reference": "Invoice/bill"}, "amount": {"value": 40}}],
}
VISIT = [CLINIC, ROOM, DOCTOR, PATIENT, APPOINTMENT, ENCOUNTER, INVOICE, PAYMENT]


def shared(name: str) -> Path:
    """The folder of a shared data set; skips the test where it is absent."""
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(f"the data set {name} is not in ../shared/data")
    return path


@pytest.fixture
def ndjson(tmp_path: Path) -> Callable[..., Path]:
    """Writes resources, or raw lines, into an NDJSON file."""

    def write(*lines: dict[str, Any] | bytes, name: str = "data.ndjson") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join((line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines))
        return path

    return write


@pytest.fixture
def load(system, session) -> Callable[..., ImportRun]:
    """Imports a path into the test's organization."""

    def run(path: Path, kind: str = "fhir", mapping: str | None = None, source: str = "clinic") -> ImportRun:
        return import_path(system, source, kind, path, mapping)

    return run


@pytest.fixture
def rows(organization, session) -> Callable[..., list[dict[str, Any]]]:
    """The organization's rows of a table, or what a query over it selects."""

    def read(table: str, columns: str = "*", order: str = "1") -> list[dict[str, Any]]:
        with tenant_scope(organization.id):
            query = text(f"SELECT {columns} FROM {table} WHERE organization_id = :o ORDER BY {order}")
            return [dict(row) for row in db.session.execute(query, {"o": organization.id}).mappings()]

    return read


@pytest.fixture
def rejects(rows) -> Callable[[], list[tuple[Any, ...]]]:
    """(line, path, code) of what was rejected so far."""

    def read() -> list[tuple[Any, ...]]:
        found = rows("import_rejects", "line, path, code", "file, line, path")
        return [(row["line"], row["path"], row["code"]) for row in found]

    return read


def count(run: ImportRun, kind: str) -> tuple[int, int, int, int]:
    """(stored, unchanged, unused, rejected) of a type in a run."""
    found = run.counts.get(kind, {})
    return tuple(found.get(key, 0) for key in ("stored", "unchanged", "unused", "rejected"))
