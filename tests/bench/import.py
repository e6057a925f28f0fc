"""How fast FHIR files come in, against parsing the same files with orjson and a bare COPY of the same rows.

The input is generated: patients, appointments with their stamps, encounters that link to them. The COPY goes into
tables of the same definition, with the same indexes and foreign keys.
"""

import io
import json
import pickle
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import orjson
import psycopg
from sqlalchemy import make_url

from app import create_app
from app.config import REPOSITORY, Config
from app.core.actor import system_actor
from app.core.tenancy import tenant_scope
from app.services.organizations import create_organization
from tests.bench.installation import installation

PATIENTS, VISITS = 4_000, 30_000
TABLES = ("clinics", "practitioners", "patients", "appointments", "encounters")
_EXTENSION = "https://mediconnect.example/fhir/"
_START = datetime(2023, 1, 2, 8, tzinfo=UTC)


def main() -> None:
    """Prints the ratio and the peak memory of the import."""
    if sys.argv[1:] == ["child"]:
        _import(*pickle.load(sys.stdin.buffer))  # noqa: S301 - written by this very script
        return
    with installation() as place, tempfile.TemporaryDirectory() as folder:
        files = _generate(Path(folder))
        with create_app(place.config).app_context():
            organization_id = create_organization("bench", "Bench", "America/Chicago").id
        took = _in_child(place.config, organization_id, Path(folder))
        parsing = _parse(files)
        copying, rows = _copy(place.superuser_url)
    bare = parsing + copying
    print(f"fhir import: {bare / took['seconds']:.2f} x orjson + bare COPY")
    print(f"fhir import: {rows / took['seconds']:,.0f} rows/s ({rows:,} rows in {took['seconds']:.1f} s)")
    print(f"orjson + bare COPY: {rows / bare:,.0f} rows/s (parse {parsing:.2f} s, COPY {copying:.2f} s)")
    print(f"peak memory of the import: {took['memory']:.0f} MB")


