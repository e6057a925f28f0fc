"""Input that must be refused, with the place and the reason, while its neighbours are stored."""

import gzip
import zipfile

import orjson
import pytest

from app.core.errors import Invalid
from app.ingest.rejects import harmless, rejects_csv
from app.ingest.sources.bundles import BLOCK, Splitter
from tests.ingest.conftest import PATIENT, count


def _patient(**more) -> dict:
    return PATIENT | more


BAD_LINES = {
    "not JSON": (b"{not json}", "", "not_json"),
    "cut off": (b'{"resourceType":"Patient","id":"x"', "", "not_json"),
    "too deep": (b'{"resourceType":"Patient","id":"x","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "", "too_deep"),
    "escaped NUL": (b'{"resourceType":"Patient","id":"x","language":"\\u0000"}', "", "nul"),
    "raw NUL": (b'{"resourceType":"Patient","id":"x","language":"\x00"}', "", "not_json"),
    "half a character": (b'{"resourceType":"Patient","id":"x","language":"\\ud800"}', "", "not_json"),
    "Latin-1": (b'{"resourceType":"Patient","id":"x","name":[{"family":"M\xfcller"}]}', "", "not_json"),
    "NaN": (b'{"resourceType":"Patient","id":"x","a":NaN}', "", "not_json"),
    "beyond a double": (b'{"resourceType":"Patient","id":"x","a":1e999}', "", "not_json"),
    "5,000 digits": (b'{"resourceType":"Patient","id":"x","a":' + b"1" * 5000 + b"}", "", "not_json"),
    "duplicate key": (b'{"resourceType":"Patient","id":"x","id":"y"}', "", "duplicate_key"),
    "hidden duplicate key": (b'{"resourceType":"Patient","id":"\\u0022","id" : "y"}', "", "duplicate_key"),
    "not an object": (b'"text"', "", "not_an_object"),
    "no type": (b'{"id":"x"}', "resourceType", "no_type"),
    "an underscore in the id": (_patient(id="bad_id"), "Patient.id", "bad_id"),
    "a long id": (_patient(id="x" * 65), "Patient.id", "bad_id"),
    "a number for an id": (_patient(id=7), "Patient.id", "bad_id"),
    "an empty array": (_patient(name=[]), "Patient.name", "empty"),
    "an empty object": (_patient(maritalStatus={}), "Patient.maritalStatus", "empty"),
    "an empty string": (_patient(name=[{"family": ""}]), "Patient.name[0].family", "empty"),
    "null": (_patient(birthDate=None), "Patient.birthDate", "null"),
    "a truth value as text": (_patient(active="true"), "Patient.active", "bad_type"),
    "a truth value as number": (_patient(active=1), "Patient.active", "bad_type"),
    "an unknown gender": (_patient(gender="woman"), "Patient.gender", "unknown_code"),
    "no such day": (_patient(birthDate="2025-02-30"), "Patient.birthDate", "bad_date"),
    "a day as number": (_patient(birthDate=1980), "Patient.birthDate", "bad_type"),
    "an object for an array": (_patient(name={"family": "Roe"}), "Patient.name", "bad_type"),
    "a reference of unknown form": (
        _patient(managingOrganization={"uri": "x"}),
        "Patient.managingOrganization.uri",
        "unknown_element",
    ),
    "a contained id": (
        _patient(contained=[{"resourceType": "Organization", "id": "org_1"}]),
        "Patient.contained.id",
        "bad_id",
    ),
    "a time without offset": (
        {"resourceType": "Appointment", "id": "a", "status": "booked", "start": "2025-03-03T09:00:00"},
        "Appointment.start",
        "bad_instant",
    ),
    "an appointment without start": (
        {"resourceType": "Appointment", "id": "a", "status": "booked"},
        "Appointment.start",
        "required",
    ),
    "an end before the start": (
        {
            "resourceType": "Appointment",
            "id": "a",
            "status": "booked",
            "start": "2025-03-03T09:00:00Z",
            "end": "2025-03-03T08:00:00Z",
        },
        "Appointment.end",
        "bad_order",
    ),
    "an unknown status": (
        {"resourceType": "Encounter", "id": "e", "status": "completed", "class": {"code": "AMB"}},
        "Encounter.status",
        "unknown_code",
    ),
}


@pytest.mark.parametrize(("line", "path", "code"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_record_is_rejected_with_its_place_and_its_neighbours_are_stored(
    load, ndjson, rows, rejects, line, path, code
):
    run = load(ndjson(_patient(id="before"), line, _patient(id="after")))
    assert rejects() == [(2, path, code)]
    assert count(run, "Patient")[0] == 2
    assert sorted(row["name"] for row in rows("source_records") if row["kind"] == "patients") == ["after", "before"]


GOOD = [
    _patient(birthDate="1980"),
    _patient(birthDate="1980-05"),
    {"resourceType": "Patient", "name": [{"given": ["a"], "_given": [{"id": "test"}]}]},
    {"resourceType": "Patient", "id": "x", "_birthDate": {"extension": [{"url": "http://x", "valueCode": "unknown"}]}},
    {"resourceType": "Patient", "id": "x", "name": [{"given": [None, "B"], "_given": [{"id": "n"}, None]}]},
    b' { "resourceType" : "Patient" , "id" : "x" , "name":[{"family":"Andr\\u00e9 \\ud83d\\ude00"}] } ',
    _patient(active=False, deceasedBoolean=True, multipleBirthBoolean=False),
]


@pytest.mark.parametrize("line", GOOD)
def test_its_good_twin_passes(load, ndjson, rejects, line):
    assert count(load(ndjson(line)), "Patient") == (1, 0, 0, 0)
    assert rejects() == []


def _bundle(*resources: dict) -> bytes:
    return orjson.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]})


