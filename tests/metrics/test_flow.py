"""The flow of a day: parts that add up, now and as it was."""

from datetime import UTC, datetime, time, timedelta

import pytest

from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Role
from app.extensions import db
from app.metrics.flow import PARTS, flow, flows, occupancy, same_time
from app.models import ResourceUse, Room
from tests.metrics.conftest import MONDAY

NINE = datetime(2026, 6, 8, 14, tzinfo=UTC)  # 09:00 in Chicago


def minutes(count: int) -> datetime:
    return NINE + timedelta(minutes=count)


@pytest.fixture
def day(clinic, make_appointment):
    """Three visits at 9, one of them missed; one at 10, cancelled at 9:30; one test."""
    make_appointment(clinic, MONDAY, "completed", arrived=-10, started=5, finished=25)
    make_appointment(clinic, MONDAY, "started", arrived=0, started=30)
    make_appointment(clinic, MONDAY, "no_show")
    make_appointment(clinic, MONDAY, "cancelled", at=time(10), cancelled_by="patient", cancelled_at=minutes(30))
    make_appointment(clinic, MONDAY, "booked", is_test=True)
    make_appointment(clinic, MONDAY, "cancelled", rescheduled=True)


@pytest.mark.parametrize(
    ("at", "parts"),
    [
        (-20, {"to_come": 4}),
        (-5, {"waiting": 1, "to_come": 3}),
        (10, {"in_room": 1, "waiting": 1, "no_show": 1, "to_come": 1}),
        (35, {"completed": 1, "in_room": 1, "no_show": 1, "cancelled": 1}),
    ],
)
def test_the_parts_at_an_instant_add_up_to_the_booked(day, clinic, system, at, parts):
    found = flow(clinic.id, MONDAY, system, at=minutes(at))
    assert {part: count for part, count in found.counts.items() if count} == parts
    assert found.booked == 4


def test_hours_add_up_to_the_day(day, clinic, system):
    found = flow(clinic.id, MONDAY, system, at=minutes(35))
    assert {part: sum(hour[part] for hour in found.hours.values()) for part in PARTS} == found.counts
    assert list(found.hours) == [9, 10]


def test_two_days_are_told_together(day, clinic, system):
    other = MONDAY - timedelta(days=7)
    today, before = flows(clinic.id, [(MONDAY, minutes(35)), (other, minutes(-7 * 24 * 60))], system)
    assert (today.booked, before.booked) == (4, 0)


def test_the_same_time_of_another_day_follows_the_wall_clock():
    spring = same_time(NINE.date() - timedelta(days=120), NINE, "America/Chicago")
    assert spring.astimezone(UTC).hour == 15


def test_another_clinic_is_not_found(clinic, make_actor):
    with pytest.raises(NotFound):
        flow(clinic.id, MONDAY, make_actor(Role.CLINIC_STAFF, clinics=set()))


def test_rooms_in_use_are_those_entered_and_not_left(clinic, system):
    rooms = [Room(id=new_id(), clinic_id=clinic.id, name=name) for name in ("1", "2", "3")]
    db.session.add_all(rooms)
    db.session.flush()
    for room, start, end in ((rooms[0], 0, None), (rooms[1], 0, 20)):
        ends_at = None if end is None else minutes(end)
        use = ResourceUse(clinic_id=clinic.id, room_id=room.id, starts_at=minutes(start), ends_at=ends_at)
        use.local_day = MONDAY
        db.session.add(use)
    db.session.flush()
    found = occupancy(clinic, system, at=minutes(30))
    assert (found.rooms, found.rooms_in_use) == (3, 1)


def test_rooms_without_records_are_unknown(clinic, system):
    assert occupancy(clinic, system, at=NINE).rooms_in_use is None
