"""Records that are pushed: answered one by one, stored together, marked and rung."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from app.core import versions
from app.core.actor import system_actor
from app.core.errors import Forbidden
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest import push
from app.ingest.reject import Reject
from app.models import Source
from tests.ingest.conftest import APPOINTMENT, CLINIC, DOCTOR, PATIENT, ROOM, VISIT


def _outcomes(answers) -> list[tuple[str, int]]:
    return [(answer.outcome, answer.status) for answer in answers]


def _bundle(kind: str, *resources: dict) -> dict:
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def test_a_pushed_change_is_stored_marked_and_rung(load, ndjson, system, rows, session):
    load(ndjson(*VISIT[:5]))
    before = len(rows("rollup_dirty"))
    versions.wait(0.01)
    assert _outcomes(push.store(system, [APPOINTMENT | {"status": "arrived"}])) == [("stored", 200)]
    assert [row["status"] for row in rows("appointments")] == ["arrived"]
    assert len(rows("rollup_dirty")) > before
    assert versions.wait(1) == {system.organization_id}


def test_a_push_means_the_record_that_another_source_imported(load, ndjson, system, rows):
    load(ndjson(*VISIT[:5]))
    push.store(system, [PATIENT | {"gender": "other"}, APPOINTMENT | {"id": "new", "start": "2025-04-01T15:00:00Z"}])
    assert [row["sex"] for row in rows("patients")] == ["other"]
    assert {row["patient_id"] for row in rows("appointments")} == {rows("patients")[0]["id"]}


def test_a_name_that_two_sources_use_for_two_records_is_no_ones(load, ndjson, system, rows):
    load(ndjson(PATIENT), source="a")
    load(ndjson(PATIENT), source="b")
    push.store(system, [PATIENT | {"gender": "other"}])
    assert sorted(row["sex"] for row in rows("patients")) == ["female", "female", "other"]


def test_each_push_is_a_new_word(system, rows):
    for gender, status in (("male", 201), ("female", 200), ("male", 200)):
        assert _outcomes(push.store(system, [PATIENT | {"gender": gender}])) == [("stored", status)]
    assert _outcomes(push.store(system, [PATIENT | {"gender": "male"}])) == [("unchanged", 200)]
    assert [row["sex"] for row in rows("patients")] == ["male"]


def test_the_first_pushes_of_an_organization_may_come_at_once(app, committed):
    actor, ready = system_actor(committed.id), Barrier(4)

    def push_one(number: int) -> list[tuple[str, int]]:
        with app.app_context():
            ready.wait()
            return _outcomes(push.store(actor, [PATIENT | {"id": f"patient-{number}"}]))

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(push_one, range(4))) == [[("stored", 201)]] * 4
    with tenant_scope(committed.id):
        found = select(Source.key).where(Source.organization_id == committed.id)
        assert db.session.scalars(found).all() == ["push"]


def test_a_transaction_with_one_bad_entry_stores_nothing(system, rows):
    answers = push.store_bundle(system, _bundle("transaction", CLINIC, PATIENT | {"gender": "x"}, DOCTOR))
    assert _outcomes(answers) == [("rejected", 424), ("rejected", 422), ("rejected", 424)]
    assert answers[1].issues()["issue"][0]["expression"] == ["Bundle.entry[1].resource.Patient.gender"]
    assert rows("clinics") == []


def test_a_batch_stores_what_is_good(system, rows):
    observation = {"resourceType": "Observation", "id": "o"}
    answers = push.store_bundle(system, _bundle("batch", CLINIC, PATIENT | {"gender": "x"}, observation))
    assert _outcomes(answers) == [("stored", 201), ("rejected", 422), ("unused", 200)]
    assert len(rows("clinics")) == 1


def test_a_bundles_own_names_are_understood(system, rows):
    entry = {
        "fullUrl": "urn:uuid:6f1c0a40-1111-4222-8333-444455556666",
        "resource": {k: v for k, v in PATIENT.items() if k != "id"},
    }
    visit = APPOINTMENT | {"participant": [{"actor": {"reference": entry["fullUrl"]}}]}
    push.store_bundle(system, {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": visit}, entry]})
    assert [row["patient_id"] for row in rows("appointments")] == [rows("patients")[0]["id"]]


@pytest.mark.parametrize("bundle", [{"resourceType": "Bundle", "type": "history"}, PATIENT, {"resourceType": "Bundle"}])
def test_what_is_no_bundle_to_store_is_refused(system, bundle):
    with pytest.raises(Reject):
        push.store_bundle(system, bundle)


def test_only_who_may_push_pushes(make_actor):
    with pytest.raises(Forbidden):
        push.store(make_actor(Role.DOCTOR), [PATIENT])


def test_the_body_of_a_request_is_read_as_strictly_as_a_file():
    with pytest.raises(Reject, match="same element twice"):
        push.read(b'{"resourceType":"Patient","id":"a","id":"b"}')


def test_one_appointment_takes_milliseconds(load, ndjson, system):
    load(ndjson(CLINIC, ROOM, DOCTOR, PATIENT, APPOINTMENT))
    taken = []
    for minute in range(10, 40):
        started = time.perf_counter()
        push.store(system, [APPOINTMENT | {"end": f"2025-03-03T04:{minute}:00Z"}])
        taken.append(time.perf_counter() - started)
    assert sorted(taken)[len(taken) // 2] < 0.1
    print(f"median push: {sorted(taken)[len(taken) // 2] * 1000:.1f} ms")
