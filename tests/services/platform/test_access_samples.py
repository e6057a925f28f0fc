"""Third next available: open time, less what is blocked, less what is booked."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from app.core.ids import new_id
from app.extensions import db
from app.models import AccessSample, Availability
from app.services.platform.access_samples import sample

MONDAY = date(2026, 6, 8)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture(autouse=True)
def now():
    """It is Monday 8 June 2026, 07:00 in Chicago."""
    with time_machine.travel(datetime(2026, 6, 8, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def doctor(clinic, make_practitioner):
    return make_practitioner()


@pytest.fixture
def stretch(clinic, doctor):
    """Two hours from 09:00 with four slots, unless said otherwise."""

    def make(on: date, kind: str = "open", hours: int = 2, slots: int | None = 4) -> None:
        start = datetime.combine(on, time(9), CHICAGO)
        row = Availability(
            organization_id=clinic.organization_id,
            id=new_id(),
            clinic_id=clinic.id,
            practitioner_id=doctor.id,
            kind=kind,
            starts_at=start,
            ends_at=start + timedelta(hours=hours),
            local_day=on,
            minutes=hours * 60,
            slots=slots,
        )
        db.session.add(row)
        db.session.flush()

    return make


def days(clinic) -> list[int]:
    sample(clinic.organization_id)
    return list(db.session.scalars(select(AccessSample.days)))


def test_an_empty_diary_has_its_third_slot_today(clinic, stretch):
    stretch(MONDAY)
    assert days(clinic) == [0]


def test_bookings_move_it_to_the_next_open_day_but_cancelled_ones_do_not(clinic, stretch, doctor, make_appointment):
    stretch(MONDAY)
    stretch(MONDAY + timedelta(days=3))
    for minute, status in ((0, "booked"), (30, "booked")):
        make_appointment(clinic, MONDAY, status, at=time(9, minute), practitioner_id=doctor.id)
    make_appointment(clinic, MONDAY, "cancelled", at=time(10), practitioner_id=doctor.id)
    assert days(clinic) == [3]


def test_blocked_time_is_not_open(clinic, stretch):
    stretch(MONDAY)
    stretch(MONDAY, kind="blocked", slots=None)
    stretch(MONDAY + timedelta(days=1))
    assert days(clinic) == [1]


def test_fewer_than_three_free_slots_are_no_sample(clinic, stretch):
    stretch(MONDAY, hours=1, slots=2)
    assert days(clinic) == []


def test_a_day_is_sampled_once(clinic, stretch):
    stretch(MONDAY)
    assert days(clinic) == [0]
    assert sample(clinic.organization_id) == 0


def test_without_slots_the_usual_length_of_a_visit_counts(clinic, stretch, doctor, make_appointment):
    stretch(MONDAY, slots=None)
    assert days(clinic) == []
    make_appointment(clinic, MONDAY - timedelta(days=7), "completed", minutes=40, practitioner_id=doctor.id)
    assert days(clinic) == [0]
