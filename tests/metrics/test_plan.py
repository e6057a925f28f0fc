"""A page's questions are planned once: what differs from clinic to clinic and from minute to minute is a slot."""

from dataclasses import replace
from datetime import date, time
from uuid import UUID

from app.core.actor import system_actor
from app.core.ids import new_id
from app.core.period import Period, Span
from app.metrics.frame import Frame
from app.metrics.plan import Programme, Question, programme
from app.metrics.scope import scope_of
from app.metrics.types import Query
from app.metrics.wants import Slots
from app.models.settings import Rules

DAY = Period(date(2026, 6, 19), date(2026, 6, 20), Span.DAY)
KEYS = ("attendance.booked", "waiting.wait_median")


def _programme(query: Query) -> tuple[Programme, Slots]:
    frame = Frame(new_id(), "America/Chicago", 0, Rules.of(None), (), {}, {}, {}, {})
    slots = Slots()
    scope = scope_of(query, {}, system_actor(frame.organization_id))
    return programme((Question.of(query, scope, frame, slots),)), slots


def _query(clinic: UUID, until: time) -> Query:
    return Query(KEYS, DAY, filters={"clinic": (clinic,)}, until=until)


def test_another_clinic_at_another_minute_is_the_same_programme():
    clinics = new_id(), new_id()
    first, one = _programme(_query(clinics[0], time(10, 2)))
    second, other = _programme(_query(clinics[1], time(10, 3)))
    assert first is second
    assert [slots.given["clinic_0"] for slots in (one, other)] == list(clinics)
    assert [slots.given["until_1"] for slots in (one, other)] == [time(10, 2), time(10, 3)]


def test_another_period_or_number_of_clinics_is_another_programme():
    query = _query(new_id(), time(10, 2))
    first, _ = _programme(query)
    assert _programme(replace(query, period=Period(DAY.start, date(2026, 6, 21))))[0] is not first
    assert _programme(replace(query, filters={"clinic": (new_id(), new_id())}))[0] is not first


def test_values_that_are_equal_share_a_slot():
    slots, key = Slots(), new_id()
    assert slots.keys("clinic", (key,)) == slots.keys("clinic", (key,))
    assert slots.keys("clinic", (key,)).single
    assert not slots.keys("clinic", (key, new_id())).single
    assert len(slots.given) == 2
