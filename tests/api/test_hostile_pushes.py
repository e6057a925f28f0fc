"""Pushes and uploads made to break the door: each is answered with a reason, and nothing of it is stored."""

import gzip
import json
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import ImportRun, Patient

GOOD = {"resourceType": "Patient", "id": "x", "gender": "female"}


def _body(**more: Any) -> bytes:
    return json.dumps(GOOD | more).encode()


@pytest.fixture
def patients(organization):
    """How many patients the organization has now."""

    def read() -> int | None:
        with tenant_scope(organization.id):
            query = select(func.count()).select_from(Patient).where(Patient.organization_id == organization.id)
            return db.session.scalar(query)

    return read


BODIES = {
    "nothing": b"",
    "blanks": b"  \n",
    "deep arrays": b'{"resourceType":"Patient","id":"x","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "1e400": b'{"resourceType":"Patient","id":"x","a":1e400}',
    "NaN": b'{"resourceType":"Patient","id":"x","a":NaN}',
    "duplicate keys": b'{"resourceType":"Patient","id":"x","id":"x"}',
    "a lone surrogate": b'{"resourceType":"Patient","id":"x","language":"\\udfff"}',
    "a byte order mark": b"\xef\xbb\xbf" + _body(),
    "UTF-16": _body().decode().encode("utf-16"),
    "UTF-32": _body().decode().encode("utf-32"),
    "a NUL": _body(language="\x00"),
    "gzip": gzip.compress(_body()),
    "two documents": _body() + _body(),
    "an array": b"[" + _body() + b"]",
    "null": b"null",
    "a type in lower case": _body(resourceType="patient"),
    "a type with a blank": _body(resourceType="Patient "),
    "a type that is a list": _body(resourceType=["Patient"]),
    "no type": b'{"id":"x"}',
    "an id as number": _body(id=1),
    "another id": _body(id="y"),
    "a path for an id": _body(id="../x"),
    "year 0": _body(birthDate="0000-00-00"),
    "year 9999": _body(birthDate="9999-12-31"),
    "a date as list": _body(birthDate=["1980-01-01"]),
    "a name as text": _body(name="Roe"),
    "names as texts": _body(name=["Roe"]),
    "names as lists": _body(name=[[["Roe"]]]),
    "given names as objects": _body(name=[{"given": [{"a": 1}]}]),
    "a use that is a list": _body(name=[{"use": ["official"], "family": "Roe"}]),
    "a system that is an object": _body(telecom=[{"system": {"a": 1}, "value": "1"}]),
    "a link as text": _body(link=["Patient/y"]),
    "a link's type as list": _body(link=[{"type": ["replaced-by"]}]),
    "an identifier's coding as text": _body(identifier=[{"type": {"coding": ["MR"]}, "value": "1"}]),
    "meta as text": _body(meta="x"),
    "meta as list": _body(meta=[{"lastUpdated": 1}]),
    "an extension as text": _body(extension="x"),
    "an extension without url": _body(extension=[{"valueDate": "2020-01-01"}]),
    "an extension of another type": _body(
        extension=[{"url": "https://mediconnect.example/fhir/registered", "valueDate": {"a": 1}}]
    ),
    "contained as text": _body(contained=["x"]),
    "a reference as text": _body(managingOrganization="Organization/x"),
    "a reference as number": _body(managingOrganization={"reference": 7}),
    "an identifier as reference": _body(managingOrganization={"identifier": "x"}),
}
HARMLESS = {"a use that is a list", "a system that is an object", "a link's type as list", "meta as text"} | {
    "meta as list",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_resource_that_cannot_be_used_is_refused_and_not_stored(program, bearer, patients, name):
    answer = program.put(
        "/fhir/Patient/x", data=BODIES[name], headers=bearer, content_type="application/fhir+json; charset=utf-8"
    )
    assert answer.status_code in ((400, 422) if name not in HARMLESS else (200, 201, 422)), answer.text
    assert answer.json["resourceType"] == "OperationOutcome"
    assert patients() == (1 if answer.status_code in (200, 201) else 0)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_a_bundle_with_such_an_entry_is_answered(program, bearer, patients, name, kind):
    text = b'{"resourceType":"Bundle","type":"%s","entry":[{"resource":%s}]}' % (kind.encode(), BODIES[name] or b"null")
    answer = program.post("/fhir", data=text, headers=bearer, content_type="application/fhir+json")
    assert answer.status_code in (200, 400, 422)
    assert answer.json["resourceType"] in ("OperationOutcome", "Bundle")


BUNDLES = {
    "entries as object": {"entry": {"a": 1}},
    "entries as text": {"entry": "x"},
    "an entry as list": {"entry": [[]]},
    "an entry as text": {"entry": ["x"]},
    "a request as text": {"entry": [{"resource": GOOD, "request": "PUT"}]},
    "a method as list": {"entry": [{"resource": GOOD, "request": {"method": ["PUT"], "url": "Patient/x"}}]},
    "a method as object": {"entry": [{"resource": GOOD, "request": {"method": {"a": 1}}}]},
    "deletion": {"entry": [{"resource": GOOD, "request": {"method": "DELETE", "url": "Patient/x"}}]},
    "an address elsewhere": {"entry": [{"resource": GOOD, "request": {"method": "PUT", "url": "../Patient/x"}}]},
    "a type as list": {"type": ["batch"], "entry": []},
    "a type as object": {"type": {"a": 1}, "entry": []},
    "no type": {"type": None, "entry": []},
    "2,001 entries": {"entry": [{"resource": GOOD}] * 2001},
}


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_of_a_wrong_form_is_refused_and_not_stored(program, bearer, patients, name):
    body = json.dumps({"resourceType": "Bundle", "type": "transaction"} | BUNDLES[name])
    answer = program.post("/fhir", data=body, headers=bearer, content_type="application/fhir+json")
    assert answer.status_code in (400, 413, 422)
    assert answer.json["resourceType"] == "OperationOutcome"
    assert patients() == 0


def test_a_bundle_within_a_bundle_brings_nothing(program, bearer, patients):
    inner = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": GOOD}]}
    outer = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": inner}]}
    answer = program.post("/fhir", json=outer, headers=bearer)
    assert answer.status_code == 200
    assert patients() == 0


def test_two_entries_of_one_id_in_a_transaction_leave_one_record(program, bearer, patients):
    entries = [{"resource": GOOD}, {"resource": GOOD | {"gender": "male"}}]
    body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert program.post("/fhir", json=body, headers=bearer).status_code == 200
    assert patients() == 1


@pytest.mark.parametrize("path", ["/fhir/Patient/%00", "/fhir/Patient/..%2Fx", "/fhir/patient/x", "/fhir/Patient/%ff"])
def test_an_address_of_no_record_is_refused(program, bearer, patients, path):
    answer = program.put(path, data=_body(), headers=bearer, content_type="application/fhir+json")
    assert answer.status_code in (400, 404)
    assert patients() == 0


@pytest.mark.parametrize(
    "query",
    [
        "name=a.ndjson&source=a%00b",
        "name=a.csv&mapping=/etc/passwd",
        "name=a.csv&mapping=../../pyproject",
        "name=a.csv&mapping=%00",
        "name=a.zip",
        "name=%00.csv.exe",
        f"name=a.ndjson&source={'x' * 81}",
    ],
)
def test_an_upload_of_a_wrong_form_is_refused_and_not_kept(program, bearer, organization, config, query):
    before = sorted((config.home / "imports").glob("*/*"))
    answer = program.post(f"/api/v1/imports?{query}", data=_body(), headers=bearer)
    assert answer.status_code == 422
    assert sorted((config.home / "imports").glob("*/*")) == before
    with tenant_scope(organization.id):
        assert db.session.scalars(select(ImportRun).where(ImportRun.organization_id == organization.id)).all() == []
