"""Figures of payments and what follows an invoice, with numbers that can be checked by hand."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from app.extensions import db
from app.metrics.run import run, run_all
from app.metrics.types import Query
from app.models import Chargeback, Claim, CreditAccount, CreditEntry, InvoiceReminder, PaymentPlan, PlanInstalment
from app.rollups.refresh import refresh
from tests.metrics.conftest import MONDAY, WEEK

TODAY = date(2026, 6, 19)
AGES = ("aging_0_30", "aging_31_60", "aging_61_90", "aging_91_120", "aging_over_120")


def _day(number: int) -> date:
    return MONDAY + timedelta(days=number)


@pytest.fixture
def put(clinic):
    """Stores a record of the clinic."""

    def store(model, **values):
        row = model(clinic_id=clinic.id, **values)
        db.session.add(row)
        db.session.flush()
        return row

    return store


def test_collection_time_weighs_each_amount_by_its_days(clinic, make_payment, figure):
    make_payment(clinic, _day(0), "100.00", invoiced_day=_day(0) - timedelta(days=10))
    make_payment(clinic, _day(1), "300.00", invoiced_day=_day(1) - timedelta(days=30))
    make_payment(clinic, _day(1), "999.00", status="failed", invoiced_day=_day(1) - timedelta(days=90))
    make_payment(clinic, _day(1), "50.00")  # for no known invoice
    assert figure("payments.collection_days").value == 25  # (100 × 10 + 300 × 30) ÷ 400


def test_money_that_came_before_the_invoice_was_not_waited_for(clinic, make_payment, figure):
    make_payment(clinic, _day(0), "100.00", invoiced_day=_day(3))
    assert figure("payments.collection_days").value == 0


def test_payments_of_no_dated_invoice_have_no_collection_time(clinic, make_payment, figure):
    make_payment(clinic, _day(0), "100.00")
    assert figure("payments.collection_days").value is None


def test_failed_payments_are_counted_and_summed_by_method_and_reason(clinic, make_payment, ask):
    for number in range(3):
        make_payment(clinic, _day(number), "20.00")
    make_payment(clinic, _day(0), "40.00", status="failed", failure="declined")
    make_payment(clinic, _day(0), "5.00", status="failed", failure="expired_card", method="transfer")
    whole = ask("payments.failed", "payments.failed_amount", "payments.success_rate", "payments.attempts").total.figures
    assert (whole["payments.failed"].value, whole["payments.failed_amount"].value) == (2, Decimal("45.00"))
    assert (whole["payments.attempts"].value, whole["payments.success_rate"].value) == (5, 0.6)
    by_method = ask("payments.success_rate", by=("method",)).rows
    assert {row.key[0]: row.figures["payments.success_rate"].value for row in by_method} == {
        "card": 0.75,
        "transfer": 0,
    }
    by_reason = ask("payments.failed", "payments.failed_amount", by=("failure",)).rows
    assert {row.label: row.figures["payments.failed_amount"].value for row in by_reason if row.key[0]} == {
        "declined": 40,
        "expired card": 5,
    }


def test_instalments_are_on_time_until_their_due_date(put, figure):
    for due, paid in ((0, 0), (1, -2), (2, 3), (3, None)):
        put(
            PlanInstalment,
            position=1,
            due_day=_day(due),
            amount=Decimal(10),
            paid_day=None if paid is None else _day(paid),
        )
    assert figure("payments.plan_on_time_rate").value == 0.5


def test_plans_that_were_given_up_count_against_all(put, figure, ask):
    for status, total in (("active", 90), ("active", 60), ("completed", 10), ("defaulted", 20)):
        put(PaymentPlan, status=status, started_day=_day(-40), total=Decimal(total))
    put(PaymentPlan, status="active", started_day=_day(9), total=Decimal(500))  # begins after the week
    assert figure("payments.plan_default_rate").value == 0.25
    answer = ask("payments.active_plans", "payments.plan_amount").total.figures
    assert [one.value for one in answer.values()] == [2, 150]


def test_credit_in_hand_is_what_came_less_what_went(put, ask):
    account = put(CreditAccount, status="open", opened_day=_day(-90))
    put(CreditAccount, status="open", opened_day=_day(-90))
    for kind, amount in (("credited", 100), ("credited", 20), ("used", 30), ("returned", 10)):
        put(CreditEntry, account_id=account.id, kind=kind, day=_day(-3), amount=Decimal(amount))
    keys = ("credit_accounts", "credit_held", "credit_average", "credit_utilisation")
    figures = ask(*(f"payments.{key}" for key in keys)).total.figures
    assert [figures[f"payments.{key}"].value for key in keys] == [2, 80, 40, 0.25]


def test_a_reminder_works_when_money_follows_within_two_weeks(put, figure):
    for answered in (-1, 2, 3, None):  # days from the day it is judged on
        judged = _day(1)
        put(
            InvoiceReminder,
            channel="email",
            sent_day=judged - timedelta(days=14),
            judged_day=judged,
            answered_day=None if answered is None else judged + timedelta(days=answered),
        )
    assert figure("payments.reminder_rate").value == 0.25


def test_chargebacks_are_measured_against_card_payments(clinic, put, make_payment, figure):
    for _ in range(4):
        make_payment(clinic, _day(0))
    make_payment(clinic, _day(0), method="cash")
    assert figure("payments.chargeback_rate").reason_code == "not_recorded"
    put(Chargeback, status="open", reason="fraud", day=_day(2), amount=Decimal(100))
    assert figure("payments.chargeback_rate").value == 0.25


def test_claims_take_the_mean_of_their_days_over_all_decided(put, ask):
    for took, status in ((4, "paid"), (6, "denied"), (11, "partial")):
        put(
            Claim,
            status=status,
            submitted_day=_day(1) - timedelta(days=took),
            decided_day=_day(1),
            amount=Decimal(100),
            first_outcome=status,
        )
    figures = ask("claims.processing_days", "claims.approved", "claims.denied").total.figures
    assert [one.value for one in figures.values()] == [7, 2, 1]


def test_each_state_of_an_invoice_is_counted_once(clinic, make_invoice, ask):
    make_invoice(clinic, _day(0), status="draft")
    make_invoice(clinic, _day(0), status="cancelled")
    make_invoice(clinic, _day(0), status="paid", balance=Decimal(0))
    make_invoice(clinic, _day(0))
    make_invoice(clinic, _day(0), due_day=_day(0) + timedelta(days=1))
    keys = ("drafts", "awaited", "paid_invoices", "overdue_invoices", "cancelled_invoices")
    figures = ask(*(f"receivables.{key}" for key in keys)).total.figures
    assert [figures[f"receivables.{key}"].value for key in keys] == [1, 1, 1, 1, 1]


def test_the_ages_of_receivables_add_up_to_what_is_outstanding(clinic, make_invoice, system):
    draw = Random(11)
    for _ in range(120):
        balance = Decimal(draw.randint(-2000, 30000)) / 100
        status = draw.choice(("issued", "issued", "paid", "draft", "cancelled"))
        make_invoice(clinic, TODAY - timedelta(days=draw.randint(0, 400)), status=status, balance=balance)
    db.session.commit()
    refresh(clinic.organization_id)
    keys = ("receivables.outstanding", *(f"receivables.{age}" for age in AGES))
    for records in (True, False):
        (answer,) = run_all([Query(keys, WEEK, compare=False)], system, records=records)
        figures = answer.total.figures
        assert figures["receivables.outstanding"].value > 0
        assert sum(figures[key].value for key in keys[1:]) == figures["receivables.outstanding"].value


def test_what_nobody_records_is_unknown_and_not_zero(clinic, system):
    unknown = ("payments.credit_held", "payments.plan_default_rate", "payments.reminder_rate", "payments.chargebacks")
    figures = run(Query(unknown, WEEK, compare=False), system).total.figures
    assert {one.value for one in figures.values()} == {None}
    assert {one.reason_code for one in figures.values()} == {"not_recorded"}
