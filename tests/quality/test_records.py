"""How records are read where they leave something out or say it in another way."""

import pytest

from tests.quality.patients import (
    ICD,
    LOINC,
    RXNORM,
    SCT,
    concept,
    condition,
    counts,
    observation,
    person,
    pressure,
    theirs,
    visit,
)

HYPERTENSION = condition("59621000", "2020-01-01")
DIABETES = condition("E11.9", "2020-01-01", system=ICD)
WALKER = theirs(
    "DeviceRequest",
    status="active",
    intent="order",
    codeCodeableConcept=concept(SCT, "183240000"),
    authoredOn="2025-11-01",
)
DONEPEZIL = concept(RXNORM, "997223")


def prescription(**more) -> dict:
    fixed = {"status": "active", "intent": "order", "medicationCodeableConcept": DONEPEZIL, "authoredOn": "2023-12-01"}
    return theirs("MedicationRequest", **(fixed | more))


def frail_and_on(*medication: dict) -> str:
    return counts("CMS122", person("1955-05-05"), visit(), DIABETES, WALKER, *medication)


def days(count: float, unit: str = "d", **more) -> dict:
    return {"expectedSupplyDuration": {"value": count, "code": unit}, **more}


@pytest.mark.parametrize(
    ("dispense", "found"),
    [
        (days(31), "IDN"),
        (days(32), "IDX"),
        (days(16, numberOfRepeatsAllowed=1), "IDX"),
        (days(1, "mo"), "IDN"),
        (days(2, "mo"), "IDX"),
        (days(31, validityPeriod={"start": "2024-06-01"}), "IDN"),
    ],
    ids=["to 31 December", "to 1 January", "with a refill", "a month", "two months", "written before it is valid"],
)
def test_a_supply_written_on_1_december_2023_reaches_the_year_before_the_period_or_not(dispense, found):
    assert frail_and_on(prescription(dispenseRequest=dispense)) == found


def test_the_days_supplied_go_before_the_bounds_of_the_dosage():
    bounds = {"boundsPeriod": {"start": "2023-12-01", "end": "2024-12-31"}}
    dosage = [{"timing": {"repeat": bounds}}]
    assert frail_and_on(prescription(dosageInstruction=dosage)) == "IDX"
    assert frail_and_on(prescription(dosageInstruction=dosage, dispenseRequest=days(31))) == "IDN"


@pytest.mark.parametrize("inside", [True, False], ids=["contained", "beside it"])
def test_a_prescription_may_refer_to_its_medication(inside):
    drug = {"resourceType": "Medication", "id": "drug", "code": DONEPEZIL}
    refers = prescription(authoredOn="2025-01-01", dispenseRequest=days(30))
    del refers["medicationCodeableConcept"]
    if inside:
        refers |= {"contained": [drug], "medicationReference": {"reference": "#drug"}}
        assert frail_and_on(refers) == "IDX"
    else:
        refers["medicationReference"] = {"reference": "Medication/drug"}
        assert frail_and_on(refers, drug) == "IDX"
        assert frail_and_on(refers) == "IDN"


@pytest.mark.parametrize("found_out", ["refuted", "entered-in-error"])
def test_a_diagnosis_that_turned_out_wrong_is_none(found_out):
    wrong = condition("C18.9", "2020-01-01", system=ICD, verificationStatus=concept("v", found_out))
    assert counts("CMS130", person("1970-05-05"), visit(), wrong) == "ID"


@pytest.mark.parametrize("doubt", ["confirmed", "unconfirmed", "provisional", "differential"])
def test_a_diagnosis_in_doubt_still_counts(doubt):
    told = condition("C18.9", "2020-01-01", system=ICD, verificationStatus=concept("v", doubt))
    assert counts("CMS130", person("1970-05-05"), visit(), told) == "IDX"


def without_onset(status: str = "active", **more) -> dict:
    found = condition("E11.9", "", status, ICD, **more)
    del found["onsetDateTime"]
    return found


@pytest.mark.parametrize(
    ("diabetes", "found"),
    [
        (without_onset(), "IDN"),
        (without_onset(recordedDate="2025-12-31"), "IDN"),
        (without_onset(recordedDate="2026-01-01"), ""),
        (without_onset("resolved", abatementDateTime="2025-01-01"), "IDN"),
        (without_onset("resolved", abatementDateTime="2026-03-01"), "IDN"),
        (without_onset("resolved", abatementDateTime="2024-12-31"), ""),
        (without_onset("resolved"), ""),
    ],
    ids=["active", "recorded in the year", "recorded later", "ended in it", "ended later", "ended before", "unknown"],
)
def test_a_condition_without_onset_has_been_there_since_it_was_recorded_or_ever(diabetes, found):
    assert counts("CMS122", person("1970-05-05"), visit(), diabetes) == found


def test_a_reading_without_one_of_its_values_leaves_its_day_open():
    half = pressure(120, 70, "2025-05-05T10:00:00Z", id="half")
    half["component"] = half["component"][:1]
    whole = pressure(130, 80, "2025-05-05T09:00:00Z", id="whole")
    later = pressure(131, 81, "2025-05-06", id="later")
    patient = [person("1970-05-05"), visit(), HYPERTENSION]
    assert counts("CMS165", *patient, whole, half) == "ID"
    assert counts("CMS165", *patient, whole, half, later) == "IDN"


def test_an_instant_is_a_time_as_good_as_any():
    test = observation("2335-8", "", effectiveInstant="2025-12-31T23:59:59Z", valueString="negative")
    del test["effectiveDateTime"]
    assert counts("CMS130", person("1970-05-05"), visit(), test) == "IDN"


def test_codes_of_other_systems_with_the_same_digits_are_others():
    assert counts("CMS130", person("1970-05-05"), visit(), condition("C18.9", "2020-01-01", system=LOINC)) == "ID"
