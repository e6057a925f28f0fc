"""What other systems write: nothing of it is lost without a word, and what is stored means what its sender meant."""

import zipfile
from datetime import date, timedelta
from pathlib import Path

import orjson
import pytest

from app.core import clock
from app.core.errors import Invalid
from tests.ingest.conftest import APPOINTMENT, CLINIC, INVOICE, PATIENT, PAYMENT, count

ANN, BOB = PATIENT | {"id": "ann"}, PATIENT | {"id": "bob"}
SEARCHSET = {"type": "searchset", "entry": [{"resource": ANN}, {"resource": BOB}]}


def _write(path: Path, value: object) -> Path:
    path.write_bytes(orjson.dumps(value))
    return path


@pytest.mark.parametrize("name", ["data.ndjson", "data.json"])
@pytest.mark.parametrize("order", ["type last", "id first"])
def test_a_bundle_is_one_wherever_it_names_its_type(load, tmp_path, name, order):
    kind = {"resourceType": "Bundle"}
    bundle = SEARCHSET | kind if order == "type last" else {"id": "b"} | kind | SEARCHSET
    assert count(load(_write(tmp_path / name, bundle)), "Patient") == (2, 0, 0, 0)


@pytest.mark.parametrize("name", ["data.ndjson", "data.json"])
def test_a_bundle_within_a_bundle_is_opened(load, tmp_path, rejects, name):
    bad = {"resource": PATIENT | {"gender": "M"}}
    inner = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": ANN}, bad]}
    outer = {"resourceType": "Bundle", "type": "batch-response", "entry": [{"resource": inner}, {"resource": BOB}]}
    path = _write(tmp_path / name, outer)
    assert count(load(path), "Patient") == (2, 0, 0, 1)
    assert rejects() == [(1, "entry[0].resource.entry[1].Patient.gender", "unknown_code")]
    assert count(load(path), "Patient") == (0, 2, 0, 1)


def test_an_entry_without_a_resource_is_counted_and_an_item_that_is_none_is_rejected(load, tmp_path, rejects):
    entries = [{"request": {"method": "DELETE", "url": "Patient/ann"}}, {"response": {"status": "201"}}]
    run = load(_write(tmp_path / "a.json", {"resourceType": "Bundle", "type": "transaction", "entry": entries}))
    assert (count(run, "Bundle.entry"), rejects()) == ((0, 0, 2, 0), [])
    run = load(_write(tmp_path / "b.json", [{"patient": "ann"}, ANN]))
    assert (count(run, "Patient"), rejects()) == ((1, 0, 0, 0), [(1, "entry[0].resourceType", "no_type")])


def test_a_bundle_whose_entries_are_no_array_is_rejected(load, tmp_path, rejects):
    load(_write(tmp_path / "data.json", {"resourceType": "Bundle", "type": "searchset", "entry": {"resource": ANN}}))
    assert rejects() == [(1, "Bundle.entry", "bad_type")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xef\xbb\xbf" + orjson.dumps(ANN), "byte order mark"),
        (orjson.dumps(ANN).decode().encode("utf-16"), "byte order mark"),
        (b'<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"/>', "XML"),
        (b"\x1f\x8b\x08\x00", "packed"),
        (b"PK\x03\x04", "packed"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    ],
    ids=["a mark", "UTF-16", "XML", "gzip", "zip", "LFS"],
)
@pytest.mark.parametrize("name", ["data.ndjson", "data.json"])
def test_a_file_that_is_no_json_is_told_for_what_it_is(load, tmp_path, rows, data, reason, name):
    (tmp_path / name).write_bytes(data)
    run = load(tmp_path)
    assert reason in rows("import_rejects", "reason", "line")[0]["reason"]
    assert set(run.counts) <= {"file", "unreadable"}


def test_money_in_another_currency_than_the_organizations_is_rejected(load, ndjson, rows, rejects):
    euros = INVOICE | {"id": "euros", "totalGross": {"value": 100.10, "currency": "EUR"}}
    unnamed = INVOICE | {"id": "unnamed", "totalGross": {"value": 100.10}}
    load(ndjson(INVOICE, euros, unnamed))
    assert rejects() == [(2, "Invoice.totalGross.currency", "other_currency")]
    assert len(rows("invoices")) == 2


