"""Clinical resources become records, and what one decides about another is worked out whatever comes first."""

from datetime import UTC, date, datetime

import pytest

from tests.ingest.conftest import CLINIC, DOCTOR, ENCOUNTER, PATIENT, count

ABOUT = {"subject": {"reference": "Patient/pat"}, "encounter": {"reference": "Encounter/contact"}}
LOINC = "http://loinc.org"
OURS = "https://mediconnect.example/fhir/"
VISIT = [CLINIC, DOCTOR, PATIENT, ENCOUNTER | {"location": [{"location": {"reference": "Location/downtown"}}]}]


def _coded(code: str, display: str = "") -> dict:
    return {"coding": [{"system": LOINC, "code": code, "display": display or code}]}


def _pressure(name: str, upper: float, lower: float, at: str = "2025-03-03T02:40:00Z") -> dict:
    parts = [(("8480-6"), upper), (("8462-4"), lower)]
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "category": [_coded("vital-signs")],
        "code": _coded("85354-9", "Blood pressure"),
        "effectiveDateTime": at,
        "component": [{"code": _coded(code), "valueQuantity": {"value": value}} for code, value in parts],
    } | ABOUT


def _condition(name: str = "tension", **more) -> dict:
    return {
        "resourceType": "Condition",
        "id": name,
        "clinicalStatus": _coded("active"),
        "verificationStatus": _coded("confirmed"),
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}], "text": "Hypertension"},
        "onsetDateTime": "2024-01-01",
    } | {**ABOUT, **more}


def test_a_blood_pressure_is_one_record_with_place_and_local_day(load, ndjson, rows):
    load(ndjson(*VISIT, _pressure("bp", 131.6, 84)))
    (row,) = rows("observations")
    assert (row["systolic"], row["diastolic"], row["kind"]) == (132, 84, "blood_pressure")
    assert row["local_day"] == date(2025, 3, 2)  # 21:40 in New York
    assert row["clinic_id"] is not None
    assert row["hypertensive"] is False


@pytest.mark.parametrize("order", [1, -1], ids=["diagnosis first", "reading first"])
def test_a_reading_knows_of_the_diagnosis_whichever_comes_first(load, ndjson, rows, order):
    for part in [_condition(), _pressure("bp", 130, 80)][::order]:
        load(ndjson(*VISIT, part))
    assert [row["hypertensive"] for row in rows("observations", "hypertensive")] == [True]


def test_a_reading_before_the_diagnosis_or_of_a_doubtful_one_is_of_nobody_with_hypertension(load, ndjson, rows):
    early = _pressure("early", 130, 80, "2023-05-05T12:00:00Z")
    load(ndjson(*VISIT, _condition(), early))
    assert [row["hypertensive"] for row in rows("observations", "hypertensive")] == [False]
    load(ndjson(_condition(verificationStatus=_coded("refuted")), _pressure("later", 130, 80), name="two.ndjson"))
    assert [row["hypertensive"] for row in rows("observations", "hypertensive")] == [False, False]


