"""FHIR resources that other systems push: what is stored, what is answered, and when the dashboards show it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import versions
from app.core.clock import now
from app.core.permissions import Permission, Role
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.ingest.mapping.fhir import MAPPERS
from app.models import Appointment, Clinic, Patient
from app.models.audit import AuditEvent
from app.services.identity import api_tokens
from tests.fixtures.clients import PASSWORD
from workers import refresher

CLINIC = {"resourceType": "Location", "id": "L1", "status": "active", "name": "Downtown"}


def patient(name: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1980-05-17", **more}


def appointment(name: str, status: str = "booked", **more: Any) -> dict[str, Any]:
    start = now().replace(minute=0, second=0, microsecond=0)
    return {
        "resourceType": "Appointment",
        "id": name,
        "status": status,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=30)).isoformat(),
        "participant": [
            {"actor": {"reference": "Patient/P1"}, "status": "accepted"},
            {"actor": {"reference": "Location/L1"}, "status": "accepted"},
        ],
        **more,
    }


def bundle(kind: str, *resources: dict[str, Any]) -> dict[str, Any]:
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


@pytest.fixture
def send(program, bearer):
    """Sends a body to /fhir as the administrator's program."""

    def send(body: Any, path: str = "/fhir", method: str = "POST", **headers: str):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = headers.pop("content_type", "application/fhir+json")
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return program.open(path, method=method, data=data, content_type=kind, headers=bearer | more)

    return send


@pytest.fixture
def count(scope):
    """How many rows of a table the organization has."""
    return lambda table: db.session.scalar(select(func.count()).select_from(table)) or 0


def _statuses(answer) -> list[str]:
    return [entry["response"]["status"] for entry in answer.json["entry"]]


def test_a_new_resource_is_created_and_a_changed_one_is_stored_in_its_place(send, count):
    created = send(patient("P1"), "/fhir/Patient/P1", "PUT")
    again = send(patient("P1"), "/fhir/Patient/P1", "PUT")
    changed = send(patient("P1", gender="male"), "/fhir/Patient/P1", "PUT")
    assert (created.status_code, created.headers["Location"]) == (201, "/fhir/Patient/P1")
    assert [answer.status_code for answer in (again, changed)] == [200, 200]
    said = [answer.json["issue"][0]["diagnostics"] for answer in (created, again, changed)]
    assert said == ["stored", "unchanged", "stored"]
    assert count(Patient) == 1


def test_a_resource_without_an_id_is_known_by_its_content(send, count):
    body = {"resourceType": "Patient", "gender": "female", "birthDate": "1980-05-17"}
    first, second = send(body, "/fhir/Patient"), send(body, "/fhir/Patient")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Location"].startswith("/fhir/Patient/sha256-")
    assert count(Patient) == 1


def test_both_media_types_are_taken_and_the_answer_is_fhir(send):
    for kind in ("application/fhir+json", "application/json; charset=utf-8"):
        answer = send(patient("P1"), "/fhir/Patient", content_type=kind)
        assert answer.status_code in (200, 201)
        assert answer.mimetype == "application/fhir+json"
    assert send(b"<Patient/>", "/fhir/Patient", content_type="application/fhir+xml").status_code == 415


def test_a_transaction_is_stored_as_a_whole(send, count):
    answer = send(bundle("transaction", CLINIC, patient("P1"), appointment("A1")))
    assert answer.status_code == 200
    assert answer.json["type"] == "transaction-response"
    assert _statuses(answer) == ["201 Created"] * 3
    assert answer.json["entry"][2]["response"]["location"] == "Appointment/A1"
    assert [count(table) for table in (Clinic, Patient, Appointment)] == [1, 1, 1]


def test_a_transaction_with_one_bad_entry_stores_nothing(send, count):
    answer = send(bundle("transaction", CLINIC, patient("P1"), appointment("A1", "dancing")))
    assert answer.status_code == 422
    (issue,) = answer.json["issue"]
    assert issue["expression"] == ["Bundle.entry[2].resource.Appointment.status"]
    assert [count(table) for table in (Clinic, Patient, Appointment)] == [0, 0, 0]


def test_each_entry_of_a_batch_stands_alone(send, count):
    answer = send(bundle("batch", CLINIC, patient("P1", gender="purple"), appointment("A1")))
    assert answer.json["type"] == "batch-response"
    assert _statuses(answer) == ["201 Created", "422 Unprocessable Entity", "201 Created"]
    assert [count(table) for table in (Clinic, Patient, Appointment)] == [1, 0, 1]


def test_an_entry_may_not_ask_for_anything_but_to_be_stored(send, count):
    body = bundle("batch", patient("P1"), patient("P2"), patient("P3"))
    body["entry"][0]["request"]["method"] = "DELETE"
    body["entry"][1]["request"]["url"] = "Patient/P9"
    body["entry"][2]["request"]["ifNoneExist"] = "identifier=1"
    assert _statuses(send(body)) == ["422 Unprocessable Entity"] * 3
    assert count(Patient) == 0


DEEP = b'{"resourceType":"Patient","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BROKEN = {
    "no JSON": b"{",
    "an array": b"[]",
    "nothing": b"",
    "nested deeply": DEEP,
    "NaN": b'{"resourceType":"Patient","id":"P1","multipleBirthInteger":NaN}',
    "a duplicate key": b'{"resourceType":"Patient","id":"P1","gender":"male","gender":"female"}',
    "an escaped NUL": b'{"resourceType":"Patient","id":"P1","language":"a\\u0000b"}',
    "a raw NUL": b'{"resourceType":"Patient","id":"P1","language":"a\x00b"}',
    "half a character": b'{"resourceType":"Patient","id":"P1","language":"\\ud800"}',
    "Latin-1": '{"resourceType":"Patient","id":"P1","language":"é"}'.encode("latin-1"),
    "an empty element": b'{"resourceType":"Patient","id":"P1","name":[]}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_body_that_is_no_strict_json_is_refused(send, count, body):
    for path in ("/fhir/Patient", "/fhir"):
        answer = send(body, path)
        assert answer.status_code == 400, path
        assert answer.json["resourceType"] == "OperationOutcome"
    assert count(Patient) == 0