def test_a_patient_who_is_said_to_be_dead_without_a_day_is_no_longer_active(load, ndjson, rows):
    load(ndjson(ANN | {"deceasedBoolean": True}, BOB | {"deceasedBoolean": False}))
    assert sorted((row["active"], row["deceased_on"]) for row in rows("patients")) == [(False, None), (True, None)]


def test_a_reversed_explanation_takes_its_claim_along(load, ndjson, rows):
    explanation = {
        "resourceType": "ExplanationOfBenefit",
        "id": "e",
        "status": "active",
        "outcome": "complete",
        "created": "2025-03-04",
        "total": [{"category": {"coding": [{"code": "submitted"}]}, "amount": {"value": 100}}],
    }
    load(ndjson(explanation))
    assert [row["status"] for row in rows("claims")] == ["paid"]
    load(ndjson(explanation | {"status": "cancelled"}))
    assert (rows("claims"), rows("adjudications")) == ([], [])


VISIT_OF_NO_BOOKING = {
    "resourceType": "Encounter",
    "id": "contact",
    "status": "finished",
    "class": {"code": "AMB"},
    "period": {"start": "2025-03-03T09:00:00Z", "end": "2025-03-03T09:30:00Z"},
}


def test_a_visit_entered_in_error_takes_along_the_appointment_that_it_stood_for(load, ndjson, rows):
    load(ndjson(VISIT_OF_NO_BOOKING))
    assert len(rows("appointments")) == 1
    load(ndjson(VISIT_OF_NO_BOOKING | {"status": "entered-in-error"}))
    assert (rows("appointments"), rows("encounters")) == ([], [])


def test_a_visit_whose_booking_is_named_later_counts_once(load, ndjson, rows):
    load(ndjson(VISIT_OF_NO_BOOKING, APPOINTMENT))
    assert len(rows("appointments")) == 2
    load(ndjson(VISIT_OF_NO_BOOKING | {"appointment": [{"reference": "Appointment/visit"}]}))
    assert [row["unlinked_visit"] for row in rows("appointments")] == [False]
    assert [row["appointment_id"] for row in rows("encounters")] == [rows("appointments")[0]["id"]]


def _paid(*amounts: int, **changed: object) -> dict[str, object]:
    details = [{"request": {"reference": "Invoice/bill"}, "amount": {"value": amount}} for amount in amounts]
    return PAYMENT | {"detail": details} | changed


def test_a_payment_that_is_taken_back_is_owed_again(load, ndjson, rows):
    def money() -> tuple[list[str], str, str]:
        (invoice,) = rows("invoices")
        return [str(row["amount"]) for row in rows("payments", "amount")], str(invoice["paid"]), str(invoice["balance"])

    load(ndjson(INVOICE, _paid(10, 20, 30)))
    assert money() == (["10.00", "20.00", "30.00"], "60.00", "40.10")
    load(ndjson(_paid(10)))
    assert money() == (["10.00"], "10.00", "90.10")
    load(ndjson(_paid(10, 20)))
    load(ndjson(_paid(10, 20, status="cancelled")))
    assert money() == ([], "0.00", "100.10")


def test_a_payment_that_was_meant_for_another_invoice_is_owed_again_on_the_first(load, ndjson, rows):
    load(ndjson(INVOICE, INVOICE | {"id": "other"}, _paid(40)))
    load(ndjson(PAYMENT | {"detail": [{"request": {"reference": "Invoice/other"}, "amount": {"value": 40}}]}))
    assert sorted(str(row["balance"]) for row in rows("invoices")) == ["100.10", "60.10"]


def test_a_claim_whose_decision_is_taken_back_is_pending_again(load, ndjson, rows):
    claim = {"resourceType": "Claim", "id": "c", "status": "active", "created": "2025-03-04", "total": {"value": 120}}
    response = {"resourceType": "ClaimResponse", "id": "r", "status": "active", "outcome": "complete"}
    response |= {"created": "2025-03-14", "request": {"reference": "Claim/c"}}
    load(ndjson(claim, response))
    assert [(row["status"], row["decided_day"]) for row in rows("claims")] == [("paid", date(2025, 3, 14))]
    load(ndjson(response | {"status": "cancelled"}))
    assert [(row["status"], row["decided_day"]) for row in rows("claims")] == [("pending", None)]


