"""What follows the demo's bills: believable, whole, and nothing of the future."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from app.demo import account_records, records
from app.models.collection import PATIENCE
from tests.demo.conftest import NOW

TODAY = NOW.date().isoformat()


def _paid_days(rows) -> dict[str, list[str]]:
    found = defaultdict(list)
    for row in rows[records.Payment]:
        if row.status == "settled":
            found[row.invoice_id].append(row.paid_at[:10])
    return found


def test_every_kind_of_money_record_is_there_and_nothing_lies_ahead(rows):
    for kind, day in (
        (account_records.PaymentPlan, "started_day"),
        (account_records.CreditAccount, "opened_day"),
        (account_records.CreditEntry, "day"),
        (account_records.InvoiceReminder, "sent_day"),
        (account_records.Chargeback, "day"),
    ):
        assert len(rows[kind]) > 5, kind
        assert all(getattr(row, day) <= TODAY for row in rows[kind]), kind
    assert all((row.paid_day or "") <= TODAY for row in rows[account_records.PlanInstalment])


def test_reminders_go_out_for_what_is_overdue_and_most_of_them_work(rows):
    due = {row.id: row.due_day for row in rows[records.Invoice]}
    paid, judged, answered = _paid_days(rows), 0, 0
    for row in rows[account_records.InvoiceReminder]:
        assert row.sent_day > due[row.invoice_id]
        until = (date.fromisoformat(row.sent_day) + PATIENCE).isoformat()
        if until <= TODAY:
            judged += 1
            answered += any(row.sent_day <= day <= until for day in paid[row.invoice_id])
    assert 0.2 < answered / judged < 0.9


def test_a_plans_instalments_add_up_to_it_and_its_state_follows_from_them(rows):
    parts = defaultdict(list)
    for row in rows[account_records.PlanInstalment]:
        parts[row.plan_id].append(row)
    states = set()
    for plan in rows[account_records.PaymentPlan]:
        found = parts[plan.id]
        assert sum(Decimal(one.amount) for one in found) == Decimal(plan.total)
        assert (plan.status == "completed") == all(one.paid_day for one in found)
        assert (plan.ended_day is None) == (plan.status == "active")
        states.add(plan.status)
    assert states == {"active", "completed", "defaulted"}


def test_most_instalments_are_paid_on_time(rows):
    over = [row for row in rows[account_records.PlanInstalment] if row.due_day < TODAY]
    on_time = sum(row.paid_day is not None and row.paid_day <= row.due_day for row in over)
    assert 0.4 < on_time / len(over) < 0.95


def test_no_credit_is_used_before_it_is_there(rows):
    held: dict[str, Decimal] = defaultdict(Decimal)
    known = {row.id for row in rows[account_records.CreditAccount]}
    for row in rows[account_records.CreditEntry]:
        assert row.account_id in known
        held[row.account_id] += Decimal(row.amount) if row.kind == "credited" else -Decimal(row.amount)
        assert held[row.account_id] >= 0
    assert {row.kind for row in rows[account_records.CreditEntry]} == {"credited", "used"}


def test_chargebacks_take_back_settled_card_payments(rows):
    payments = {row.id: row for row in rows[records.Payment]}
    for row in rows[account_records.Chargeback]:
        payment = payments[row.payment_id]
        assert (payment.status, payment.method, payment.amount) == ("settled", "card", row.amount)
        assert payment.paid_at[:10] < row.day


def test_invoices_stand_in_every_state(rows):
    states = defaultdict(int)
    for row in rows[records.Invoice]:
        states[row.status] += 1
        assert (row.status == "draft") == (row.sent_day is None)
    assert set(states) == {"draft", "issued", "paid", "cancelled"}
    assert states["paid"] > states["issued"] > states["draft"]


def test_failed_payments_name_several_reasons(rows):
    assert len({row.failure for row in rows[records.Payment] if row.failure}) >= 3


def test_insured_patients_have_a_policy_in_force(rows):
    covered = {row.patient_id for row in rows[account_records.Coverage] if row.status == "active"}
    claimed = {row.patient_id for row in rows[records.Claim]}
    assert claimed <= covered
    assert all(row.ends_on is None for row in rows[account_records.Coverage] if row.status == "active")
    assert all(row.ends_on <= TODAY for row in rows[account_records.Coverage] if row.status == "cancelled")


def test_some_patients_pay_by_themselves(rows):
    share = sum(row.auto_pay == "true" for row in rows[records.Patient]) / len(rows[records.Patient])
    assert 0.1 < share < 0.3
