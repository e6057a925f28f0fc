"""Cover, plans, credit, reminders and chargebacks come in; what follows from them is computed."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Coverage
from tests.ingest.conftest import PATIENT, shared

COVERAGE = {
    "resourceType": "Coverage",
    "id": "policy",
    "status": "active",
    "subscriberId": "POL-77",
    "beneficiary": {"reference": "Patient/pat"},
    "period": {"start": "2024-01-01", "end": "2024-12-31"},
    "payor": [{"display": "Sample Mutual"}],
    "type": {"text": "PPO"},
}
CLINICS = "id,name,zone\nc,Downtown,America/New_York\n"
INVOICES = "id,clinic_id,status,issue_day,due_day,total\ni,c,issued,2025-03-04,2025-04-03,100\n"


def _write(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content, "utf-8")
    return folder


def test_a_policy_number_is_kept_sealed(load, ndjson, rows, organization):
    load(ndjson(PATIENT, COVERAGE))
    (row,) = rows("coverages")
    assert (row["payer"], row["kind"], row["status"]) == ("Sample Mutual", "PPO", "active")
    assert (row["starts_on"], row["ends_on"]) == (date(2024, 1, 1), date(2024, 12, 31))
    assert b"POL-77" not in bytes(row["policy_sealed"])
    assert row["patient_id"] == rows("patients")[0]["id"]
    with tenant_scope(organization.id):
        assert db.session.query(Coverage).one().policy == "POL-77"


def test_a_policy_of_nobody_is_rejected(load, ndjson, rejects):
    load(ndjson({key: value for key, value in COVERAGE.items() if key != "beneficiary"}))
    assert [(path, code) for _, path, code in rejects()] == [("Coverage.beneficiary", "required")]


def test_a_policy_entered_in_error_goes(load, ndjson, rows):
    load(ndjson(PATIENT, COVERAGE))
    load(ndjson(COVERAGE | {"status": "entered-in-error"}, name="later.ndjson"))
    assert rows("coverages") == []


def test_a_payment_knows_when_its_invoice_was_issued(load, tmp_path, rows):
    payments = "id,invoice_id,status,method,paid_at,amount\n1,i,settled,card,2025-03-20T10:00:00Z,60\n"
    load(_write(tmp_path, clinics=CLINICS, invoices=INVOICES, payments=payments), "csv")
    assert rows("payments")[0]["invoiced_day"] == date(2025, 3, 4)


@pytest.mark.parametrize(("paid", "answered"), [("2025-04-12", date(2025, 4, 12)), ("2025-04-09", None)])
def test_a_reminder_is_answered_by_the_first_money_after_it(load, tmp_path, rows, paid, answered):
    reminders = "id,invoice_id,channel,sent_day,automatic\nm,i,email,2025-04-10,true\n"
    payments = f"id,invoice_id,status,method,paid_at,amount\n1,i,settled,card,{paid}T16:00:00Z,60\n"
    load(_write(tmp_path, clinics=CLINICS, invoices=INVOICES, invoice_reminders=reminders), "csv")
    (row,) = rows("invoice_reminders")
    assert (row["judged_day"], row["answered_day"]) == (date(2025, 4, 24), None)
    (tmp_path / "later").mkdir()
    load(_write(tmp_path / "later", payments=payments), "csv")
    (row,) = rows("invoice_reminders")
    assert row["answered_day"] == answered
    assert row["clinic_id"] == rows("clinics")[0]["id"]


def test_plans_credit_and_chargebacks_take_their_clinic_from_what_they_belong_to(load, tmp_path, rows):
    files = {
        "clinics": CLINICS,
        "invoices": INVOICES,
        "payments": "id,invoice_id,status,method,paid_at,amount\n1,i,settled,card,2025-03-20T10:00:00Z,60\n",
        "payment_plans": "id,invoice_id,status,started_day,total\nl,i,active,2025-03-20,100\n",
        "plan_instalments": "id,plan_id,position,due_day,amount,paid_day\nl1,l,1,2025-04-01,50,2025-03-30\n",
        "credit_accounts": "id,clinic_id,status,opened_day\na,c,open,2025-03-01\n",
        "credit_entries": "id,account_id,kind,day,amount\ne,a,credited,2025-03-01,25\n",
        "chargebacks": "id,payment_id,status,reason,day,amount\nb,1,open,fraud,2025-04-02,60\n",
    }
    run = load(_write(tmp_path, **files), "csv")
    (clinic,) = rows("clinics")
    assert run.waiting == 0
    for table in ("payment_plans", "plan_instalments", "credit_entries", "chargebacks"):
        assert [row["clinic_id"] for row in rows(table)] == [clinic["id"]], table


def test_a_reminder_marks_the_day_on_which_it_is_judged(load, tmp_path, organization):
    reminders = "id,invoice_id,channel,sent_day\nm,i,email,2025-04-10\n"
    load(_write(tmp_path, clinics=CLINICS, invoices=INVOICES, invoice_reminders=reminders), "csv")
    with tenant_scope(organization.id):
        query = text("SELECT day FROM rollup_dirty WHERE organization_id = :o AND family = 'reminders'")
        assert db.session.scalars(query, {"o": organization.id}).all() == [date(2025, 4, 24)]


def test_the_cover_of_synthea_patients_is_read(load, rows):
    load(shared("synthea-csv-27"), "csv", "synthea_csv")
    covers = rows("coverages", "payer, starts_on, ends_on, policy_sealed")
    assert len(covers) > 27
    assert {"Medicare"} < {row["payer"] for row in covers}
    assert all(row["starts_on"] <= row["ends_on"] for row in covers if row["ends_on"])


def test_amounts_stay_exact(load, tmp_path, rows):
    entries = "id,account_id,kind,day,amount\ne,a,credited,2025-03-01,0.10\nf,a,used,2025-03-02,0.07\n"
    accounts = "id,clinic_id,status,opened_day\na,c,open,2025-03-01\n"
    load(_write(tmp_path, clinics=CLINICS, credit_accounts=accounts, credit_entries=entries), "csv")
    held = sum(row["amount"] if row["kind"] == "credited" else -row["amount"] for row in rows("credit_entries"))
    assert held == Decimal("0.03")