HOURS = {
    "no object": "[]",
    "no list": '{"0": 5}',
    "no times": '{"0": [["early", "late"]]}',
    "three times": '{"0": [["08:00", "12:00", "17:00"]]}',
    "a ninth day": '{"9": [["08:00", "17:00"]]}',
    "closed before it opens": '{"0": [["17:00", "08:00"]]}',
}


@pytest.mark.parametrize("hours", HOURS.values(), ids=HOURS)
def test_opening_hours_that_cannot_be_are_rejected(load, tmp_path, rejects, hours):
    cell = hours.replace('"', '""')
    (tmp_path / "clinics.csv").write_text(f'id,name,zone,opening_hours\nc,Downtown,UTC,"{cell}"\n')
    load(tmp_path, "csv")
    assert rejects() == [(2, "opening_hours", "bad_hours")]


def test_a_clinic_may_be_open_until_midnight_and_not_close_before_it_opens(load, ndjson, rows, rejects):
    late = {"daysOfWeek": ["mon"], "openingTime": "14:00:00", "closingTime": "00:00:00"}
    never = {"daysOfWeek": ["mon"], "openingTime": "17:00:00", "closingTime": "08:00:00"}
    load(ndjson(CLINIC | {"hoursOfOperation": [late]}, CLINIC | {"id": "never", "hoursOfOperation": [never]}))
    assert [row["opening_hours"] for row in rows("clinics")] == [{"0": [["14:00", "24:00"]]}]
    assert rejects() == [(2, "Location.hoursOfOperation", "bad_hours")]


def test_a_folder_is_read_although_one_zip_of_it_is_broken_and_one_file_is_closed(load, tmp_path, rejects, monkeypatch):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    _write(tmp_path / "b.json", ANN)
    _write(tmp_path / "c.json", BOB).chmod(0)
    opened = Path.open

    def as_a_normal_user(path: Path, *args: str) -> object:
        if path.name == "c.json":  # root may read what nobody may
            raise PermissionError
        return opened(path, *args)

    monkeypatch.setattr(Path, "open", as_a_normal_user)
    assert count(load(tmp_path), "Patient") == (1, 0, 0, 0)
    assert rejects() == [(None, "", "bad_zip"), (None, "", "not_readable")]


def test_what_a_mac_packs_beside_its_files_is_left_alone(load, tmp_path, rejects):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("export/data.ndjson", orjson.dumps(ANN))
        archive.writestr("__MACOSX/export/._data.ndjson", b"\x00\x05\x16\x07")
        archive.writestr("export/.hidden.ndjson", b"?")
    assert count(load(tmp_path / "data.zip"), "Patient") == (1, 0, 0, 0)
    assert rejects() == []


@pytest.mark.parametrize("text", ["1_000", "１２", "0x10", "1 000", "1'000", "--1"])
def test_a_number_is_written_in_plain_digits(load, tmp_path, rejects, text):
    (tmp_path / "invoices.csv").write_text(f"id,status,issue_day,total\n1,issued,2025-03-04,{text}\n", "utf-8")
    (tmp_path / "appointment_types.csv").write_text(f"id,name,minutes\n1,Visit,{text}\n", "utf-8")
    load(tmp_path, "csv")
    assert sorted(rejects()) == [(2, "minutes", "bad_value"), (2, "total", "bad_value")]


