"""Explaining a figure: every part agrees with the figure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.core.permissions import Role
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.docs import PAGE, page
from app.metrics.explain import explain
from app.metrics.types import Query
from app.models import CalendarEvent, Source, Target
from app.rollups.refresh import refresh
from tests.metrics.conftest import MONDAY, WEEK


@pytest.fixture
def explained(clinic, system, make_appointment):
    """The no-show rate of a week: 9 came, 1 did not, 2 unknown, 1 cancelled in time; a target and an event."""
    for status, count in (("completed", 9), ("no_show", 1), ("unknown", 2), ("cancelled", 1)):
        for _ in range(count):
            make_appointment(clinic, MONDAY, status)
    make_appointment(clinic, MONDAY - timedelta(days=7))
    target = Target(metric="attendance.no_show_rate", value=Decimal("0.2"), set_by="Admin", valid_from=date(2026, 1, 5))
    target.set_at = datetime(2026, 1, 5, tzinfo=UTC)
    source = Source(key="pms", name="Practice system", kind="fhir", feeds=["appointments"])
    source.fresh_at = datetime(2026, 6, 19, 14, 55, tzinfo=UTC)
    reminder = CalendarEvent(kind="system_change", title="Text reminder", clinic_id=clinic.id)
    reminder.starts_at = datetime(2026, 6, 1, 15, tzinfo=UTC)
    db.session.add_all([target, source, reminder])
    db.session.commit()
    refresh(clinic.organization_id)
    return explain("attendance.no_show_rate", Query((), WEEK, filters={"clinic": (clinic.id,)}), system)


def test_the_division_has_words(explained):
    assert (explained.figure.numerator, explained.figure.denominator, explained.figure.value) == (1, 10, 0.1)
    assert (explained.numerator_words, explained.denominator_words) == ("no-shows", "arrived + no-shows")


def test_booked_less_left_out_is_counted(explained):
    funnel = explained.funnel
    assert (funnel.population, funnel.counted, funnel.left_out) == (13, 10, 3)
    assert sum(reason.count for reason in funnel.reasons) == funnel.left_out


def test_doubtful_records_say_what_they_would_change(explained):
    reasons = {reason.label: reason.what_if for reason in explained.funnel.reasons}
    assert reasons["Outcome not recorded"] == pytest.approx(3 / 12)
    assert reasons["Cancelled by the patient, 24 h or more before"] is None


def test_other_bodies_divide_the_same_rows_by_something_else(explained):
    shares = {one.source: (one.numerator, one.denominator) for one in explained.definitions}
    assert shares["NHS England, reducing did not attends"] == (1, 13)
    assert shares["NHS Scotland open data"] == (1, 9)
    assert [one.shown for one in explained.definitions].count(True) == 1


def test_the_trend_has_26_weeks_before_this_one(explained):
    assert len(explained.trend.points) == 27
    assert explained.trend.points[-1].value == 0.1
    assert [event.title for event in explained.trend.events] == ["Text reminder"]
    assert explained.trend.target_met == 2


def test_the_way_names_source_records_rollup_and_definition(explained):
    way = explained.way
    assert [source.name for source in way.sources] == ["Practice system"]
    assert (way.records, way.rollup_rows) == (13, 1)
    assert way.definition == "No-show rate, version 2"
    assert way.suppressed_below is None


def test_every_metric_can_be_explained(explained, clinic, system):
    for key in METRICS:
        found = explain(key, Query((), WEEK, filters={"clinic": (clinic.id,)}), system)
        assert found.words


def test_the_catalogue_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m app.metrics.docs"


def test_reasons_too_small_to_show_are_put_together_so_that_no_sum_tells_them(clinic, make_actor, make_appointment):
    for status, more, count in (
        ("completed", {}, 20),
        ("no_show", {}, 12),
        ("unknown", {}, 2),
        ("cancelled", {"cancelled_by": "clinic"}, 12),
        ("cancelled", {"rescheduled": True}, 15),
    ):
        for _ in range(count):
            make_appointment(clinic, MONDAY, status, **more)
    db.session.commit()
    refresh(clinic.organization_id)
    query = Query((), WEEK, filters={"clinic": (clinic.id,)})
    funnel = explain("attendance.no_show_rate", query, make_actor(Role.ANALYST)).funnel
    assert (funnel.population, funnel.counted, funnel.left_out) == (61, 32, 29)
    assert [reason.count for reason in funnel.reasons] == [15, 14]


def test_another_definition_that_differs_by_a_few_records_would_tell_them(clinic, make_actor, make_appointment):
    for status, count in (("completed", 40), ("no_show", 20), ("unknown", 3)):
        for _ in range(count):
            make_appointment(clinic, MONDAY, status)
    refresh(clinic.organization_id)
    query = Query((), WEEK, filters={"clinic": (clinic.id,)})
    found = explain("attendance.no_show_rate", query, make_actor(Role.ANALYST))
    shares = {one.source: (one.denominator, one.reason) for one in found.definitions}
    assert found.figure.denominator == 60
    assert shares["NHS England, reducing did not attends"] == (None, "Too few to show: fewer than 11.")  # 63 less 60
    assert shares["NHS Scotland open data"][0] == 40