def _in_child(config: Config, organization_id: Any, folder: Path) -> dict[str, float]:
    """Imports in a process of its own, so that its peak memory is the import's."""
    command = [sys.executable, "-m", "tests.bench.import", "child"]
    sent = pickle.dumps((config, organization_id, folder))
    done = subprocess.run(command, cwd=REPOSITORY, input=sent, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _import(config: Config, organization_id: Any, folder: Path) -> None:
    from app.ingest.run import import_path

    with create_app(config).app_context(), tenant_scope(organization_id):
        readers = [0.0]
        started = time.perf_counter()
        import_path(
            system_actor(organization_id),
            "bench",
            "fhir",
            folder,
            None,
            lambda *_: readers.append(_memory_of_readers()),
        )
        seconds = time.perf_counter() - started
    memory = _peak_memory() + max(readers)
    print(json.dumps({"seconds": seconds, "memory": memory}))


def _peak_memory() -> float:
    """MB of this program alone; `getrusage` would also count what its parent held when it was started."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _memory_of_readers() -> float:
    """MB that the reading process has for itself, beside what it shares with the one that forked it."""
    kilobytes = 0
    for reader in active_children():
        held = Path(f"/proc/{reader.pid}/smaps_rollup")
        try:
            kilobytes += sum(map(int, re.findall(r"Private_\w+:\s+(\d+) kB", held.read_text())))
        except OSError:  # it has just ended
            continue
    return kilobytes / 1024


def _generate(folder: Path) -> list[Path]:
    """Writes one NDJSON file a type; gives the files."""
    clinics = [{"resourceType": "Location", "id": f"c{n}", "name": f"Clinic {n}"} for n in range(4)]
    doctors = [
        {"resourceType": "Practitioner", "id": f"d{n}", "name": [{"family": f"Doctor {n}", "given": ["Ada"]}]}
        for n in range(20)
    ]
    kinds = {
        "Location": clinics,
        "Practitioner": doctors,
        "Patient": map(_patient, range(PATIENTS)),
        "Appointment": map(_appointment, range(VISITS)),
        "Encounter": map(_encounter, range(VISITS)),
    }
    files = []
    for kind, resources in kinds.items():
        path = folder / f"{kind}.ndjson"
        path.write_bytes(b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in resources))
        files.append(path)
    return files


def _patient(n: int) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": f"p{n}",
        "identifier": [{"type": {"coding": [{"code": "MR"}]}, "system": "urn:bench", "value": f"{n:06}"}],
        "name": [{"use": "official", "family": f"Family{n % 997}", "given": ["Jane", f"Given{n % 89}"]}],
        "telecom": [{"system": "phone", "value": f"555-{n:07}"}, {"system": "email", "value": f"p{n}@example.org"}],
        "gender": ("female", "male")[n % 2],
        "birthDate": f"{1930 + n % 90}-{n % 12 + 1:02}-{n % 28 + 1:02}",
        "address": [{"line": [f"{n} Main Street"], "city": "Springfield", "postalCode": f"{n % 99999:05}"}],
        "generalPractitioner": [{"reference": f"Practitioner/d{n % 20}"}],
    }


def _times(n: int) -> list[str]:
    """Booked, planned start and end, arrived, started, finished."""
    start = _START + timedelta(days=n // 40, minutes=15 * (n % 40))
    minutes = (-60 * 24 * (n % 30), 0, 30, n % 20 - 15, n % 11, 25 + n % 11)
    return [(start + timedelta(minutes=each)).isoformat() for each in minutes]


def _appointment(n: int) -> dict[str, Any]:
    booked, start, end, arrived, started, finished = _times(n)
    stamps = {"arrived": arrived, "started": started, "finished": finished}
    return {
        "resourceType": "Appointment",
        "id": f"a{n}",
        "extension": [{"url": _EXTENSION + name, "valueInstant": at} for name, at in stamps.items()],
        "status": "fulfilled",
        "serviceType": [{"coding": [{"code": f"t{n % 6}", "display": f"Type {n % 6}"}]}],
        "start": start,
        "end": end,
        "created": booked,
        "participant": [
            {"actor": {"reference": f"Patient/p{n % PATIENTS}"}, "status": "accepted"},
            {"actor": {"reference": f"Practitioner/d{n % 20}"}, "status": "accepted"},
            {"actor": {"reference": f"Location/c{n % 4}"}, "status": "accepted"},
        ],
    }


def _encounter(n: int) -> dict[str, Any]:
    _, _, _, arrived, started, finished = _times(n)
    return {
        "resourceType": "Encounter",
        "id": f"e{n}",
        "status": "finished",
        "statusHistory": [
            {"status": "arrived", "period": {"start": arrived, "end": started}},
            {"status": "in-progress", "period": {"start": started, "end": finished}},
        ],
        "class": {"code": "AMB"},
        "subject": {"reference": f"Patient/p{n % PATIENTS}"},
        "appointment": [{"reference": f"Appointment/a{n}"}],
        "participant": [{"individual": {"reference": f"Practitioner/d{n % 20}"}}],
        "period": {"start": started, "end": finished},
        "location": [{"location": {"reference": f"Location/c{n % 4}"}}],
    }


def _parse(files: list[Path]) -> float:
    started = time.perf_counter()
    for path in files:
        with path.open("rb") as lines:
            for line in lines:
                orjson.loads(line)
    return time.perf_counter() - started


def _copy(url: str) -> tuple[float, int]:
    """Seconds to COPY the imported rows into tables like theirs, and how many rows that are."""
    seconds, rows = 0.0, 0
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for table in TABLES:
            data = io.BytesIO()
            with connection.cursor().copy(f"COPY {table} TO STDOUT") as source:
                for block in source:
                    data.write(block)
            _like(connection, table)
            started = time.perf_counter()
            with connection.cursor() as cursor, cursor.copy(f"COPY bare_{table} FROM STDIN") as target:
                target.write(data.getvalue())
            seconds += time.perf_counter() - started
            rows += data.getvalue().count(b"\n")
    return seconds, rows


def _like(connection: psycopg.Connection, table: str) -> None:
    connection.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
    keys = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
    for (definition,) in connection.execute(keys, (table,)).fetchall():
        connection.execute(f"ALTER TABLE bare_{table} ADD {definition}")


if __name__ == "__main__":
    main()