NO_CSV = {
    "JSON": ("patients.csv", b'{"id": 1}', "unknown_column"),
    "a PDF": ("patients.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "unknown_column"),
    "rows without a header": ("patients.csv", b"1,Jane Roe\n2,Ann Poe\n", "unknown_column"),
    "nothing": ("patients.csv", b"", "bad_header"),
    "UTF-16": ("patients.csv", "id,name\n1,Roe\n".encode("utf-16"), "bad_header"),
    "another name": ("people.csv", b"id,name\n1,Roe\n", "unknown_type"),
    "another kind of file": ("patients.json", b'{"resourceType": "Patient"}', "unknown_type"),
}


@pytest.mark.parametrize(("name", "data", "code"), NO_CSV.values(), ids=NO_CSV)
def test_a_file_that_is_no_csv_of_ours_is_refused_before_anything_is_read(load, tmp_path, rows, name, data, code):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(Invalid, match="This cannot be imported") as refused:
        load(tmp_path / name, "csv")
    assert refused.value.code == code
    assert "Roe" not in refused.value.message  # a header may be a patient's row
    assert (rows("import_runs"), rows("patients")) == ([], [])


def test_in_a_folder_such_a_file_is_rejected_and_the_others_are_stored(load, tmp_path, rows):
    (tmp_path / "patients.csv").write_bytes(b"1,Jane Roe\n2,Ann Poe\n")
    (tmp_path / "clinics.csv").write_bytes(b"id,name,zone\nc,Downtown,UTC\n")
    run = load(tmp_path, "csv")
    assert (count(run, "clinics"), count(run, "file")) == ((1, 0, 0, 0), (0, 0, 0, 1))
    assert [row["reason"] for row in rows("import_rejects")] == ["column 1 of the header is none of patients"]
    assert rows("patients") == []


def test_a_header_alone_is_checked_too(load, tmp_path, rejects):
    (tmp_path / "patients.csv").write_bytes(b"id,nmae\n")
    load(tmp_path, "csv")
    assert rejects() == [(1, "", "unknown_column")]


@pytest.mark.parametrize("name", ["data.csv", "data.xml", "data.pdf"])
def test_a_file_that_is_no_fhir_is_refused_before_anything_is_read(load, tmp_path, rows, name):
    (tmp_path / name).write_bytes(b"<Patient/>" if name == "data.xml" else b"id,name\n1,Roe\n")
    with pytest.raises(Invalid, match="This cannot be imported"):
        load(tmp_path / name)
    assert rows("import_runs") == []


@pytest.mark.parametrize(
    ("start", "day"),
    [("2025-03-03T01:30:00+14:00", date(2025, 3, 2)), ("2025-03-03T23:30:00-12:00", date(2025, 3, 4))],
)
def test_an_offset_of_any_place_leads_to_the_clinics_day(load, ndjson, rows, start, day):
    visit = {key: value for key, value in APPOINTMENT.items() if key != "end"} | {"start": start}
    load(ndjson(CLINIC | {"id": "room-1"}, visit))
    assert [row["local_day"] for row in rows("appointments")] == [day]


@pytest.mark.parametrize("records", [ANN, [ANN, BOB], {"resourceType": "Bundle", "type": "collection"} | SEARCHSET])
@pytest.mark.parametrize("blank", [b"", b"\n"])
def test_lines_that_are_no_records_are_one_fault_of_the_file(load, tmp_path, rejects, records, blank):
    path = tmp_path / "data.ndjson"
    path.write_bytes(blank + orjson.dumps(records, option=orjson.OPT_INDENT_2))
    run = load(path)
    assert count(run, "file") == (0, 0, 0, 1)
    assert rejects() == [(1 + len(blank), "", "not_lines")]
    assert count(load(path.rename(tmp_path / "data.json")), "Patient")[0] > 0


def test_a_first_line_that_is_cut_off_is_one_bad_record_among_others(load, ndjson, rejects):
    assert count(load(ndjson(b'{"resourceType": "Patient",', ANN, BOB)), "Patient") == (2, 0, 0, 0)
    assert [code for *_, code in rejects()] == ["not_json"]


def test_nobody_is_born_after_today(load, ndjson, tmp_path, rejects):
    today = clock.now().date()
    ahead, born = (today + timedelta(days=2)).isoformat(), today.isoformat()
    run = load(ndjson(ANN | {"birthDate": ahead}, BOB | {"birthDate": born}))
    assert count(run, "Patient") == (1, 0, 0, 1)
    (tmp_path / "patients.csv").write_text(f"id,birth_date\na,{ahead}\nb,{born}\n")
    assert count(load(tmp_path / "patients.csv", "csv"), "patients") == (1, 0, 0, 1)
    assert rejects() == [(1, "Patient.birthDate", "bad_date"), (2, "birth_date", "bad_value")]
