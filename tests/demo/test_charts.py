"""The charts: conditions go with age, medication with conditions, and nothing is of tomorrow."""

from datetime import date

from app.demo import chart_records, records
from app.demo.charts import Charts
from app.demo.illnesses import BESIDES
from app.ingest.mapping.substances import substance
from app.insights.interactions import interactions
from tests.demo.conftest import NOW, SEED
from tests.demo.test_records import ISO_NOW


def _patients(rows, kind) -> set[str]:
    return {row.patient_id for row in rows[kind]}


def test_the_old_have_more_conditions_than_the_young(rows):
    born = {row.id: date.fromisoformat(row.birth_date) for row in rows[records.Patient]}
    ill = _patients(rows, chart_records.Condition)
    old = [patient for patient, birth in born.items() if birth.year <= 1960]
    young = [patient for patient, birth in born.items() if birth.year >= 1990]
    assert len(ill & set(old)) / len(old) > 3 * len(ill & set(young)) / len(young)


def test_who_takes_something_has_a_condition(rows):
    assert _patients(rows, chart_records.Medication) <= _patients(rows, chart_records.Condition)
    assert len(rows[chart_records.Medication]) > 100


def test_a_refill_is_due_a_month_after_the_last_and_some_are_overdue(rows):
    last: dict[str, str] = {}
    for row in rows[chart_records.Dispense]:
        last[row.medication_id] = max(row.dispensed_at, last.get(row.medication_id, ""))
    ages = [(NOW.date() - date.fromisoformat(at[:10])).days for at in last.values()]
    assert len(last) == len(rows[chart_records.Medication])
    assert 0.02 < sum(age > 30 for age in ages) / len(ages) < 0.3


def test_blood_pressures_look_like_blood_pressures(rows):
    found = [row for row in rows[chart_records.Observation] if row.systolic is not None]
    assert len(found) > 300
    assert all(90 < row.systolic < 200 and 45 < row.diastolic < row.systolic for row in found)
    assert any(row.systolic >= 140 for row in found)


def test_results_rest_on_findings_and_some_wait_for_review(rows):
    values = {row.id: row for row in rows[chart_records.Observation]}
    odd = {row.result_id for row in rows[chart_records.ResultItem] if values[row.observation_id].abnormal == "true"}
    for row in rows[chart_records.Result]:
        assert (row.id in odd) == ("out of range" in row.summary)
        assert (row.review == "reviewed") == (row.reviewed_at is not None)
    assert {row.review for row in rows[chart_records.Result]} == {"reviewed", "pending"}


def test_nothing_clinical_is_of_the_future(rows):
    assert all(row.observed_at <= ISO_NOW for row in rows[chart_records.Observation])
    assert all(row.issued_at <= ISO_NOW for row in rows[chart_records.Result])
    assert all(row.sent_at <= ISO_NOW and (row.read_at or "") <= ISO_NOW for row in rows[chart_records.Message])
    assert all(row.dispensed_at <= ISO_NOW for row in rows[chart_records.Dispense])
    assert any(row.scheduled_at and row.scheduled_at > ISO_NOW for row in rows[chart_records.ClinicalOrder])


def test_what_is_taken_beside_another_is_a_known_interaction():
    for first, second, _ in BESIDES:
        assert interactions([substance(first.name), substance(second.name)])


def test_few_charts_are_loaded_at_once(riverside):
    charts = Charts(riverside, SEED)
    now, later = (sum(1 for _ in Charts(riverside, SEED).records(old)) for old in (False, True))
    assert 0 < now < 0.2 * later
    assert charts.cases