def test_a_bundle_that_is_cut_off_keeps_what_came_before(load, tmp_path, rejects):
    path = tmp_path / "bundle.json"
    path.write_bytes(_bundle(_patient(id="a"), _patient(id="b"))[:-40])
    assert count(load(path), "Patient")[0] == 1
    assert rejects() == [(1, "", "cut_off")]


def test_brackets_that_do_not_match_are_told_with_their_line(load, tmp_path, rejects):
    path = tmp_path / "bundle.json"
    path.write_bytes(b'{"resourceType":"Bundle",\n"entry":[\n{"resource":{"id":"a"]}\n]}')
    load(path)
    assert rejects() == [(3, "", "not_json")]


def test_the_place_in_a_bundle_is_told(load, tmp_path, rejects):
    path = tmp_path / "bundle.json"
    path.write_bytes(_bundle(_patient(), _patient(id="b", gender="woman")))
    load(path)
    assert rejects() == [(1, "entry[1].Patient.gender", "unknown_code")]


def test_an_array_and_a_single_resource_are_read_too(load, tmp_path):
    (tmp_path / "many.json").write_bytes(orjson.dumps([_patient(id="a"), _patient(id="b")]))
    (tmp_path / "one.json").write_bytes(orjson.dumps(_patient(id="c"), option=orjson.OPT_INDENT_2))
    assert count(load(tmp_path), "Patient")[0] == 3


def test_a_git_lfs_pointer_refuses_the_file(load, ndjson, rejects):
    load(ndjson(b"version https://git-lfs.github.com/spec/v1", b"oid sha256:1", b"size 1"))
    assert rejects() == [(1, "", "lfs_pointer")]


def test_a_gzip_bomb_is_stopped_at_its_limit(load, tmp_path, rejects):
    path = tmp_path / "bomb.ndjson.gz"
    line = orjson.dumps(_patient(text={"div": "x" * 1_000_000})) + b"\n"
    with gzip.open(path, "wb") as out:
        for _ in range(60):
            out.write(line)
    load(path)
    assert [code for _, _, code in rejects()] == ["bomb"]


def test_a_broken_gzip_is_told(load, tmp_path, rejects):
    path = tmp_path / "data.ndjson.gz"
    path.write_bytes(gzip.compress(orjson.dumps(PATIENT) * 50)[:-20])
    load(path)
    assert "bad_packing" in {code for _, _, code in rejects()}


def test_a_zip_of_files_is_read_and_a_zip_bomb_is_refused(load, tmp_path, rows):
    good, bomb = tmp_path / "good.zip", tmp_path / "bomb.zip"
    with zipfile.ZipFile(good, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Patient.ndjson", orjson.dumps(PATIENT))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Patient.ndjson", b" " * 20_000_000)
    assert count(load(good), "Patient")[0] == 1
    with pytest.raises(Invalid, match="unpacks to more than"):
        load(bomb)


def test_a_folder_without_files_to_read_is_refused(load, tmp_path):
    with pytest.raises(Invalid):
        load(tmp_path)


def test_reasons_are_downloaded_without_formulas(load, ndjson, session, scope):
    run = load(ndjson(_patient(id="bad_id"), name="=1+1.ndjson"))
    header, line = rejects_csv(run.id)
    assert header == "file,line,path,code,reason\r\n"
    assert line.startswith("'=1+1.ndjson,1,Patient.id,bad_id,")
    assert [harmless(text) for text in ("=1", " =1", "@x", "-1", "Patient.id")] == [
        "'=1",
        "' =1",
        "'@x",
        "'-1",
        "Patient.id",
    ]


class _Endless:
    """A Bundle of 200 MiB that is made while it is read."""

    def __init__(self) -> None:
        self.left = 200 << 20
        self.head = b'{"resourceType":"Bundle","entry":[{"resource":{"id":"a"}}'
        self.entry = b',{"resource":{"id":"a","text":"' + b"x" * 2000 + b'"}}'

    def read(self, size: int) -> bytes:
        if self.head:
            head, self.head = self.head, b""
            return head
        if self.left <= 0:
            tail, self.entry = b"]}" if self.entry else b"", b""
            return tail
        block = self.entry * (size // len(self.entry) + 1)
        self.left -= len(block)
        return block


def test_a_bundle_of_any_size_is_cut_in_flat_memory():
    splitter = Splitter(_Endless())
    longest = entries = 0
    for piece in splitter.pieces():
        entries += piece.entry is not None
        longest = max(longest, len(splitter.buffer))
    assert entries > 90_000
    assert longest < 4 * BLOCK
