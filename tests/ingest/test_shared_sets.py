"""The shared data sets, with the counts of their READMEs."""

from decimal import Decimal

import pytest

from tests.ingest.conftest import count, shared


def _read(run) -> dict[str, int]:
    return {kind: found["read"] for kind, found in run.counts.items()}


def test_a_bulk_export_of_synthea(load, rows, rejects):
    path = shared("synthea-fhir-bulk-10")
    run = load(path)
    assert sum(_read(run).values()) == 7160 + 4  # and the four lines of the log, which is no FHIR
    assert {kind: count(run, kind)[0] for kind in ("Encounter", "Patient", "Practitioner", "Organization")} == {
        "Encounter": 1215,
        "Patient": 13,
        "Practitioner": 43,
        "Organization": 43,
    }
    assert (len(rows("encounters")), len(rows("patients")), len(rows("clinics"))) == (1215, 13, 43)
    assert len(rejects()) == 4
    assert run.waiting == 0
    chart = {"conditions": 555, "allergies": 11, "medications": 1745, "procedures": 2056, "immunizations": 161}
    assert {table: len(rows(table, "id")) for table in chart} == chart
    assert all(row["patient_id"] and row["encounter_id"] for row in rows("medications", "patient_id, encounter_id"))
    again = load(path)
    assert sum(found["stored"] for found in again.counts.values()) == 0


def test_transaction_bundles_of_synthea(load, rows, rejects):
    path = shared("synthea-fhir-bundles-100")
    run = load(path)
    assert sum(_read(run).values()) == 28_165
    assert (len(rows("claims")), len(rows("encounters")), len(rows("patients"))) == (3169, 2541, 100)
    assert len(rows("adjudications")) == 2541
    assert rejects() == []
    assert run.waiting == 0
    assert all(row["clinic_id"] for row in rows("encounters", "clinic_id"))
    chart = {
        "observations": 13_559,
        "procedures": 1731,
        "immunizations": 1261,
        "results": 917,
        "conditions": 662,
        "medications": 628,
        "care_plans": 254,
        "goals": 168,
        "allergies": 75,
    }
    assert {table: len(rows(table, "id")) for table in chart} == chart
    pressures = rows("observations", "systolic, diastolic, clinic_id, local_day, kind")
    assert sum(row["kind"] == "blood_pressure" and row["systolic"] > row["diastolic"] for row in pressures) == 888
    assert all(row["clinic_id"] and row["local_day"] for row in pressures)
    items = rows("result_items", "result_id, observation_id")
    assert len(items) > 917
    assert all(row["result_id"] and row["observation_id"] for row in items)
    again = load(path)
    assert sum(found["stored"] for found in again.counts.values()) == 0


def test_bundles_of_another_dialect(load, rows, rejects):
    run = load(shared("synthea-fhir-bundles-hiv-17"))
    assert sum(_read(run).values()) == 13_607
    assert (len(rows("patients")), len(rows("claims")), len(rows("adjudications"))) == (17, 880, 880)
    chart = {"observations": 3485, "immunizations": 907, "results": 880, "conditions": 17}
    assert {table: len(rows(table, "id")) for table in chart} == chart
    assert {"Humana", "Aetna"} <= {row["payer"] for row in rows("claims", "payer")}
    assert (rejects(), run.waiting) == ([], 0)


def test_medscheduler_through_its_mapping(load, rows, rejects):
    run = load(shared("medscheduler-2023-2024"), "csv", "medscheduler")
    stored = {kind: found["stored"] for kind, found in run.counts.items()}
    assert stored == {"appointments": 21_505, "availability": 20_880, "clinics": 1, "patients": 11_953}
    status = rows("appointments", "status")
    assert sum(row["status"] == "booked" for row in status) == 157
    assert rejects() == []


