"""CSV: our own record types, and another system's files through a mapping."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.errors import Invalid
from tests.ingest.conftest import count

CLINICS = 'id,name,zone,opening_hours\nc,Downtown,America/New_York,"{""0"": [[""08:00"", ""17:00""]]}"\n'
PATIENTS = (
    'id,name,record_number,sex,birth_date,email,postal_code\np,"Roe, Jane",MRN1,female,1980-05-17,j@x.example,02139\n'
)
APPOINTMENTS = (
    "id,clinic_id,patient_id,status,starts_at,ends_at,booked_at,arrived_at,started_at,is_test\n"
    "a,c,p,completed,2025-03-03T09:00:00,2025-03-03T09:30:00,2025-02-24,2025-03-03T08:50:00,2025-03-03T14:04:00Z,false\n"
)


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def test_files_are_named_after_record_types_and_local_times_are_the_clinics(load, tmp_path, rows):
    run = load(_write(tmp_path, appointments=APPOINTMENTS, clinics=CLINICS, patients=PATIENTS), "csv")
    (visit,) = rows("appointments")
    assert run.waiting == 0
    assert visit["starts_at"] == datetime(2025, 3, 3, 14, tzinfo=UTC)  # 09:00 in New York
    assert (visit["local_day"], visit["local_hour"]) == (date(2025, 3, 3), 9)
    assert (visit["wait_minutes"], visit["lead_days"], visit["minutes"]) == (4, 7, 30)
    assert rows("clinics")[0]["opening_hours"] == {"0": [["08:00", "17:00"]]}
    assert rows("patients")[0]["postal_area"] == "021"


def test_a_second_import_changes_nothing(load, tmp_path):
    folder = _write(tmp_path, appointments=APPOINTMENTS, clinics=CLINICS, patients=PATIENTS)
    load(folder, "csv")
    assert count(load(folder, "csv"), "appointments") == (0, 1, 0, 0)


def test_an_invoices_balance_follows_its_payments(load, tmp_path, rows):
    invoices = "id,status,issue_day,total,adjusted\ni,issued,2025-03-04,100.10,10\n"
    payments = (
        "id,invoice_id,status,method,paid_at,amount\n"
        "1,i,settled,card,2025-03-05T10:00:00Z,50\n"
        "2,i,failed,card,2025-03-05T10:00:00Z,7\n"
    )
    load(_write(tmp_path, invoices=invoices, payments=payments), "csv")
    assert [(row["paid"], row["balance"]) for row in rows("invoices")] == [(Decimal(50), Decimal("40.10"))]


BAD_ROWS = {
    "fields": ("a,booked", "", "bad_fields"),
    "status": ("a,came,2025-03-03T09:00:00Z,", "status", "unknown_code"),
    "missing": ("a,booked,,", "starts_at", "required"),
    "time": ("a,booked,yesterday,", "starts_at", "bad_value"),
    "order": ("a,booked,2025-03-03T09:00:00Z,2025-03-03T08:00:00Z", "ends_at", "bad_order"),
    "NUL": ("a\x00,booked,2025-03-03T09:00:00Z,", "id", "encoding"),
}


@pytest.mark.parametrize(("line", "path", "code"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_rejected_and_the_next_is_stored(load, tmp_path, rejects, line, path, code):
    good = "b,booked,2025-03-03T09:00:00Z,"
    run = load(_write(tmp_path, appointments=f"id,status,starts_at,ends_at\n{line}\n{good}\n"), "csv")
    assert rejects() == [(2, path, code)]
    assert count(run, "appointments") == (1, 0, 0, 1)


def test_a_row_in_another_encoding_is_rejected(load, tmp_path, rejects):
    (tmp_path / "patients.csv").write_bytes(b"id,name\n1,M\xfcller\n2,Roe\n")
    assert count(load(tmp_path, "csv"), "patients") == (1, 0, 0, 1)
    assert rejects() == [(2, "name", "encoding")]


@pytest.mark.parametrize(("text", "code"), [("id,nmae\n1,x\n", "unknown_column"), ("id,id\n1,2\n", "bad_header")])
def test_a_wrong_header_refuses_the_file(load, tmp_path, rejects, text, code):
    load(_write(tmp_path, patients=text), "csv")
    assert [found for _, _, found in rejects()] == [code]


def test_a_file_of_no_record_type_is_refused(load, tmp_path, rejects):
    load(_write(tmp_path, appointment=APPOINTMENTS), "csv")
    assert [found for _, _, found in rejects()] == ["unknown_type"]


MAPPING = """
[[record]]
type = "clinics"
rows = [{ id = "main", name = "Main", zone = "Europe/Berlin" }]
[[record]]
type = "appointments"
file = "visits.csv"
when = { kind = ["visit"] }
[record.columns]
id = "no"
clinic_id = { constant = "main" }
status = { from = "state", values = { done = "completed" } }
starts_at = { join = ["day", "time"], format = "%d.%m.%Y %H:%M" }
ends_at = { join = ["day", "time"], format = "%d.%m.%Y %H:%M", add_minutes = 20 }
channel = { from = "how", lookup = { file = "ways.csv", key = "code", value = "name" } }
"""


def test_a_mapping_renames_joins_translates_and_looks_up(load, tmp_path, rows, rejects):
    (tmp_path / "map.toml").write_text(MAPPING)
    visits = (
        "no,kind,state,day,time,how\n1,visit,done,03.03.2025,09:00,p\n2,visit,lost,03.03.2025,09:00,p\n3,note,,,,\n"
    )
    folder = _write(tmp_path, visits=visits, ways="code,name\np,phone\n", other="a\n1\n")
    run = load(folder, "csv", str(tmp_path / "map.toml"))
    (visit,) = rows("appointments")
    assert (visit["starts_at"], visit["minutes"]) == (datetime(2025, 3, 3, 8, tzinfo=UTC), 20)
    assert (visit["channel"], visit["status"]) == ("phone", "completed")
    assert rejects() == [(3, "status", "unknown_code")]
    assert (count(run, "visits"), count(run, "other")) == ((0, 0, 1, 0), (0, 0, 1, 0))


@pytest.mark.parametrize(
    "text", ["[[record]]\ntype = 'nothing'", "x =", "", "[[record]]\ntype='clinics'\ncolumns={nmae='x'}"]
)
def test_a_wrong_mapping_is_told_before_anything_is_read(load, tmp_path, text):
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(Invalid):
        load(_write(tmp_path, visits="a\n1\n"), "csv", str(tmp_path / "map.toml"))
