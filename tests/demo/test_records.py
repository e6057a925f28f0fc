"""The records that come of the simulated years: only what is known, and sums that agree."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from app.demo import records
from tests.demo.conftest import NOW

ISO_NOW = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_nothing_of_the_future_is_written(rows):
    for row in rows[records.Appointment]:
        for stamp in (row.booked_at, row.arrived_at, row.started_at, row.finished_at, row.cancelled_at):
            assert stamp is None or stamp <= ISO_NOW
        if row.starts_at > ISO_NOW:
            assert row.status in ("booked", "cancelled", "arrived", "started", "completed")
    assert all(row.paid_at <= ISO_NOW for row in rows[records.Payment])
    assert all((row.answered_at or "") <= ISO_NOW for row in rows[records.SurveyAnswer])
    assert all((row.done_at or "") <= ISO_NOW for row in rows[records.Task])


def test_today_has_visits_done_and_visits_to_come(rows):
    today = [row.status for row in rows[records.Appointment] if row.starts_at[:10] == "2026-11-19"]
    assert today.count("completed") > 10
    assert today.count("booked") > 2


def test_some_weeks_ahead_are_booked(rows):
    ahead = [row for row in rows[records.Appointment] if row.starts_at > ISO_NOW and row.status == "booked"]
    assert len(ahead) > 100
    assert max(row.starts_at for row in ahead) > "2026-12-20"


def test_the_lines_of_an_invoice_add_up_to_its_total(rows):
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in rows[records.InvoiceLine]:
        sums[line.invoice_id] += Decimal(line.total)
    lined = [row for row in rows[records.Invoice] if row.id in sums]
    assert len(lined) > 1000  # lines exist since the new practice system, 13 weeks ago
    for row in lined:
        assert sums[row.id] - Decimal(row.discount) == Decimal(row.total)


def test_payments_are_what_the_invoice_says_and_never_more_than_it_asks(rows):
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows[records.Payment]:
        if row.status != "failed":
            paid[row.invoice_id] += Decimal(row.amount)
    for row in rows[records.Invoice]:
        assert paid[row.id] == Decimal(row.paid)
        assert Decimal(row.paid) <= Decimal(row.total) - Decimal(row.adjusted)
        assert Decimal(row.balance) == Decimal(row.total) - Decimal(row.adjusted) - Decimal(row.paid)


def test_receivables_lie_in_every_bucket_of_age(rows):
    ages = {
        min(4, (NOW.date().toordinal() - _day(row.issue_day)) // 30)
        for row in rows[records.Invoice]
        if Decimal(row.balance) > 0
    }
    assert ages == {0, 1, 2, 3, 4}


def test_refunds_are_negative_and_failures_name_a_reason(rows):
    payments = rows[records.Payment]
    assert all(row.amount.startswith("-") == (row.status == "refunded") for row in payments)
    assert all((row.failure is not None) == (row.status == "failed") for row in payments)
    assert {row.method for row in payments} == {"insurance", "card", "cash", "transfer"}


def test_some_claims_are_denied_and_half_of_those_are_won_later(rows):
    decided = [row for row in rows[records.Claim] if row.first_outcome]
    first = sum(row.first_outcome != "paid" for row in decided) / len(decided)
    final = sum(row.status == "denied" for row in decided) / len(decided)
    assert 0.03 < first < 0.12
    assert 0.01 < final < 0.8 * first


def test_a_quarter_of_the_surveys_is_answered_within_the_scales(rows):
    asked = rows[records.SurveyAnswer]
    answered = [row for row in asked if row.answered_at]
    assert 0.2 < len(answered) / len(asked) < 0.35
    assert all(1 <= row.satisfaction <= 5 and 0 <= row.recommend <= 10 for row in answered)


def test_every_reference_names_a_record_of_the_clinic(rows):
    named = {kind: {row.id for row in found} for kind, found in rows.items()}
    for row in rows[records.Appointment]:
        assert row.patient_id in named[records.Patient]
        assert row.practitioner_id in named[records.Practitioner]
        assert row.department_id in named[records.Department]
        assert row.room_id is None or row.room_id in named[records.Room]
    for row in rows[records.Invoice]:
        assert row.appointment_id in named[records.Appointment]
        assert row.encounter_id is None or row.encounter_id in named[records.Encounter]
    for row in rows[records.Payment]:
        assert row.invoice_id in named[records.Invoice]


def test_ids_are_unique(rows):
    for found in rows.values():
        assert len({row.id for row in found}) == len(found)


def test_follow_ups_are_overdue_and_some_patients_were_tried(rows):
    overdue = [
        row for row in rows[records.Task] if row.kind == "follow_up" and not row.done_at and row.due_day < "2026-11-19"
    ]
    assert 2 <= len(overdue) <= 40
    assert any(row.contacts for row in rows[records.Task])


def test_expenses_leave_a_margin_but_are_no_trifle(rows):
    spent = sum(Decimal(row.amount) for row in rows[records.Expense] if row.day.startswith("2026-10"))
    earned = sum(
        Decimal(row.amount) for row in rows[records.Payment] if row.paid_at[:7] == "2026-10" and row.status != "failed"
    )
    assert Decimal("0.5") < spent / earned < Decimal("1.0")


def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()