def test_synthea_csv_through_its_mapping(load, rows, rejects):
    run = load(shared("synthea-csv-27"), "csv", "synthea_csv")
    assert (count(run, "encounters")[0], count(run, "claims")[0], count(run, "patients")[0]) == (604, 1267, 27)
    read = _read(run)
    assert read["invoice_lines"] + read["payments"] + read["claims_transactions"] == 5228
    assert sum(row["total"] for row in rows("invoices", "total")) == Decimal("1092402.73")
    assert sum(row["amount"] for row in rows("payments", "amount")) == Decimal("1103503.95")
    assert sum(row["status"] == "pending" for row in rows("claims", "status")) == 2
    chart = {
        "conditions": 438,
        "observations": 990,
        "medications": 663,
        "procedures": 249,
        "care_plans": 49,
        "allergies": 40,
        "immunizations": 29,
    }
    assert {table: len(rows(table, "id")) for table in chart} == chart
    assert rejects() == []


def test_smart_scheduling_links(load, rows, rejects):
    run = load(shared("fhir-scheduling-links"))
    assert {kind: count(run, kind)[0] for kind in ("Location", "Schedule", "Slot")} == {
        "Location": 10,
        "Schedule": 10,
        "Slot": 300,
    }
    slots = rows("availability", "kind, clinic_id")
    assert len(slots) == 300
    assert all(row["kind"] == "open" and row["clinic_id"] for row in slots)
    assert (rejects(), run.waiting) == ([], 0)


IN_EUROS = ("Invoice.totalNet.currency", "other_currency")  # one example bills in another currency than the group's


@pytest.mark.parametrize(
    ("name", "records", "rejected"), [("fhir-r4-examples", 308, [IN_EUROS]), ("us-core-examples", 233, [])]
)
def test_examples_of_the_standard_pass(load, rejects, name, records, rejected):
    run = load(shared(name))
    assert sum(_read(run).values()) >= records - 10
    assert [(path, code) for _, path, code in rejects()] == rejected


def test_explanations_of_benefit_of_a_real_server(load, rows, rejects):
    run = load(shared("cms-bfd-eob-r4"))
    assert _read(run) == {"Coverage": 9, "ExplanationOfBenefit": 29, "Patient": 7}
    assert len(rows("claims")) == len(rows("adjudications")) > 0
    assert rejects() == []


def test_quality_measure_patients(load, rejects):
    run = load(shared("ecqm-2025-dev"))
    kinds = ("Encounter", "Patient", "Condition", "Observation", "Procedure", "ServiceRequest", "MedicationRequest")
    assert {count(run, kind)[3] for kind in kinds} == {0}
    assert count(run, "Condition")[0] == 103
    assert [code for _, _, code in rejects()] == ["no_type"]  # expected.json is no FHIR


BAD_CASES = [
    "bad-json-close-1",
    "bad-json-close-3",
    "json-comma-bad-2",
    "json-comments-1",
    "json-comments-2",
    "json-no-quotes-1",
    "patient-id-bad-1",
    "patient-id-bad-2",
    "patient-id-bad-3",
    "resource-invalid-id-2",
    "resource-invalid-id-3",
    "contained-resource",
    "synthea",
]
GOOD_CASES = [
    "pat-security-good1",
    "pat-security-good3",
    "patient-hs-1",
    "patient-id-extensions",
    "resource-invalid-eid-0",
    "resource-invalid-id-0",
    "obs-temp",
    "obs-fio2",
    "bundle-id-collection",
    "bundle-signed-good",
    "ref-policy-r4",
    "bundle-document-versioned-references-good",
]


@pytest.mark.parametrize("case", BAD_CASES)
def test_a_bad_case_of_the_validator_is_rejected(load, rejects, rows, case):
    load(shared("fhir-bad-input") / "validator-cases" / f"{case}.json")
    assert len(rejects()) == 1
    assert rows("source_records") == []


@pytest.mark.parametrize("case", GOOD_CASES)
def test_a_good_case_of_the_validator_passes(load, rejects, case):
    load(shared("fhir-bad-input") / "validator-cases" / f"{case}.json")
    assert rejects() == []


def test_all_bad_input_together_ends_in_rejects(load, rejects):
    run = load(shared("fhir-bad-input"))
    assert run.state == "completed"
    assert len(rejects()) > 150