def test_an_address_and_its_body_name_the_same_record(send, count):
    assert send(patient("P1"), "/fhir/Appointment").status_code == 400
    assert send(patient("P1"), "/fhir/Patient/P2", "PUT").status_code == 400
    assert send(patient("P1"), "/fhir/Sandwich").status_code == 404
    assert send(patient("P1"), "/fhir/Patient", If_None_Exist="identifier=1").status_code == 412
    assert count(Patient) == 0


def test_what_cannot_be_used_is_refused_with_its_place(send):
    answer = send(appointment("A1", "dancing"), "/fhir/Appointment")
    assert answer.status_code == 422
    assert answer.json["issue"][0]["expression"] == ["Appointment.status"]
    assert send({"resourceType": "Bundle", "type": "history"}).status_code == 422
    assert send(patient("P1")).status_code == 422


def test_a_body_over_the_limit_is_refused(send, count):
    answer = send(patient("P1", text={"div": "x" * 1024 * 1024}), "/fhir/Patient")
    assert answer.status_code == 413
    assert answer.json["issue"][0]["code"] == "too-long"
    assert send(bundle("batch", *(patient(f"P{n}") for n in range(2001)))).status_code == 413
    assert count(Patient) == 0


def test_every_type_that_is_mapped_has_an_address(send):
    for kind in MAPPERS:
        assert send({"resourceType": "Sandwich"}, f"/fhir/{kind}").status_code == 400, kind


def test_a_personal_token_for_pushing_pushes_and_opens_nothing_else(program, make_actor, admin, scope):
    actor = replace(make_actor(Role.ADMIN), user_id=admin.user.id)
    token = api_tokens.make(actor, "Interface engine", only=[Permission.DATA_PUSH])
    header = {"Authorization": f"Bearer {token}"}
    assert program.put("/fhir/Patient/P1", json=patient("P1"), headers=header).status_code == 201
    assert program.get("/api/v1/imports/0190a5b0-0000-7000-8000-000000000000", headers=header).status_code == 403


def test_who_may_not_push_gets_an_outcome_and_stores_nothing(program, make_person, count):
    doctor = make_person(Role.DOCTOR)
    token = program.post("/api/auth/token", json={"email": doctor.email, "password": PASSWORD}).json["access_token"]
    for headers, status in (({"Authorization": f"Bearer {token}"}, 403), ({}, 401)):
        answer = program.post("/fhir/Patient", json=patient("P1"), headers=headers)
        assert (answer.status_code, answer.json["resourceType"]) == (status, "OperationOutcome")
    assert count(Patient) == 0


@pytest.fixture
def board(send, signed_in, count):
    """A clinic with one booked appointment today, summed up; asks for its flow as a page does."""
    send(bundle("transaction", CLINIC, patient("P1"), appointment("A1")))
    assert refresher.refresh_rung()
    clinic = db.session.scalars(select(Clinic)).one()

    def ask(tag: str | None = None):
        headers = {"HX-Request": "true"} | ({"HX-PTag": tag} if tag else {})
        return signed_in.get(f"/clinics/{clinic.id}/widgets/flow", headers=headers)

    ask.clinic = clinic
    return ask


def test_a_pushed_change_moves_the_version_and_is_on_the_polled_fragment(send, board, organization):
    before, version = board(), versions.current(organization.id, board.clinic.id)
    tag = before.headers["HX-PTag"]
    assert board(tag).status_code == 304
    assert send(appointment("A1", "noshow"), "/fhir/Appointment/A1", "PUT").status_code == 200
    assert refresher.refresh_rung()
    after = board(tag)
    assert versions.current(organization.id, board.clinic.id) == version + 1
    assert after.status_code == 200
    assert after.text != before.text
    assert board(after.headers["HX-PTag"]).status_code == 304


def test_the_same_push_again_says_unchanged_and_moves_nothing(send, board, organization):
    version, tag = versions.current(organization.id, board.clinic.id), board().headers["HX-PTag"]
    answer = send(bundle("transaction", CLINIC, patient("P1"), appointment("A1")))
    assert [entry["response"]["outcome"]["issue"][0]["diagnostics"] for entry in answer.json["entry"]] == [
        "unchanged"
    ] * 3
    assert store.client.llen(versions.BELL) == 0
    refresher.sweep()
    assert versions.current(organization.id, board.clinic.id) == version
    assert board(tag).status_code == 304


def test_each_push_leaves_one_audit_line_with_counts_and_no_patient(send, organization):
    send(bundle("batch", CLINIC, patient("P1"), patient("P2", gender="woman")))
    send(patient("P1"), "/fhir/Patient/P1", "PUT")
    with tenant_scope(organization.id):
        query = select(AuditEvent).where(AuditEvent.organization_id == organization.id, AuditEvent.action == "push")
        lines = db.session.scalars(query.order_by(AuditEvent.seq)).all()
    assert [line.details for line in lines] == [
        {"source": "push", "read": 3, "stored": 2, "rejected": 1},
        {"source": "push", "read": 1, "unchanged": 1},
    ]
    assert {line.patient_id for line in lines} == {None}
