"""A visit told in FHIR: what is stored of it, in whatever order it comes, and how often it comes."""

from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.actor import system_actor
from app.core.ids import new_id
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest.run import import_path
from app.models import Patient
from app.services.organizations import create_organization
from tests.ingest.conftest import APPOINTMENT, CLINIC, DOCTOR, ENCOUNTER, PATIENT, ROOM, VISIT, count


def test_an_appointment_gets_places_stamps_and_local_times(load, ndjson, rows):
    run = load(ndjson(*VISIT))
    (visit,) = rows("appointments")
    assert run.waiting == 0
    assert visit["clinic_id"] == rows("clinics")[0]["id"]
    assert visit["room_id"] == rows("rooms")[0]["id"]
    assert visit["practitioner_id"] == rows("practitioners")[0]["id"]
    assert visit["status"] == "completed"
    assert visit["arrived_at"] == datetime(2025, 3, 3, 2, 25, tzinfo=UTC)
    assert (visit["local_day"], visit["local_hour"]) == (date(2025, 3, 2), 21)  # 21:30 of the day before in New York
    assert (visit["minutes"], visit["wait_minutes"], visit["start_delay_minutes"]) == (30, 12, 12)
    assert (visit["visit_minutes"], visit["cycle_minutes"], visit["lead_days"]) == (28, 45, 6)
    assert visit["unlinked_visit"] is False


def test_money_follows_its_parents(load, ndjson, rows):
    load(ndjson(*VISIT))
    (invoice,), (payment,) = rows("invoices"), rows("payments")
    assert (invoice["total"], invoice["paid"], invoice["balance"]) == (Decimal("100.10"), Decimal(40), Decimal("60.10"))
    assert invoice["service_day"] == date(2025, 3, 2)
    assert payment["clinic_id"] == invoice["clinic_id"] == rows("clinics")[0]["id"]
    assert payment["local_day"] == date(2025, 3, 20)


def test_names_are_sealed_and_open_again(load, ndjson, organization):
    load(ndjson(PATIENT))
    with tenant_scope(organization.id):
        (patient,) = db.session.query(Patient)
        assert b"Roe" not in bytes(patient.name_sealed)
        assert patient.name == "Roe, Jane"


def test_a_second_import_changes_nothing(load, ndjson, rows):
    path = ndjson(*VISIT)
    load(path)
    before = rows("appointments")
    again = load(path)
    assert {kind: count(again, kind) for kind in again.counts} == {
        kind: (0, found["read"], 0, 0) for kind, found in again.counts.items()
    }
    assert rows("appointments") == before


def test_a_changed_record_replaces_its_row(load, ndjson, rows):
    load(ndjson(*VISIT[:5]))
    run = load(ndjson(APPOINTMENT | {"status": "noshow"}))
    assert count(run, "Appointment") == (1, 0, 0, 0)
    assert [row["status"] for row in rows("appointments")] == ["no_show"]


_TABLES = ("clinics", "rooms", "practitioners", "patients", "appointments", "encounters", "invoices", "payments")


def _import_in_parts(tmp_path, *parts: list[dict]) -> dict[str, object]:
    """Imports the parts into a new organization; gives what is stored, with names in place of ids."""
    organization_id = create_organization(f"o-{new_id()}", "Any", "America/Chicago").id
    for part in filter(None, parts):
        path = tmp_path / "part.ndjson"
        path.write_bytes(b"\n".join(map(orjson.dumps, part)))
        run = import_path(system_actor(organization_id), "clinic", "fhir", path)
    assert run.waiting == 0
    with tenant_scope(organization_id):
        names = dict(
            db.session.execute(text("SELECT record_id, name FROM source_records WHERE length(digest) > 1")).all()
        )
        found = {t: db.session.execute(text(f"SELECT * FROM {t} ORDER BY 1")).mappings().all() for t in _TABLES}
    left_out = ("_sealed", "_index", "organization_id")
    return {
        table: [{k: names.get(v, v) for k, v in row.items() if not k.endswith(left_out)} for row in rows]
        for table, rows in found.items()
    }


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(VISIT), cut=st.integers(0, len(VISIT)))
def test_any_order_in_any_two_parts_gives_the_same_rows(session, tmp_path, order, cut):
    assert _import_in_parts(tmp_path, order[:cut], order[cut:]) == _import_in_parts(tmp_path, VISIT)


