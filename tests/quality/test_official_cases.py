"""The official test patients of the measures get the official counts."""

import json
from datetime import date
from pathlib import Path

import pytest

from app.quality.catalogue import MEASURES
from app.quality.criteria import Case
from app.quality.fhir import FhirSource, read
from app.quality.measure import judge
from app.quality.timing import Window
from app.quality.valuesets import starter

FOLDER = Path(__file__).resolve().parents[2] / "../shared/data/ecqm-2025-dev"
PERIOD = Window(date(2025, 1, 1), date(2025, 12, 31))

# Of these the files lack records that the expected counts rest on: two patients have none at all, and the reports of
# two others name referrals that are not there.
INCOMPLETE = {
    "81302ea5-17ee-420c-ab50-e000bdc61662",
    "9c8a2409-413e-4708-acd4-df59100810ad",
    "3deab9f7-f7be-49a7-8ef8-5ec273748cd4",
    "606267bb-4a7d-4787-886c-c4c5230a01cc",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the official test patients are not at {FOLDER}")


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.id)
def test_every_official_patient_is_counted_as_officially_expected(measure):
    expected = json.loads((FOLDER / "expected.json").read_text()).get(measure.name)
    if expected is None:
        pytest.skip(f"there are no official patients of {measure.id}")
    wrong, seen = {}, 0
    for history in FhirSource(read(FOLDER / f"{measure.name}.ndjson.gz")).histories():
        outcomes = judge(measure, Case(history, PERIOD, starter()))
        wanted = expected["cases"][history.id]["groups"]
        found = [{key: outcome.counts[key] for key in want} for outcome, want in zip(outcomes, wanted, strict=True)]
        seen += 1
        if found != wanted and history.id not in INCOMPLETE:
            wrong[history.id] = (found, wanted)
    assert wrong == {}
    assert seen == expected["patients"]
