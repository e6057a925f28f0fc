"""Files and folders made to break an import: each ends in a reason, and nothing outside of them is read."""

import gzip
import os
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from app.core.errors import Invalid
from tests.ingest.conftest import CLINIC, PATIENT, count

LINE = orjson.dumps(PATIENT)


def _codes(rejects) -> list[str]:
    return [code for _, _, code in rejects()]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (LINE.decode().encode("utf-16"), "not_json"),
        (b"\xef\xbb\xbf" + LINE, "not_json"),
        (b'{"resourceType":"Patient","id":"x","a":' + b"9" * (17 << 20) + b"}", "too_large"),
        (b"\x00" * 1000, "not_json"),
        (b"[" * 200_000, "not_json"),
    ],
    ids=["UTF-16", "byte order mark", "a line of 17 MB", "NULs alone", "brackets alone"],
)
@pytest.mark.parametrize("ending", ["ndjson", "json"])
def test_text_that_is_no_json_is_told_by_its_kind(load, tmp_path, rejects, data, code, ending):
    (tmp_path / f"data.{ending}").write_bytes(data)
    run = load(tmp_path)
    assert run.state == "completed"
    assert _codes(rejects)
    assert set(_codes(rejects)) <= {code, "not_json", "cut_off", "too_deep"}


@pytest.mark.parametrize("name", ["data.ndjson", "data.json"])
def test_an_empty_file_brings_nothing(load, tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    run = load(tmp_path)
    assert (run.state, run.counts) == ("completed", {})


def test_line_ends_may_be_mixed(load, tmp_path):
    lines = [orjson.dumps(PATIENT | {"id": f"p{n}"}) for n in range(3)]
    (tmp_path / "data.ndjson").write_bytes(lines[0] + b"\r\n" + lines[1] + b"\n\r\n" + lines[2])
    assert count(load(tmp_path), "Patient") == (3, 0, 0, 0)


def test_lines_parted_by_a_lone_carriage_return_are_no_json(load, tmp_path, rejects):
    (tmp_path / "data.ndjson").write_bytes(LINE + b"\r" + LINE)
    load(tmp_path)
    assert _codes(rejects) == ["not_json"]


def test_pipes_devices_and_links_out_of_the_folder_are_not_read(load, tmp_path, rows):
    secret = tmp_path / "outside" / "secret.ndjson"
    secret.parent.mkdir()
    secret.write_bytes(orjson.dumps(PATIENT | {"id": "secret"}))
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "data.ndjson").write_bytes(LINE)
    (folder / os.fsdecode(b"\xff.ndjson")).write_bytes(b"{")
    (folder / "link.ndjson").symlink_to(secret)
    (folder / "folder").symlink_to(secret.parent)
    (folder / "loop").symlink_to(folder)
    (folder / "zero.ndjson").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.ndjson")
    assert count(load(folder), "Patient") == (1, 0, 0, 0)
    assert [row["file"] for row in rows("import_rejects")] == ["\\xff.ndjson"]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["a pipe", "a device"])
def test_a_path_that_is_no_file_is_refused(load, tmp_path, make):
    make(tmp_path / "data.ndjson")
    with pytest.raises(Invalid, match="no such file"):
        load(tmp_path / "data.ndjson")


def test_names_in_a_zip_lead_nowhere(load, tmp_path, rows):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("../../escaped.ndjson", LINE)
        archive.writestr("/tmp/absolute.ndjson", orjson.dumps(PATIENT | {"id": "two"}))
    assert count(load(tmp_path / "data.zip"), "Patient") == (2, 0, 0, 0)
    assert not (tmp_path.parent / "escaped.ndjson").exists()


