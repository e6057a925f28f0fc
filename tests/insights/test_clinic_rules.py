"""Each rule about a clinic opens one episode for its cause, follows its limit, and closes by itself."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.models import Availability, Claim, Equipment, Shift, Source
from tests.insights.conftest import NOON

TODAY = date(2026, 6, 19)
CHICAGO = ZoneInfo("America/Chicago")
FIRST_MONDAY = date(2026, 3, 2)  # fifteen whole weeks before this one
WEEKS = 15


def test_long_waits_open_after_three_checks_and_close_when_they_are_short_again(
    clinic, make_department, make_appointment, check, standing, allow
):
    cardiology = make_department(clinic)
    for _ in range(5):
        make_appointment(clinic, TODAY, arrived=0, started=31, finished=50, department_id=cardiology.id)
    rule = "waiting.long_waits"
    assert [check(), check(), check(), check()] == [(0, 0), (0, 0), (1, 0), (0, 0)]
    assert standing(rule) == [(str(cardiology.id), "medium", "90th percentile 31 min, limit 25.")]
    allow(wait_limit_minutes=15)
    assert check() == (0, 0)
    assert standing(rule) == [(str(cardiology.id), "high", "90th percentile 31 min, limit 15.")]
    allow(wait_limit_minutes=31)
    assert check() == (0, 1)
    assert standing(rule) == []


def test_four_waits_say_nothing(clinic, make_department, make_appointment, check):
    cardiology = make_department(clinic)
    for _ in range(4):
        make_appointment(clinic, TODAY, arrived=0, started=90, finished=99, department_id=cardiology.id)
    assert check(times=3) == (0, 0)


def test_a_department_that_is_nearly_booked_out_opens_at_its_limit(
    clinic, make_department, make_appointment, check, standing, allow, store
):
    cardiology, tomorrow = make_department(clinic), TODAY + timedelta(days=1)
    start = datetime.combine(tomorrow, time(9), CHICAGO)
    store(
        Availability,
        clinic_id=clinic.id,
        department_id=cardiology.id,
        kind="open",
        starts_at=start,
        ends_at=start + timedelta(hours=5),
        local_day=tomorrow,
        minutes=300,
    )
    booked = [
        make_appointment(clinic, tomorrow, "booked", time(9 + hour), 60, department_id=cardiology.id)
        for hour in range(5)
    ]
    booked[4].minutes, booked[4].ends_at = 30, booked[4].starts_at + timedelta(minutes=30)  # 270 of 300
    rule = "capacity.full"
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(rule) == [(str(cardiology.id), "low", "The next 7 days; the limit is 90%.")]
    allow(capacity_limit=0.91)
    assert check() == (0, 1)
    allow(capacity_limit=0.9)
    assert check() == (1, 0)
    booked[0].status = "cancelled"
    assert check() == (0, 1)
    assert standing(rule) == []


@pytest.mark.parametrize(("newest", "opens"), [(119, False), (121, True)])
def test_a_source_is_late_after_what_it_promised(organization, check, standing, store, clinic, newest, opens):
    source = store(
        Source,
        key="billing",
        name="Billing",
        kind="csv",
        feeds=["money"],
        due_minutes=120,
        fresh_at=NOON - timedelta(minutes=newest),
    )
    assert check() == (int(opens), 0)
    assert [subject for subject, *_ in standing("data.late")] == ([str(source.id)] if opens else [])
    if opens:
        assert check() == (0, 0)
        source.fresh_at = NOON
        assert check() == (0, 1)


def test_a_device_out_of_service_opens_until_it_works_again(clinic, check, standing, store):
    device = store(Equipment, clinic_id=clinic.id, name="X-ray 2", kind="xray", status="out_of_service")
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing("equipment.out_of_service") == [(str(device.id), "high", "Cannot be used.")]
    device.status = "maintenance"
    assert check() == (0, 0)
    assert standing("equipment.out_of_service") == [(str(device.id), "high", "In maintenance.")]
    device.status = "in_service"
    assert check() == (0, 1)


def test_a_device_that_is_out_of_service_and_overdue_is_one_alert(clinic, check, standing, store):
    due, out = TODAY - timedelta(days=3), {"status": "out_of_service"}
    device = store(Equipment, clinic_id=clinic.id, name="X-ray 2", kind="xray", maintenance_due=due, **out)
    assert check() == (1, 0)
    said = "Cannot be used. Its maintenance was due Tue 16 Jun."
    assert standing("equipment.out_of_service") == [(str(device.id), "high", said)]
    device.status = "in_service"
    assert check() == (1, 1)
    assert standing("equipment.maintenance_due") == [(str(device.id), "high", "Was due Tue 16 Jun.")]


def test_maintenance_is_due_within_the_days_of_the_organization(clinic, check, standing, allow, store):
    due = TODAY + timedelta(days=14)
    device = store(Equipment, clinic_id=clinic.id, name="X-ray 2", kind="xray", maintenance_due=due)
    rule = "equipment.maintenance_due"
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(rule) == [(str(device.id), "low", "Due Fri 3 Jul.")]
    allow(maintenance_days=13)
    assert check() == (0, 1)
    device.maintenance_due = TODAY - timedelta(days=1)
    assert check() == (1, 0)
    assert standing(rule) == [(str(device.id), "high", "Was due Thu 18 Jun.")]
    device.maintenance_due = TODAY + timedelta(days=365)
    assert check() == (0, 1)


def test_a_roster_is_short_where_booked_visits_need_another_nurse(
    clinic, make_appointment, check, standing, allow, store
):
    day = TODAY + timedelta(days=3)
    start = datetime.combine(day, time(8), CHICAGO)
    shift = {"clinic_id": clinic.id, "role": "nurse", "starts_at": start, "ends_at": start, "local_day": day}
    store(Shift, person="n1", minutes=480, **shift)
    for _ in range(16):  # 15 visits for one nurse
        make_appointment(clinic, day, "booked")
    rule = "staffing.roster_gap"
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(rule) == [("2026-06-22", "low", "1 on the roster, 2 needed for 16 booked visits.")]
    allow(visits_per_nurse=16)
    assert check() == (0, 1)
    allow(visits_per_nurse=15, roster_days=2)
    assert check() == (0, 0)
    allow(visits_per_nurse=15)
    assert check() == (1, 0)
    store(Shift, person="n2", minutes=480, **shift)
    assert check() == (0, 1)


def test_more_long_overdue_invoices_than_tolerated_open_one_alert(clinic, make_invoice, check, standing, allow):
    bills = [make_invoice(clinic, TODAY - timedelta(days=61 + n), due_day=TODAY - timedelta(days=31)) for n in range(3)]
    rule = "receivables.long_overdue"
    allow(overdue_limit=3)
    assert check() == (0, 0)
    allow(overdue_limit=2)
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(rule) == [("clinic", "medium", "$300 in all; the limit is 2 invoices.")]
    allow(overdue_limit=1)
    assert check() == (0, 0)
    assert standing(rule)[0][1] == "high"
    allow(overdue_limit=2)
    bills[0].status, bills[0].paid, bills[0].balance = "paid", Decimal(100), Decimal(0)
    assert check() == (0, 1)


def weeks(bad_in_the_last: int, usual: int = 1, of: int = 10):
    """(day, is it bad) for ten records a week; the last complete week has more bad ones than the weeks before."""
    for week in range(WEEKS):
        bad = bad_in_the_last if week == WEEKS - 1 else usual + week % 2
        for number in range(of):
            yield FIRST_MONDAY + timedelta(weeks=week), number < bad


def test_a_rise_of_no_shows_beyond_chance_opens_until_the_rate_is_as_before(clinic, make_appointment, check, standing):
    rule, last = "attendance.no_show_signal", []
    for day, missed in weeks(8):
        visit = make_appointment(clinic, day, "no_show" if missed else "completed")
        if missed and day == FIRST_MONDAY + timedelta(weeks=WEEKS - 1):
            last.append(visit)
    assert [check(), check()] == [(1, 0), (0, 0)]
    ((subject, severity, words),) = standing(rule)
    assert (subject, severity) == ("clinic", "medium")
    assert words.startswith("No-show rate, weekly: above the upper limit; the mean is ")
    for visit in last[1:]:
        visit.status = "completed"
    assert check() == (0, 1)
    assert standing(rule) == []


def test_no_rise_no_alert(clinic, make_appointment, check):
    for day, missed in weeks(2):
        make_appointment(clinic, day, "no_show" if missed else "completed")
    assert check() == (0, 0)


def test_more_failed_payments_than_chance_makes_open_an_alert(clinic, make_payment, check, standing):
    last = []
    for day, fails in weeks(8):
        paid = make_payment(clinic, day, status="failed" if fails else "settled")
        if fails and day == FIRST_MONDAY + timedelta(weeks=WEEKS - 1):
            last.append(paid)
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert [severity for _, severity, _ in standing("payments.failure_signal")] == ["medium"]
    for paid in last[1:]:
        paid.status = "settled"
    assert check() == (0, 1)


def test_more_denied_claims_than_chance_makes_open_an_alert(clinic, check, standing, store):
    last = []
    for day, denied in weeks(8):
        outcome = "denied" if denied else "paid"
        paid, lost = (0, 100) if denied else (100, 0)
        claim = store(
            Claim,
            clinic_id=clinic.id,
            status=outcome,
            submitted_day=day,
            decided_day=day,
            final_day=day,
            first_outcome=outcome,
            amount=Decimal(100),
            paid=Decimal(paid),
            denied=Decimal(lost),
        )
        if denied and day == FIRST_MONDAY + timedelta(weeks=WEEKS - 1):
            last.append(claim)
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert [severity for _, severity, _ in standing("claims.denial_signal")] == ["medium"]
    for claim in last[1:]:
        claim.status = claim.first_outcome = "paid"
        claim.paid, claim.denied = Decimal(100), Decimal(0)
    assert check() == (0, 1)
