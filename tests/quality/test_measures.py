"""Small patients at the edges of the measures."""

from datetime import date

import pytest

from app.quality.timing import Window
from tests.quality.patients import (
    ICD,
    RXNORM,
    SCT,
    concept,
    condition,
    counts,
    observation,
    outcomes,
    person,
    pressure,
    theirs,
    visit,
)

HYPERTENSION = condition("59621000", "2020-01-01")
DIABETES = condition("E11.9", "2020-01-01", system=ICD)
WHEELCHAIR = theirs(
    "DeviceRequest",
    status="completed",
    intent="order",
    codeCodeableConcept=concept(SCT, "183240000"),
    authoredOn="2025-11-01",
)


def a1c(percent: float, at: str, unit: str = "%") -> dict:
    return observation("4548-4", at, valueQuantity={"value": percent, "code": unit})


@pytest.mark.parametrize(
    ("birth", "found"),
    [("1939-12-31", ""), ("1940-01-01", "ID"), ("2007-12-31", "ID"), ("2008-01-01", "")],
)
def test_blood_pressure_counts_from_18_to_85_on_the_last_day(birth, found):
    assert counts("CMS165", person(birth), visit(), HYPERTENSION) == found


@pytest.mark.parametrize(
    ("day", "found"), [("2025-01-01", "ID"), ("2025-12-31", "ID"), ("2024-12-31", ""), ("2026-01-01", "")]
)
def test_a_visit_counts_on_the_first_and_the_last_day_of_the_period(day, found):
    assert counts("CMS165", person("1970-05-05"), visit(day), HYPERTENSION) == found


def test_a_visit_that_did_not_take_place_does_not_count():
    assert counts("CMS165", person("1970-05-05"), visit(status="cancelled"), HYPERTENSION) == ""


@pytest.mark.parametrize(("onset", "found"), [("2025-06-30", "ID"), ("2025-07-01", "")])
def test_hypertension_must_be_there_in_the_first_six_months(onset, found):
    assert counts("CMS165", person("1970-05-05"), visit(), condition("59621000", onset)) == found


def test_hypertension_that_ended_before_the_period_does_not_count():
    over = condition("59621000", "2020-01-01", "resolved", abatementDateTime="2024-12-31")
    assert counts("CMS165", person("1970-05-05"), visit(), over) == ""


def test_of_two_readings_on_the_last_day_the_lowest_of_each_kind_counts():
    readings = [
        pressure(138, 95, "2025-05-05T09:00:00Z", id="a"),
        pressure(150, 88, "2025-05-05T09:10:00Z", id="b"),
        pressure(120, 70, "2025-05-04T09:00:00Z", id="c"),
    ]
    assert counts("CMS165", person("1970-05-05"), visit(), HYPERTENSION, *readings) == "IDN"


def test_the_last_day_decides_even_if_it_is_worse():
    readings = [pressure(120, 70, "2025-05-04", id="a"), pressure(140, 89, "2025-05-05", id="b")]
    assert counts("CMS165", person("1970-05-05"), visit(), HYPERTENSION, *readings) == "ID"


def test_a_reading_in_hospital_is_passed_over():
    stay = visit("2025-06-01", "99221", id="stay", **{"class": {"code": "IMP"}})
    inside = pressure(180, 110, "2025-06-01T09:10:00Z", id="a", encounter={"reference": "Encounter/stay"})
    outside = pressure(130, 80, "2025-05-01", id="b")
    assert counts("CMS165", person("1970-05-05"), visit(), stay, HYPERTENSION, inside, outside) == "IDN"


def test_a_reading_of_another_year_is_no_reading():
    old = pressure(120, 70, "2024-12-31T23:59:59Z")
    assert counts("CMS165", person("1970-05-05"), visit(), HYPERTENSION, old) == "ID"


def test_pregnancy_excludes_from_blood_pressure():
    assert counts("CMS165", person("1990-05-05"), visit(), HYPERTENSION, condition("77386006", "2025-02-01")) == "IDX"


@pytest.mark.parametrize(("birth", "found"), [("1944-12-31", "IDX"), ("1945-01-01", "ID")])
def test_frailty_alone_excludes_from_81_on(birth, found):
    assert counts("CMS165", person(birth), visit(), HYPERTENSION, WHEELCHAIR) == found


