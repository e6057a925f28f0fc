"""Files in: who may, what is kept, what is refused."""

import gzip
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actor import system_actor
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import ImportReject, ImportRun, Job
from app.models.audit import AuditEvent
from app.services import imports

PATIENT = b'{"resourceType": "Patient", "id": "p1", "gender": "female"}\n'


def _runs(organization) -> list[ImportRun]:
    with tenant_scope(organization.id):
        return list(db.session.scalars(select(ImportRun)))


def test_an_upload_by_page_becomes_a_run_and_a_job(signed_in, organization, config):
    token = signed_in.form_token("/imports")
    file = (io.BytesIO(PATIENT), "../../visits 2026.ndjson")
    answer = signed_in.post("/imports", data={"csrf_token": token, "file": file, "source": "upload"})
    (run,) = _runs(organization)
    assert answer.location == f"/imports/{run.id}"
    assert (run.state, run.name) == ("pending", "visits_2026.ndjson")
    assert run.path.startswith(str(config.home / "imports" / str(organization.id)))
    assert db.session.query(Job).filter_by(kind="import.run", subject_id=run.id).count() == 1
    page = signed_in.get(answer.location)
    assert "Waiting for a worker" in page.text
    assert "data-poll" in page.text


def test_an_upload_by_a_program_is_the_body_itself_or_a_part(program, bearer, organization):
    raw = program.post("/api/v1/imports?name=a.ndjson.gz", data=gzip.compress(PATIENT), headers=bearer)
    assert raw.status_code == 202
    assert program.get(raw.headers["Location"], headers=bearer).json["state"] == "pending"
    part = program.post("/api/v1/imports", data={"file": (io.BytesIO(PATIENT), "b.ndjson")}, headers=bearer)
    assert part.json["name"] == "b.ndjson"


@pytest.mark.parametrize("name", ["a.exe", "", "ndjson", ".ndjson", "a.ndjson.exe", "../.."])
def test_another_kind_of_file_is_refused_and_not_kept(program, bearer, organization, config, name):
    before = sorted((config.home / "imports").glob("*/*"))
    answer = program.post(f"/api/v1/imports?name={name}", data=PATIENT, headers=bearer)
    assert answer.status_code == 422
    assert sorted((config.home / "imports").glob("*/*")) == before
    assert _runs(organization) == []


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("patients.csv", "clinics.csv.gz", "README.txt"), "csv"),
        (("Patient.ndjson",), "fhir"),
        (("notes.txt",), "fhir"),
    ],
)
def test_a_zip_is_what_the_files_in_it_are(program, bearer, organization, names, kind):
    answer = program.post("/api/v1/imports?name=a.ZIP", data=_zip(*names), headers=bearer)
    assert answer.status_code == 202
    assert [run.kind for run in _runs(organization)] == [kind]


def test_a_zip_of_both_kinds_is_refused_and_not_kept(program, bearer, organization, config):
    before = sorted((config.home / "imports").glob("*/*"))
    answer = program.post("/api/v1/imports?name=a.zip", data=_zip("a.csv", "b.json"), headers=bearer)
    assert (answer.status_code, answer.json["error"]["message"]) == (
        422,
        "The zip holds both CSV and FHIR files. Send them in two.",
    )
    assert sorted((config.home / "imports").glob("*/*")) == before
    assert _runs(organization) == []


def _zip(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "id\n1\n")
    return packed.getvalue()


def test_a_file_over_the_limit_is_refused_and_not_kept(program, bearer, organization, config, monkeypatch):
    monkeypatch.setattr(imports, "LARGEST", 10)
    answer = program.post("/api/v1/imports?name=a.ndjson", data=PATIENT, headers=bearer)
    assert answer.status_code == 413
    assert _runs(organization) == []


def test_a_doctor_uploads_nothing(browser, make_person):
    person = make_person(Role.DOCTOR)
    browser.log_in(person.email)
    assert browser.get("/imports").status_code == 403