def test_an_encounter_without_appointment_counts_as_an_unlinked_visit(load, ndjson, rows):
    alone = {key: value for key, value in ENCOUNTER.items() if key != "appointment"}
    inpatient = alone | {"id": "stay", "class": {"code": "IMP"}}
    load(ndjson(PATIENT, alone, inpatient))
    (visit,) = rows("appointments")
    assert (visit["status"], visit["unlinked_visit"], visit["lead_days"]) == ("completed", True, None)
    assert visit["start_delay_minutes"] is None  # nothing was planned that it could be late for
    assert [row["appointment_id"] is None for row in rows("encounters", order="setting")] == [False, True]


def test_what_was_entered_in_error_is_taken_out(load, ndjson, rows):
    load(ndjson(*VISIT))
    run = load(ndjson(APPOINTMENT | {"status": "entered-in-error"}))
    assert count(run, "Appointment") == (1, 0, 0, 0)
    assert rows("appointments") == []
    assert [row["appointment_id"] for row in rows("encounters")] == [None]


def test_an_unknown_record_entered_in_error_is_not_used(load, ndjson):
    assert count(load(ndjson(APPOINTMENT | {"status": "entered-in-error"})), "Appointment") == (0, 0, 1, 0)


def test_of_two_contents_under_one_id_one_is_taken_and_neither_is_news_again(load, ndjson, rows):
    path = ndjson(DOCTOR, DOCTOR | {"active": False})
    first, second = load(path), load(path)
    assert count(first, "Practitioner") == (1, 1, 0, 0)
    assert count(second, "Practitioner") == (0, 2, 0, 0)
    assert [row["active"] for row in rows("practitioners")] == [True]


def test_the_younger_version_wins_wherever_it_stands(load, ndjson, rows):
    old = PATIENT | {"gender": "male", "meta": {"lastUpdated": "2025-01-01T00:00:00Z"}}
    new = PATIENT | {"gender": "female", "meta": {"lastUpdated": "2025-02-01T00:00:00Z"}}
    for path in (ndjson(old, new), ndjson(new, old)):
        load(path)
        assert [row["sex"] for row in rows("patients")] == ["female"]


def test_a_location_named_like_its_organization_is_that_clinic(load, ndjson, rows):
    owner = {"resourceType": "Organization", "id": "org", "name": "Hilltop"}
    place = {"resourceType": "Location", "id": "loc", "name": "Hilltop"}
    managed = place | {"managingOrganization": {"reference": "Organization/org", "display": "Hilltop"}}
    seen = {key: value for key, value in ENCOUNTER.items() if key != "appointment"}
    run = load(ndjson(seen | {"location": [{"location": {"reference": "Location/loc"}}]}, managed, owner, PATIENT))
    (clinic,) = rows("clinics")
    assert run.waiting == 0
    assert [row["clinic_id"] for row in rows("encounters")] == [clinic["id"]]


def test_a_department_brings_its_clinic(load, ndjson, rows):
    part = {
        "resourceType": "Organization",
        "id": "cardio",
        "name": "Cardiology",
        "type": [{"coding": [{"code": "dept"}]}],
        "extension": [
            {"url": "https://mediconnect.example/fhir/clinic", "valueReference": {"reference": "Location/downtown"}}
        ],
    }
    seen = ENCOUNTER | {"serviceProvider": {"reference": "Organization/cardio"}}
    load(ndjson({k: v for k, v in seen.items() if k != "appointment"}, part, CLINIC))
    (encounter,) = rows("encounters")
    assert encounter["department_id"] == rows("departments")[0]["id"]
    assert encounter["clinic_id"] == rows("clinics")[0]["id"]