@pytest.mark.parametrize(("birth", "found"), [("1959-12-31", "IDXN"), ("1960-01-01", "IDN")])
def test_frailty_with_dementia_medication_excludes_from_66_on(birth, found):
    medication = theirs(
        "MedicationRequest",
        status="active",
        intent="order",
        medicationCodeableConcept=concept(RXNORM, "312836"),
        authoredOn="2025-01-01",
        dispenseRequest={"expectedSupplyDuration": {"value": 90, "code": "d"}},
    )
    assert counts("CMS122", person(birth), visit(), DIABETES, WHEELCHAIR, medication) == found.replace("XN", "X")


def test_a_device_that_was_not_to_be_ordered_is_no_frailty():
    told = [{"url": "http://hl7.org/fhir/us/qicore/StructureDefinition/qicore-doNotPerform", "valueBoolean": True}]
    assert (
        counts("CMS165", person("1944-01-01"), visit(), HYPERTENSION, WHEELCHAIR | {"modifierExtension": told}) == "ID"
    )


@pytest.mark.parametrize(("status", "found"), [("completed", "IDX"), ("not-done", "ID"), ("in-progress", "ID")])
def test_hospice_care_excludes_when_it_was_given(status, found):
    hospice = theirs("Procedure", status=status, code=concept(SCT, "385763009"), performedDateTime="2025-12-31")
    assert counts("CMS139", person("1950-01-01"), visit(), hospice) == found


@pytest.mark.parametrize(("last", "found"), [("160734000", "IDX"), ("160943002", "ID")])
def test_the_last_housing_status_decides(last, found):
    def living(code: str, day: str) -> dict:
        return observation("71802-3", day, "survey", id=day, valueCodeableConcept=concept(SCT, code))

    other = "160943002" if last == "160734000" else "160734000"
    homes = [living(last, "2025-06-01"), living(other, "2025-05-01")]
    assert counts("CMS165", person("1950-01-01"), visit(), HYPERTENSION, *homes) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([a1c(9.1, "2025-05-05")], "IDN"),
        ([a1c(9.0, "2025-05-05")], "ID"),
        ([a1c(9.5, "2025-05-05"), a1c(8.5, "2025-05-05")], "ID"),
        ([a1c(7.0, "2025-05-04"), a1c(9.5, "2025-05-05")], "IDN"),
        ([a1c(80, "2025-05-05", "mmol/mol")], "IDN"),
        ([a1c(53, "2025-05-05", "mmol/mol")], "ID"),
        ([observation("4548-4", "2025-05-05")], "IDN"),
        ([], "IDN"),
    ],
    ids=["above", "nine", "lowest", "last day", "mmol above", "mmol below", "no result", "none"],
)
def test_glycemic_status_above_nine_or_unknown_is_the_numerator(values, found):
    assert counts("CMS122", person("1970-05-05"), visit(), DIABETES, *values) == found


@pytest.mark.parametrize(("day", "found"), [("2016-01-01", "IDN"), ("2015-12-31", "ID")])
def test_a_colonoscopy_counts_for_ten_years(day, found):
    done = theirs("Procedure", status="completed", code=concept(SCT, "73761001"), performedDateTime=day)
    assert counts("CMS130", person("1970-05-05"), visit(), done) == found


def test_a_stool_test_without_result_is_no_screening():
    assert counts("CMS130", person("1970-05-05"), visit(), observation("2335-8", "2025-02-02")) == "ID"


@pytest.mark.parametrize(("day", "found"), [("2023-10-01", "IDN"), ("2023-09-30", "ID")])
def test_a_mammogram_counts_since_october_two_years_before(day, found):
    assert counts("CMS125", person("1965-05-05"), visit(), observation("24606-6", day, "imaging")) == found


def test_breast_screening_is_for_women():
    assert counts("CMS125", person("1965-05-05", "male"), visit()) == ""


def test_mastectomies_of_both_sides_exclude_and_one_does_not():
    right, left = condition("Z90.11", "2010-01-01", system=ICD), condition("Z90.12", "2012-01-01", system=ICD)
    assert counts("CMS125", person("1965-05-05"), visit(), right) == "ID"
    assert counts("CMS125", person("1965-05-05"), visit(), right, left) == "IDX"


