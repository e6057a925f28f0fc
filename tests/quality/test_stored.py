"""The same measures over an organization's records, the report that shows them, and who may see what."""

import json
from datetime import UTC, date, datetime
from io import BytesIO
from uuid import uuid4

import pytest
import time_machine

from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.period import Span, period_of
from app.core.permissions import Role
from app.extensions import db
from app.models import Condition, Encounter, Invoice, InvoiceLine, LoadedValueSet, Observation, Procedure
from app.quality import scope, stored
from app.quality.catalogue import MEASURES
from app.quality.published import published
from app.quality.run import run
from app.quality.valuesets import starter
from app.reports.build import build
from app.reports.catalogue import REPORTS
from app.reports.content import Cell
from app.reports.parameters import Parameters
from app.services.reports import quality

YEAR = period_of(Span.YEAR, date(2025, 1, 1))
OID = "2.16.840.1.113883.3.464.1003.104.12.1011"


@pytest.fixture(autouse=True)
def now():
    """It is Friday 5 June 2026."""
    with time_machine.travel(datetime(2026, 6, 5, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def keep(organization):
    """Stores a record."""

    def keep(model, **values):
        row = model(organization_id=organization.id, id=new_id(), **values)
        db.session.add(row)
        db.session.flush()
        return row

    return keep


@pytest.fixture
def seen(clinic, keep, make_patient, make_practitioner):
    """A patient of a doctor with hypertension, seen on 3 March 2025 with a blood pressure."""

    def make(name="Test, Seen", systolic=130, diastolic=80, code="99213", doctor=None, **more):
        doctor = doctor or make_practitioner()
        more.setdefault("birth_date", date(1970, 5, 5))
        patient = make_patient(name, home_clinic_id=clinic.id, practitioner_id=doctor.id, **more)
        at = datetime(2025, 3, 3, 15, tzinfo=UTC)
        who = {"patient_id": patient.id, "clinic_id": clinic.id, "practitioner_id": doctor.id}
        visit = keep(Encounter, status="finished", setting="AMB", type_code=code, starts_at=at, ends_at=at,
                     local_day=at.date(), **who)  # fmt: skip
        keep(Condition, patient_id=patient.id, code="59621000", status="active", onset_day=date(2020, 1, 1))
        keep(Observation, kind="blood_pressure", code="85354-9", category="vital_sign", status="final", observed_at=at,
             systolic=systolic, diastolic=diastolic, local_day=at.date(), encounter_id=visit.id, **who)  # fmt: skip
        return patient

    return make


def tally(actor, measure="CMS165"):
    source = scope.source_for(actor, stored.ZoneInfo("America/Chicago"), YEAR)
    sets = stored.value_sets(actor.organization_id)
    (found,) = run((MEASURES[measure],), source, scope.window_of(YEAR), sets)[measure]
    return found


def test_stored_records_are_counted_as_fhir_ones_are(seen, system):
    seen("Test, Controlled")
    seen("Test, High", 150, 95)
    found = tally(system)
    assert (found.counts["denominator"], found.counts["numerator"], found.not_evaluable) == (2, 1, 0)
    assert found.rate == 0.5


def test_an_invoice_tells_which_service_an_encounter_was(seen, keep, system):
    patient = seen(code=None)
    assert tally(system).not_evaluable == 1
    encounter = db.session.query(Encounter).filter_by(patient_id=patient.id).one()
    bill = keep(Invoice, patient_id=patient.id, encounter_id=encounter.id, status="issued",
                issue_day=date(2025, 3, 4), total=90)  # fmt: skip
    keep(InvoiceLine, invoice_id=bill.id, position=1, code="99213", name="Visit", quantity=1, unit_price=90, total=90)
    assert tally(system).counts["numerator"] == 1


def test_what_records_cannot_show_is_named_and_not_held_against_anyone(seen, system):
    seen(birth_date=date(1944, 1, 1))
    found = tally(system)
    assert found.counts["denominator"] == 1
    assert found.unseen["orders of devices are not stored"] == 1
    referral = tally(system, "CMS50")
    assert referral.counts["initial-population"] == 0


def test_an_evening_in_chicago_belongs_to_its_own_day(seen, keep, system):
    patient = seen()
    keep(Observation, patient_id=patient.id, kind="blood_pressure", status="final", systolic=180, diastolic=99,
         observed_at=datetime(2026, 1, 1, 5, 30, tzinfo=UTC))  # fmt: skip
    assert tally(system).counts["numerator"] == 0


def test_procedures_and_laboratory_values_count(seen, keep, system):
    patient = seen()
    keep(Condition, patient_id=patient.id, code="44054006", status="active", recorded_day=date(2024, 1, 1))
    at = datetime(2025, 4, 4, 12, tzinfo=UTC)
    keep(Observation, patient_id=patient.id, code="4548-4", kind="hba1c", category="laboratory", status="final",
         observed_at=at, value=7, unit="%")  # fmt: skip
    keep(Procedure, patient_id=patient.id, code="73761001", status="completed", performed_at=at)
    assert tally(system, "CMS122").counts["numerator"] == 0
    assert tally(system, "CMS122").counts["denominator"] == 1
    assert tally(system, "CMS130").counts["numerator"] == 1


def loaded(tmp_path, *codes):
    resource = {
        "resourceType": "ValueSet",
        "url": f"http://cts.nlm.nih.gov/fhir/ValueSet/{OID}",
        "expansion": {"contains": [{"system": "http://snomed.info/sct", "code": code} for code in codes]},
    }
    (tmp_path / "set.json").write_text(json.dumps(resource))
    return published(tmp_path, starter())


def test_a_value_set_that_an_organization_loads_takes_the_place_of_the_starter(seen, system, tmp_path, organization):
    seen()
    assert quality.load(system, loaded(tmp_path, "1201005")) == 1
    assert tally(system).counts["initial-population"] == 0
    assert quality.load(system, loaded(tmp_path, "59621000", "1201005")) == 1
    assert tally(system).counts["initial-population"] == 1
    assert db.session.query(LoadedValueSet).filter_by(organization_id=organization.id).count() == 1


def lines(report, key):
    table = next(each for each in report.tables() if each.key == key)
    return [[cell.value if isinstance(cell, Cell) else cell for cell in row.cells] for row in table.lines()]


def test_the_report_shows_populations_and_each_patient(seen, system):
    seen("Test, Controlled")
    seen("Test, High", 150, 95)
    report = build(REPORTS["quality_measures"], Parameters(YEAR), system)
    first = lines(report, "measures")[0]
    assert first[0] == "CMS165 Controlling high blood pressure"
    assert first[2:10] == [2, 2, 0, 0, 1, 0.5, "higher", 1]
    traced = [line for line in lines(report, "trace") if line[0] == "CMS165"]
    assert [(line[2], line[3]) for line in traced] == [("Test, High", "Not met"), ("Test, Controlled", "Met")]
    assert traced[0][4] == "Last blood pressure below 140/90 (lowest of 2025-03-03: 150/95 mmHg)"


def test_what_a_patient_lacks_is_told_as_not_found(seen, system):
    seen("Test, Unscreened", birth_date=date(1970, 5, 5))
    report = build(REPORTS["quality_measures"], Parameters(YEAR), system)
    (line,) = [line for line in lines(report, "trace") if line[0] == "CMS130"]
    assert line[3] == "Not met"
    assert line[4].startswith("Not found: Fecal occult blood test in the period; ")


def test_colorectal_screening_is_shown_by_age_as_well(seen, keep, system):
    for birth in (date(1978, 5, 5), date(1970, 5, 5), date(1969, 5, 5)):
        patient = seen(birth_date=birth)
    keep(
        Procedure,
        patient_id=patient.id,
        code="73761001",
        status="completed",
        performed_at=datetime(2025, 4, 4, tzinfo=UTC),
    )
    (group,) = quality.report(system, MEASURES["CMS130"], YEAR)["group"]
    (stratifier,) = group["stratifier"]
    young, old = stratifier["stratum"]
    assert (young["value"], old["value"]) == ({"text": "46 to 49"}, {"text": "50 to 75"})
    assert [each["count"] for each in young["population"]] == [1, 1, 0, 0, 0]
    assert [each["count"] for each in old["population"]] == [2, 2, 0, 1, 0]
    assert (young["measureScore"]["value"], old["measureScore"]["value"]) == (0.0, 0.5)
    (own,) = quality.report(system, MEASURES["CMS130"], YEAR, patient.id)["group"]
    assert [each["value"]["text"] for each in own["stratifier"][0]["stratum"]] == ["50 to 75"]
    report = build(REPORTS["quality_measures"], Parameters(YEAR), system)
    rows = [line for line in lines(report, "measures") if line[0].startswith("CMS130")]
    assert [(line[1], line[3], line[9]) for line in rows] == [
        ("Screened", 3, 2),
        ("Screened: 46 to 49", 1, 1),
        ("Screened: 50 to 75", 2, 1),
    ]


def test_a_small_stratum_hides_its_sibling_from_those_who_see_no_small_numbers(seen, make_actor):
    for _ in range(12):
        seen(birth_date=date(1970, 5, 5))
    seen(birth_date=date(1978, 5, 5))
    (group,) = quality.report(make_actor(Role.ANALYST), MEASURES["CMS130"], YEAR)["group"]
    assert [each.get("count") for each in group["population"]] == [13, 13, 0, 0, 0]
    assert all("count" not in each for part in group["stratifier"][0]["stratum"] for each in part["population"])


def test_a_visit_of_no_stated_kind_is_an_office_visit_until_the_steward_s_are_loaded(seen, system, tmp_path):
    seen(code="185345009")
    assert tally(system).counts["denominator"] == 1
    office = "2.16.840.1.113883.3.464.1003.101.12.1001"
    resource = {"resourceType": "ValueSet", "url": office, "expansion": {"contains": [
        {"system": "http://snomed.info/sct", "code": "185463005"}]}}  # fmt: skip
    (tmp_path / "office.json").write_text(json.dumps(resource))
    assert quality.load(system, published(tmp_path, starter())) == 1
    assert tally(system).counts["denominator"] == 0


def test_a_doctor_sees_own_patients_alone(seen, make_practitioner, make_actor):
    mine = make_practitioner("Mine")
    seen("Test, Mine", doctor=mine)
    other = seen("Test, Other")
    doctor = make_actor(Role.DOCTOR, practitioner_id=mine.id)
    report = build(REPORTS["quality_measures"], Parameters(YEAR), doctor)
    assert {line[2] for line in lines(report, "trace")} == {"Test, Mine"}
    with pytest.raises(NotFound):
        quality.report(doctor, MEASURES["CMS165"], YEAR, other.id)


def test_an_analyst_sees_no_patient_and_no_small_number(seen, make_actor):
    patient = seen()
    analyst = make_actor(Role.ANALYST)
    report = build(REPORTS["quality_measures"], Parameters(YEAR), analyst)
    assert lines(report, "measures")[0][2:8] == [None] * 6
    assert not [each for each in report.tables() if each.key == "trace"]
    with pytest.raises(Forbidden):
        quality.report(analyst, MEASURES["CMS165"], YEAR, patient.id)
    (group,) = quality.report(analyst, MEASURES["CMS165"], YEAR)["group"]
    assert all("count" not in each for each in group["population"])


def test_measure_reports_say_counts_score_and_the_deciding_records(seen, system):
    patient = seen()
    report = quality.report(system, MEASURES["CMS165"], YEAR)
    (group,) = report["group"]
    assert (report["type"], report["period"]) == ("summary", {"start": "2025-01-01", "end": "2025-12-31"})
    assert [each["count"] for each in group["population"]] == [1, 1, 0, 1, 0]
    assert group["measureScore"] == {"value": 1.0}
    own = quality.report(system, MEASURES["CMS165"], YEAR, patient.id)
    assert own["subject"] == {"reference": f"Patient/{patient.id}"}
    kinds = {each["reference"].split("/")[0] for each in own["evaluatedResource"]}
    assert kinds == {"Condition", "Encounter", "Observation"}
    with pytest.raises(NotFound):
        quality.report(system, MEASURES["CMS165"], YEAR, uuid4())


def empty(part: object, path: str = "") -> list[str]:
    """Where a resource has an empty list, object or text, which FHIR does not."""
    if part in ([], {}, "", None):
        return [path]
    inside = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [found for name, each in inside for found in empty(each, f"{path}.{name}")]


def test_a_measure_report_has_what_fhir_asks_of_one(seen, make_patient, system):
    told = seen()
    nobody = make_patient("Test, Nobody", birth_date=date(1980, 1, 1))
    db.session.commit()
    reports = [quality.report(system, MEASURES[key], YEAR) for key in ("CMS165", "CMS130")]
    reports += [quality.report(system, MEASURES["CMS165"], YEAR, each.id) for each in (told, nobody)]
    for report in reports:
        assert report["resourceType"] == "MeasureReport"
        assert report["status"] in ("complete", "pending")
        assert report["measure"].startswith("https://")
        assert report["period"]["start"] < report["period"]["end"]
        assert empty(report) == []
        for group in report["group"]:
            codes = [each["code"]["coding"][0]["code"] for each in group["population"]]
            assert len(set(codes)) == len(codes)
            assert set(codes) == {
                "initial-population", "denominator", "denominator-exclusion", "denominator-exception", "numerator"
            }  # fmt: skip
    assert [report["type"] for report in reports] == ["summary", "summary", "individual", "individual"]
    assert ["subject" in report for report in reports] == [False, False, True, True]
    assert "evaluatedResource" not in reports[-1]


def test_every_format_writes_the_report(seen, system):
    from app.reports.writing import Format, write

    seen()
    report = build(REPORTS["quality_measures"], Parameters(YEAR), system)
    for format in Format:
        out = BytesIO()
        write(report, format, out, "A4")
        assert len(out.getvalue()) > 500