def _encrypted(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.ndjson", LINE)
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the local header says: encrypted
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and so does the directory
    path.write_bytes(data)


def _unknown_packing(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.ndjson", LINE)
    data = bytearray(path.read_bytes())
    data[8], data[data.index(b"PK\x01\x02") + 10] = 97, 97
    path.write_bytes(data)


def _wrong_sum(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.ndjson", LINE + b"\n" + LINE)
    path.write_bytes(path.read_bytes().replace(b'"gender"', b'"bender"', 1))


@pytest.mark.parametrize("make", [_encrypted, _unknown_packing, _wrong_sum])
def test_a_zip_that_cannot_be_unpacked_is_told(load, tmp_path, rejects, make):
    make(tmp_path / "data.zip")
    load(tmp_path / "data.zip")
    assert "bad_packing" in _codes(rejects)


def test_a_zip_that_lies_about_its_sizes_is_stopped(load, tmp_path, rejects):
    with zipfile.ZipFile(tmp_path / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.ndjson", b" " * (64 << 20))
    data = bytearray((tmp_path / "data.zip").read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (1000).to_bytes(4, "little")
    (tmp_path / "data.zip").write_bytes(data)
    run = load(tmp_path / "data.zip")
    assert run.state == "completed"
    assert run.counts.get("Patient") is None


def test_a_gzip_of_nothing_but_blanks_is_stopped(load, tmp_path, rejects):
    (tmp_path / "data.json.gz").write_bytes(gzip.compress(b" " * (64 << 20)))
    load(tmp_path)
    assert _codes(rejects) == ["bomb"]


def test_a_bundle_of_200_000_entries_needs_no_memory_for_them_all(load, tmp_path):
    entry = orjson.dumps({"resource": {"resourceType": "Basic", "id": "x"}})
    with (tmp_path / "bundle.json").open("wb") as file:
        file.write(b'{"resourceType":"Bundle","type":"collection","entry":[' + entry)
        for _ in range(199_999):
            file.write(b"," + entry)
        file.write(b"]}")
    assert count(load(tmp_path), "Basic") == (0, 0, 200_000, 0)


BAD_CSV = {
    "a quote that is never closed": (b'id,name\n1,"Roe\n2,Poe\n', {"not_csv"}),
    "a NUL": (b"id,name\n1,R\x00e\n", {"encoding", "not_csv"}),
    "UTF-16": ("id,name\n1,Roe\n".encode("utf-16"), {"bad_header"}),
    "a lone carriage return": (b"id,name\n1,R\re\n", {"not_csv", "bad_fields"}),
    "a line of 2 MB": (b"id,name\n1," + b"x" * (2 << 20) + b"\n", {"too_large"}),
    "a field of many lines": (b'id,name\n1,"' + b"x\n" * (1 << 20) + b'"\n', {"not_csv", "too_large"}),
    "blanks alone": (b"\n\n\n", {"bad_header"}),
    "more fields": (b"id,name\n1,Roe,Poe\n", {"bad_fields"}),
}


@pytest.mark.parametrize(("data", "codes"), BAD_CSV.values(), ids=BAD_CSV)
def test_a_csv_that_cannot_be_read_is_told(load, tmp_path, rejects, data, codes):
    (tmp_path / "patients.csv").write_bytes(data)
    assert load(tmp_path, "csv").state == "completed"
    assert _codes(rejects)
    assert set(_codes(rejects)) <= codes


BAD_CELLS = {
    "year 0": ("0000-00-00", "bad_value"),
    "no such day": ("2025-02-29", "bad_value"),
    "a year beyond all plans": ("9999-12-31", "bad_value"),
    "a day of five figures": ("12025-01-01", "bad_value"),
}


@pytest.mark.parametrize(("cell", "code"), BAD_CELLS.values(), ids=BAD_CELLS)
def test_a_day_that_is_none_is_rejected(load, tmp_path, rejects, cell, code):
    (tmp_path / "patients.csv").write_text(f"id,birth_date\n1,{cell}\n")
    load(tmp_path, "csv")
    assert _codes(rejects) == [code]


@pytest.mark.parametrize("amount", ["1e400", "NaN", "Infinity", "-Infinity", "1_000", "0x10", "1e-400", "9" * 400, "٣"])
def test_an_amount_of_any_kind_is_stored_or_rejected(load, tmp_path, amount):
    (tmp_path / "expenses.csv").write_text(f"id,day,category,amount\n1,2025-03-01,rent,{amount}\n")
    assert load(tmp_path, "csv").state == "completed"


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59"])
def test_a_time_at_the_edge_of_the_calendar_is_rejected(load, tmp_path, rejects, when):
    (tmp_path / "appointments.csv").write_text(f"id,status,starts_at\n1,booked,{when}\n")
    load(tmp_path, "csv")
    assert rejects() == [(2, "starts_at", "bad_value")]


@pytest.mark.parametrize(
    ("start", "stored"),
    [
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),  # the last leap second
        ("2025-03-03T09:00:00.123456789+14:00", datetime(2025, 3, 2, 19, 0, 0, 123456, UTC)),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("0000-00-00T00:00:00Z", None),
        ("2025-03-03T24:00:00Z", None),
        ("2025-03-03T09:00:61Z", None),
    ],
)
def test_a_start_is_an_instant_that_clocks_and_calendars_know(load, ndjson, rows, rejects, start, stored):
    load(ndjson({"resourceType": "Appointment", "id": "a", "status": "booked", "start": start}))
    assert [row["starts_at"] for row in rows("appointments")] == ([stored] if stored else [])
    assert rejects() == ([] if stored else [(1, "Appointment.start", "bad_instant")])


def test_of_two_files_with_the_same_ids_the_younger_version_holds(load, ndjson, tmp_path, rows):
    old, new = ({"meta": {"lastUpdated": f"2025-0{month}-01T00:00:00Z"}} for month in (1, 2))
    ndjson(PATIENT | new | {"gender": "male"}, name="in/a.ndjson")
    ndjson(PATIENT | old | {"gender": "female"}, name="in/b.ndjson")
    run = load(tmp_path / "in")
    assert [row["sex"] for row in rows("patients")] == ["male"]
    assert count(run, "Patient") == (1, 1, 0, 0)


def _bill(name: str, factor: float) -> dict:
    price = {"type": "base", "factor": factor, "amount": {"value": 10}}
    return {
        "resourceType": "Invoice",
        "id": name,
        "status": "issued",
        "date": "2025-03-04",
        "totalGross": {"value": 10},
        "lineItem": [{"priceComponent": [price]}],
    }


def test_a_record_that_only_the_database_refuses_is_rejected_alone(load, ndjson, rejects, rows):
    run = load(ndjson(_bill("one", 1), _bill("two", 1e15), _bill("three", 2)))
    assert (run.state, count(run, "Invoice")) == ("completed", (2, 0, 0, 1))
    assert [(line, code) for line, _, code in rejects()] == [(2, "refused")]
    assert len(rows("invoices")) == len(rows("invoice_lines")) == 2


def test_a_visit_longer_than_can_be_told_is_as_long_as_can_be_told(load, ndjson, rows):
    visit = {"resourceType": "Appointment", "id": "a", "status": "booked", "start": "2025-03-03T09:00:00Z"}
    load(ndjson(visit | {"minutesDuration": 2**31 - 1}))
    assert [row["minutes"] for row in rows("appointments")] == [32767]


def test_references_in_a_circle_end(load, ndjson, rows):
    places = [CLINIC | {"id": n, "partOf": {"reference": f"Location/{of}"}} for n, of in (("a", "b"), ("b", "a"))]
    organizations = [
        {"resourceType": "Organization", "id": n, "name": n, "partOf": {"reference": f"Organization/{of}"}}
        for n, of in (("c", "d"), ("d", "c"), ("e", "e"))
    ]
    rooms = [
        CLINIC | {"id": n, "physicalType": {"coding": [{"code": "wi"}]}, "partOf": {"reference": f"Location/{of}"}}
        for n, of in (("f", "g"), ("g", "f"), ("h", "h"))
    ]
    run = load(ndjson(*places, *organizations, *rooms))
    assert run.state == "completed"
    assert load(ndjson(*places, *organizations, *rooms)).state == "completed"