def _request(**more) -> dict:
    return {
        "resourceType": "MedicationRequest",
        "id": "rx",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "lisinopril 10 MG Oral Tablet"},
        "authoredOn": "2025-01-01",
        "dosageInstruction": [{"timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}}],
    } | {**ABOUT, **more}


def _dispense(name: str, day: str, days: int = 30) -> dict:
    return {
        "resourceType": "MedicationDispense",
        "id": name,
        "status": "completed",
        "subject": {"reference": "Patient/pat"},
        "authorizingPrescription": [{"reference": "MedicationRequest/rx"}],
        "whenHandedOver": f"{day}T15:00:00Z",
        "daysSupply": {"value": days, "unit": "days"},
    }


def test_an_early_refill_adds_to_the_supply_and_a_late_one_leaves_a_gap(load, ndjson, rows):
    dispenses = [_dispense("a", "2025-01-01"), _dispense("b", "2025-01-21"), _dispense("c", "2025-03-12")]
    load(ndjson(*VISIT, *dispenses[::-1], _request()))
    found = rows("dispenses", "local_day, runs_out, next_day, interval_days, covered_days, expected", "local_day")
    assert [tuple(row.values())[1:] for row in found] == [
        (date(2025, 1, 30), date(2025, 1, 21), 20, 20, True),
        (date(2025, 3, 1), date(2025, 3, 12), 50, 40, True),  # from 31 January, ten days later than its own
        (date(2025, 4, 10), None, None, None, True),
    ]
    (medication,) = rows("medications")
    assert (medication["covered_until"], medication["substance"], medication["doses_per_day"]) == (
        date(2025, 4, 10),
        "lisinopril",
        2,
    )


def test_a_stopped_medication_expects_no_refill(load, ndjson, rows):
    load(ndjson(*VISIT, _request(), _dispense("a", "2025-01-01")))
    load(ndjson(_request(status="stopped"), name="two.ndjson"))
    assert [row["expected"] for row in rows("dispenses", "expected")] == [False]


def test_a_report_is_as_abnormal_as_its_findings_and_knows_how_long_it_took(load, ndjson, rows):
    order = {"resourceType": "ServiceRequest", "id": "order", "status": "completed", "code": _coded("24323-8")} | ABOUT
    value = {
        "resourceType": "Observation",
        "id": "k",
        "status": "final",
        "code": _coded("6298-4"),
        "valueQuantity": {"value": 6.1, "unit": "mmol/L"},
        "referenceRange": [{"low": {"value": 3.5}, "high": {"value": 5.1}}],
    } | ABOUT
    report = {
        "resourceType": "DiagnosticReport",
        "id": "report",
        "status": "final",
        "code": _coded("24323-8", "Metabolic panel"),
        "basedOn": [{"reference": "ServiceRequest/order"}],
        "issued": "2025-03-04T12:00:00Z",
        "result": [{"reference": "Observation/k"}],
        "extension": [{"url": f"{OURS}reviewed", "valueInstant": "2025-03-04T14:00:00Z"}],
    } | ABOUT
    load(ndjson(*VISIT, report, value, order | {"authoredOn": "2025-03-03T12:00:00Z"}))
    (row,) = rows("results")
    assert (row["abnormal"], row["review"]) == (True, "reviewed")
    assert (row["turnaround_minutes"], row["review_minutes"]) == (24 * 60, 120)
    assert [item["result_id"] for item in rows("result_items")] == [row["id"]]


def _message(name: str, at: str, sender: str, **more) -> dict:
    return {
        "resourceType": "Communication",
        "id": name,
        "status": "completed",
        "subject": {"reference": "Patient/pat"},
        "sender": {"reference": sender},
        "recipient": [{"reference": "Practitioner/dr"}],
        "sent": at,
        "topic": {"text": "Tablets"},
        "payload": [{"contentString": "Could you send a prescription?"}],
    } | more


def test_a_message_knows_its_first_answer_even_when_that_comes_first(load, ndjson, rows):
    answers = {"inResponseTo": [{"reference": "Communication/q"}]}
    load(
        ndjson(
            *VISIT,
            _message("a2", "2025-03-05T12:00:00Z", "Practitioner/dr", **answers),
            _message("a1", "2025-03-04T11:30:00Z", "Practitioner/dr", **answers),
            _message("q", "2025-03-04T10:00:00Z", "Patient/pat", received="2025-03-04T10:20:00Z"),
        )
    )
    asked, *_ = rows("messages", "sender, answered_at, answer_minutes, read_at, body_sealed", "sent_at")
    assert (asked["sender"], asked["answer_minutes"]) == ("patient", 90)
    assert asked["answered_at"] == datetime(2025, 3, 4, 11, 30, tzinfo=UTC)
    assert asked["read_at"] == datetime(2025, 3, 4, 10, 20, tzinfo=UTC)
    assert b"prescription" not in bytes(asked["body_sealed"])


def test_a_medication_takes_its_substance_from_the_drug_it_refers_to(load, ndjson, rows):
    asked = _request(medicationReference={"reference": "Medication/drug"})
    del asked["medicationCodeableConcept"]
    drug = {"resourceType": "Medication", "id": "drug", "code": {"text": "Warfarin Sodium 5 MG Oral Tablet"}}
    load(ndjson(*VISIT, asked, drug))
    assert [row["substance"] for row in rows("medications", "substance")] == ["warfarin"]


def test_what_was_entered_in_error_goes_and_what_is_not_about_a_patient_is_not_used(load, ndjson, rows):
    load(ndjson(*VISIT, _condition(), _pressure("bp", 130, 80)))
    gone = _condition(verificationStatus=_coded("entered-in-error"))
    group = _pressure("group", 120, 70) | {"subject": {"reference": "Group/all"}}
    run = load(ndjson(gone, group, name="two.ndjson"))
    assert rows("conditions") == []
    assert count(run, "Observation") == (0, 0, 1, 0)
    assert [row["hypertensive"] for row in rows("observations", "hypertensive")] == [False]


@pytest.mark.parametrize(
    ("broken", "path", "code"),
    [
        (_pressure("x", 130, 80) | {"status": "done"}, "Observation.status", "unknown_code"),
        (_pressure("x", 130, 80) | {"effectiveDateTime": "yesterday"}, "Observation.effectiveDateTime", "bad_date"),
        (_pressure("x", "high", 80), "Observation.component.valueQuantity.value", "bad_type"),
        (_condition(onsetDateTime="2024-13-01"), "Condition.onsetDateTime", "bad_date"),
        ({"resourceType": "Goal", "id": "g", **ABOUT}, "Goal.lifecycleStatus", "required"),
        (_message("m", "soon", "Patient/pat"), "Communication.sent", "bad_date"),
    ],
    ids=["status", "time", "value", "day", "required", "sent"],
)
def test_a_broken_resource_is_rejected_with_its_place(load, ndjson, rejects, broken, path, code):
    load(ndjson(*VISIT, broken))
    assert [each[1:] for each in rejects()] == [(path, code)]