def test_slots_find_doctor_and_clinic_through_their_schedule(load, ndjson, rows):
    schedule = {
        "resourceType": "Schedule",
        "id": "s",
        "actor": [{"reference": "Practitioner/dr"}, {"reference": "Location/downtown"}],
    }
    slot = {"resourceType": "Slot", "schedule": {"reference": "Schedule/s"}, "start": "2025-03-03T14:00:00Z"}
    free = slot | {"id": "a", "status": "free", "end": "2025-03-03T14:30:00Z"}
    away = slot | {"id": "b", "status": "busy-unavailable", "end": "2025-03-03T15:00:00Z"}
    run = load(ndjson(free, away, schedule, DOCTOR, CLINIC))
    found = rows("availability", "kind, slots, minutes, clinic_id, practitioner_id", "kind")
    assert run.waiting == 0
    assert [(row["kind"], row["slots"], row["minutes"]) for row in found] == [("blocked", None, 60), ("open", 1, 30)]
    assert all(row["clinic_id"] and row["practitioner_id"] for row in found)


def test_decisions_on_a_claim_move_it(load, ndjson, rows):
    claim = {
        "resourceType": "Claim",
        "id": "c",
        "status": "active",
        "use": "claim",
        "created": "2025-03-05",
        "total": {"value": 120},
        "insurer": {"display": "Acme"},
    }
    decision = {"resourceType": "ClaimResponse", "status": "active", "request": {"reference": "Claim/c"}}
    denial = [{"category": {"coding": [{"code": "denialreason"}]}, "reason": {"coding": [{"code": "16"}]}}]
    denied = decision | {"id": "1", "created": "2025-03-10", "outcome": "complete", "adjudication": denial}
    paid = decision | {"id": "2", "created": "2025-04-02", "outcome": "complete", "payment": {"amount": {"value": 90}}}
    load(ndjson(paid, claim, denied))
    (stored,) = rows("claims")
    assert (stored["first_outcome"], stored["decided_day"]) == ("denied", date(2025, 3, 10))
    assert (stored["status"], stored["final_day"], stored["paid"]) == ("paid", date(2025, 4, 2), Decimal(90))


def test_a_survey_is_read_by_its_link_ids(load, ndjson, rows):
    survey = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "authored": "2025-03-05T10:00:00Z",
        "item": [
            {"linkId": "nps", "answer": [{"valueInteger": 9}]},
            {"linkId": "group", "item": [{"linkId": "csat", "answer": [{"valueInteger": 4}]}]},
        ],
        "extension": [
            {
                "url": "https://mediconnect.example/fhir/appointment",
                "valueReference": {"reference": "Appointment/visit"},
            }
        ],
    }
    load(ndjson(survey, *VISIT))
    (answer,) = rows("survey_answers")
    assert (answer["recommend"], answer["satisfaction"]) == (9, 4)
    assert answer["clinic_id"] == rows("clinics")[0]["id"]


@pytest.mark.parametrize("place", [ROOM, CLINIC])
def test_a_clinics_zone_that_changes_moves_its_days(load, ndjson, rows, place):
    load(ndjson(*VISIT))
    tokyo = [{"url": "http://hl7.org/fhir/StructureDefinition/timezone", "valueCode": "Asia/Tokyo"}]
    load(ndjson(place | {"extension": tokyo}))
    expected = date(2025, 3, 3) if place is CLINIC else date(2025, 3, 2)
    assert [row["local_day"] for row in rows("appointments")] == [expected]


def test_another_organization_sees_nothing_of_it(load, ndjson, neighbour, session):
    load(ndjson(*VISIT))
    with tenant_scope(neighbour.id):
        assert db.session.query(Patient).count() == 0
