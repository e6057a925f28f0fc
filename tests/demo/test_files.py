"""The files: the same for the same seed, other for another one, readable by anyone."""

import csv
from hashlib import sha256
from pathlib import Path

import orjson
import pytest

from app.demo.blueprint import plans
from app.demo.generate import PAST, PRESENT, generate
from tests.demo.conftest import NOW, SEED


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*/*"))}


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> Path:
    """The files of the second organization."""
    out = tmp_path_factory.mktemp("demo")
    (summary,) = generate(out, NOW, SEED, slugs=("other",))
    return summary.folder


def test_the_same_seed_gives_the_same_bytes(other, tmp_path):
    generate(tmp_path, NOW, SEED, slugs=("other",))
    assert digests(tmp_path / "other") == digests(other)


def test_present_and_past_written_one_by_one_are_the_same_bytes(other, tmp_path):
    for age in (PRESENT, PAST):
        generate(tmp_path, NOW, SEED, slugs=("other",), ages=(age,))
    assert digests(tmp_path / "other") == digests(other)


def test_another_seed_gives_other_bytes(other, tmp_path):
    generate(tmp_path, NOW, SEED + 1, slugs=("other",))
    assert digests(tmp_path / "other") != digests(other)


def test_a_csv_file_has_one_head_and_rows_of_its_length(other):
    for path in (other / "csv").iterdir():
        head, *rows = csv.reader(path.read_text().splitlines())
        assert head[0] == "id"
        assert rows
        assert {len(row) for row in rows} == {len(head)}
        assert head not in rows


def test_a_line_of_ndjson_is_a_resource_of_the_file_s_type(other):
    for path in (other / "fhir").iterdir():
        lines = path.read_bytes().splitlines()
        assert {orjson.loads(line)["resourceType"] for line in lines} == {path.stem}


def test_the_second_organization_is_in_europe_and_counts_in_euros():
    demo, other = plans()
    assert {clinic.zone for clinic in demo.clinics} == {"America/Chicago", "America/Denver"}
    assert (sum(clinic.doctors for clinic in demo.clinics), sum(clinic.patients for clinic in demo.clinics)) == (
        20,
        12_000,
    )
    assert "Europe/Berlin" in {clinic.zone for clinic in other.clinics}
    assert other.currency == "EUR"


def test_large_has_ten_times_the_doctors_and_patients():
    large, normal = plans("large")[0], plans()[0]
    assert sum(clinic.patients for clinic in large.clinics) == 10 * sum(clinic.patients for clinic in normal.clinics)
    assert sum(clinic.doctors for clinic in large.clinics) == 10 * sum(clinic.doctors for clinic in normal.clinics)
    assert len({clinic.key for clinic in large.clinics}) == len(large.clinics)