@pytest.mark.parametrize(
    ("code", "day", "birth", "found"),
    [
        ("10524-7", "2023-01-01", "1990-05-05", "IDN"),
        ("10524-7", "2022-12-31", "1990-05-05", "ID"),
        ("21440-3", "2021-01-01", "1990-05-05", "IDN"),
        ("21440-3", "2020-12-31", "1990-05-05", "ID"),
        ("21440-3", "2022-05-04", "1992-05-05", "ID"),
        ("21440-3", "2022-05-05", "1992-05-05", "IDN"),
    ],
)
def test_cervical_screening_by_cytology_or_from_30_by_hpv_test(code, day, birth, found):
    tested = observation(code, day, valueCodeableConcept=concept(SCT, "260385009"))
    assert counts("CMS124", person(birth), visit(), tested) == found


def test_absence_of_the_cervix_excludes():
    assert counts("CMS124", person("1980-05-05"), visit(), condition("Z90.710", "2020-01-01", system=ICD)) == "IDX"


def test_hiv_screening_once_in_life_is_enough():
    tested = observation("75622-1", "2010-02-02", valueCodeableConcept=concept(SCT, "260385009"))
    assert counts("CMS349", person("1980-05-05"), visit(), tested) == "IDN"
    assert counts("CMS349", person("1996-05-05"), visit(), tested) == "ID"


def test_known_hiv_excludes_and_death_is_an_exception():
    assert counts("CMS349", person("1980-05-05"), visit(), condition("B20", "2024-12-31", system=ICD)) == "IDX"
    assert counts("CMS349", person("1980-05-05"), visit(), condition("B20", "2025-01-01", system=ICD)) == "ID"
    assert counts("CMS349", person("1980-05-05", deceasedDateTime="2025-10-10"), visit()) == "IDE"


@pytest.mark.parametrize(("retinopathy", "found"), [([], "IDN"), ([condition("4855003", "2024-01-01")], "ID")])
def test_an_eye_exam_of_the_year_before_is_enough_without_retinopathy(retinopathy, found):
    exam = observation("252779009", "2024-05-05", "exam", system=SCT)
    assert counts("CMS131", person("1970-05-05"), visit(), DIABETES, exam, *retinopathy) == found


def test_kidney_evaluation_needs_both_tests_with_a_result():
    egfr = observation("98979-8", "2025-02-02", id="a", valueQuantity={"value": 60})
    uacr = observation("9318-7", "2025-02-02", id="b", valueQuantity={"value": 20})
    empty = observation("9318-7", "2025-02-02", id="b")
    assert counts("CMS951", person("1970-05-05"), visit(), DIABETES, egfr, uacr) == "IDN"
    assert counts("CMS951", person("1970-05-05"), visit(), DIABETES, egfr, empty) == "ID"
    assert counts("CMS951", person("1970-05-05"), visit(), condition("E11.9", "2020-01-01", "resolved", ICD)) == ""


def test_the_period_may_be_any():
    april = Window(date(2024, 4, 1), date(2025, 3, 31))
    fine = [person("1970-05-05"), visit("2025-03-31"), condition("59621000", "2024-09-30")]
    assert counts("CMS165", *fine, period=april) == "ID"
    assert counts("CMS165", *fine[:2], condition("59621000", "2024-10-01"), period=april) == ""


def test_a_verdict_names_the_record_that_decided():
    (outcome,) = outcomes("CMS139", person("1950-01-01"), visit(), observation("52552-7", "2025-05-05", "survey"))
    assert outcome.trace["numerator"].evidence == ("Observation/Observation-1",)
    (missed,) = outcomes("CMS139", person("1950-01-01"), visit(), observation("52552-7", "2024-05-05", "survey"))
    assert missed.trace["numerator"].reason == "Observation/Observation-1 is not wholly within the period"


def test_without_a_date_of_birth_nothing_is_evaluable():
    (outcome,) = outcomes("CMS139", person("1950"), visit())
    assert outcome.unclear == ("date of birth unknown",)
    assert set(outcome.counts.values()) == {0}


@pytest.mark.parametrize(
    "broken", [{"code": "x"}, {"code": [1, None]}, {"period": "soon"}, {"effectiveDateTime": "2025-13-45"}]
)
def test_broken_elements_are_passed_over(broken):
    kinds = ("Observation", "Encounter", "Condition", "Procedure", "MedicationRequest")
    resources = [theirs(kind, status="final", **broken) for kind in kinds]
    assert counts("CMS139", person("1950-01-01"), visit(), *resources) == "ID"
