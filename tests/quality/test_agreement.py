"""Patients that are imported are counted from the tables as they are from their files."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.core.tenancy import tenant_scope
from app.extensions import db
from app.ingest.run import import_path
from app.quality import stored
from app.quality.catalogue import MEASURES
from app.quality.criteria import Case
from app.quality.fhir import FhirSource, read
from app.quality.measure import judge
from app.quality.record import Entry
from app.quality.timing import Window, at

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
NINE = ("CMS165", "CMS122", "CMS130", "CMS125", "CMS124", "CMS139", "CMS349", "CMS131", "CMS951")


def counted(source, sets, gaps, year: int) -> Counter:
    """How many patients of a birthday and sex stand where in which measure."""
    period = Window(date(year, 1, 1), date(year, 12, 31))
    found: Counter = Counter()
    for history in source.histories():
        for name in NINE:
            (outcome,) = judge(MEASURES[name], Case(history, period, sets, gaps))
            where = tuple(population for population, count in outcome.counts.items() if count)
            found[name, history.birth_date, history.sex, where, bool(outcome.unclear)] += 1
    return found


class AsStored:
    """The histories of files without what the tables are known not to carry.

    That is `stored.GAPS`, and when an observation ended: of a period the tables keep the beginning.
    """

    def __init__(self, source: FhirSource):
        self.source = source

    def histories(self):
        for history in self.source.histories():
            kept = {
                kind: tuple(_as_stored(each) for each in entries)
                for kind, entries in history.entries.items()
                if kind not in ("DeviceRequest", "Task")
            }
            yield replace(history, entries=kept)


def _as_stored(entry: Entry) -> Entry:
    start = entry.span.start if entry.span and entry.kind == "Observation" else None
    return replace(entry, answers=(), sites=(), disposition=(), span=at(start) if start else entry.span)


def both(path: Path, organization, system, year: int) -> tuple[Counter, Counter]:
    organization.zone = "UTC"
    db.session.flush()
    import_path(system, "clinic", "fhir", path, None)
    with tenant_scope(organization.id):
        zone = ZoneInfo("UTC")
        source = stored.StoredSource(organization.id, zone)
        sets, gaps = stored.value_sets(organization.id), source.gaps
        tables = counted(source, sets, gaps, year)
    return tables, counted(AsStored(FhirSource(read(path), zone)), sets, gaps, year)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("ecqm-2025-dev/ControllingHighBloodPressureFHIR.ndjson.gz", 2025),
        ("ecqm-2025-dev/DiabetesGlycemicStatusAssessmentGreaterThan9PercentFHIR.ndjson.gz", 2025),
        ("ecqm-2025-dev/ColonCancerScreeningFHIR.ndjson.gz", 2025),
        ("ecqm-2025-dev/BreastCancerScreeningFHIR.ndjson.gz", 2025),
        ("ecqm-2025-dev/FallsScreeningForFutureFallRiskFHIR.ndjson.gz", 2025),
        ("synthea-fhir-bulk-10", 2019),
    ],
    ids=lambda value: str(value).partition("/")[2].partition("FHIR")[0] or str(value),
)
def test_tables_and_files_give_the_same_counts(name, year, organization, system, session):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the data are not at {path}")
    tables, files = both(path, organization, system, year)
    assert tables.total() == files.total() > 0
    assert any(where for _, _, _, where, _ in files)
    assert {"in the tables alone": tables - files, "in the files alone": files - tables} == {
        "in the tables alone": Counter(),
        "in the files alone": Counter(),
    }