@pytest.fixture
def rejected(session, organization) -> ImportRun:
    """A run that is over and refused two records."""
    with tenant_scope(organization.id):
        run = ImportRun(
            organization_id=organization.id,
            id=new_id(),
            kind="fhir",
            name="visits.ndjson",
            state="completed",
            counts={"Appointment": {"read": 5, "stored": 3, "unchanged": 0, "unused": 0, "rejected": 2}},
            checkpoint={},
            created_at=db.func.now(),
        )
        db.session.add(run)
        db.session.flush()
        for line, reason in ((7, "=cmd()"), (9, "ends before it starts")):
            db.session.add(
                ImportReject(
                    organization_id=organization.id,
                    id=new_id(),
                    import_run_id=run.id,
                    file="visits.ndjson",
                    line=line,
                    path="Appointment.end",
                    code="order",
                    reason=reason,
                )
            )
        db.session.commit()
    return run


def test_rejects_are_listed_and_downloaded_without_formulas(signed_in, rejected):
    page = signed_in.get(f"/imports/{rejected.id}")
    assert "ends before it starts" in page.text
    assert "data-poll" not in page.text
    answer = signed_in.get(f"/imports/{rejected.id}/rejects.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.text.splitlines() == [
        "file,line,path,code,reason",
        "visits.ndjson,7,Appointment.end,order,'=cmd()",
        "visits.ndjson,9,Appointment.end,order,ends before it starts",
    ]


def test_htmx_gets_the_block_alone(signed_in, rejected):
    part = signed_in.get(f"/imports/{rejected.id}", headers={"HX-Request": "true"}).text
    assert 'id="run"' in part
    assert "<html" not in part


def test_a_waiting_run_can_be_taken_back(signed_in, program, bearer, organization):
    run_id = program.post("/api/v1/imports?name=a.ndjson", data=PATIENT, headers=bearer).json["id"]
    signed_in.send(f"/imports/{run_id}/cancel", page="/imports")
    assert program.get(f"/api/v1/imports/{run_id}", headers=bearer).json["state"] == "cancelled"
    assert db.session.query(Job).filter_by(subject_id=run_id).one().state == "cancelled"


def _uploaded(program, bearer) -> str:
    return program.post("/api/v1/imports?name=a.ndjson", data=PATIENT, headers=bearer).json["id"]


def test_an_uploaded_file_goes_once_its_run_is_completed_and_both_ends_are_audited(
    program, bearer, organization, config
):
    run_id = UUID(_uploaded(program, bearer))
    with tenant_scope(organization.id):
        run = imports.perform(system_actor(organization.id), run_id)
        assert Path(run.path).is_file()
        imports.discard_upload(config.home, run)
        assert not Path(run.path).parent.exists()
        query = select(AuditEvent).where(AuditEvent.organization_id == organization.id).order_by(AuditEvent.seq)
        lines = [line for line in db.session.scalars(query) if line.object_id == str(run_id)]
    assert [line.action for line in lines] == ["import.start", "import.end"]
    assert lines[-1].details == {
        "source": "upload", "read": 1, "stored": 1, "unchanged": 0, "unused": 0, "rejected": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "days", "is_kept"),
    [
        ("pending", 30, True),
        ("running", 30, True),
        ("failed", 13, True),
        ("failed", 15, False),
        ("cancelled", 0, False),
        ("completed", 0, False),
    ],
)
def test_the_sweep_keeps_files_that_may_still_be_read(organization, tmp_path, state, days, is_kept):
    folder = tmp_path / "imports" / str(organization.id) / "018f0000-0000-7000-8000-000000000000"
    folder.mkdir(parents=True)
    (folder / "a.ndjson").write_bytes(PATIENT)
    with tenant_scope(organization.id):
        ended = clock.now() - timedelta(days=days)
        db.session.add(
            ImportRun(
                organization_id=organization.id,
                id=new_id(),
                kind="fhir",
                name="a.ndjson",
                path=str(folder / "a.ndjson"),
                state=state,
                counts={},
                checkpoint={},
                created_at=ended,
                finished_at=ended,
            )
        )
        db.session.commit()
    assert imports.sweep_uploads(tmp_path) == (0 if is_kept else 1)
    assert folder.exists() is is_kept
