"""Rollup and records say the same, for every metric, however it is cut."""

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import select

from app.core.period import Period, Span, period_of
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.read import Reader
from app.metrics.rows import Part, rows
from app.metrics.run import run, run_all
from app.metrics.shape import Shape
from app.metrics.types import Query, Unit
from app.metrics.values import Interval, Quantile, Total
from app.metrics.wants import Cut, Slot, Slots, Want
from app.models import Appointment
from app.rollups.catalogue import FAMILIES
from app.rollups.refresh import refresh
from tests.metrics.conftest import MONDAY
from tests.metrics.world import ZONE, World

WEEK = period_of(Span.WEEK, MONDAY)
MONTH = Period(date(2026, 5, 25), date(2026, 6, 22))
ODD = Period(date(2026, 5, 27), date(2026, 6, 20))  # days, two whole weeks, days
BY = [
    (),
    ("clinic",),
    ("department",),
    ("practitioner",),
    ("clinic", "practitioner"),
    ("weekday",),
    ("hour",),
    ("type",),
    ("practitioner", "hour"),
    ("method",),
    ("payer",),
]
ONLY_RECORDS = [
    "hour",
    "channel",
    "type",
    "visit_kind",
    "status",
    "method",
    "payer",
    "role",
    "category",
    "equipment_kind",
]


@pytest.fixture
def world(scope, organization) -> World:
    made = World(seed=7)
    made.fill(60)
    db.session.commit()
    refresh(organization.id)
    return made


@pytest.mark.parametrize("by", BY, ids=lambda by: "-".join(by) or "whole")
def test_every_metric_is_the_same_from_rollup_and_from_records(world, system, by):
    clinic, doctor = {"clinic": (world.clinics[0].id,)}, {"practitioner": (world.doctors[0].id,)}
    queries = [
        Query(tuple(METRICS), period, by=by, filters=filters, step=step)
        for filters in ({}, clinic, doctor, clinic | doctor)
        for period, step in ((WEEK, None), (WEEK, Span.DAY), (ODD, None))
    ]
    queries.append(Query(tuple(METRICS), MONTH, by=by, step=Span.WEEK))
    for rolled, recorded in zip(run_all(queries, system), run_all(queries, system, records=True), strict=True):
        assert rolled.total == recorded.total
        assert rolled.rows == recorded.rows


def test_most_metrics_have_a_value_in_the_world(world, system):
    """Otherwise the comparison above would compare nothing."""
    (result,) = run_all([Query(tuple(METRICS), MONTH)], system)
    without = [key for key, figure in result.total.figures.items() if figure.value is None]
    assert without == ["patients.retention_rate", "satisfaction.nps", "revenue.net_collection_rate"]


def test_the_rollup_is_really_read(world):
    cut = Cut(("practitioner",), (("clinic", Slot("clinic_0")),))
    assert Shape.of(cut, FAMILIES["appointments"], ("booked",), True).grain == "doctor"
    assert Shape.of(cut, FAMILIES["patients"], ("patients",), True, distinct=True).level == "doctor"
    anywhere = replace(cut, filters=())
    assert Shape.of(anywhere, FAMILIES["patients"], ("patients",), True, distinct=True).level == "doctor_anywhere"
    hours, devices = Cut(("hour",), cut.filters), Cut(("equipment_kind",), cut.filters)
    assert Shape.of(hours, FAMILIES["appointments"], ("booked",), True).grain == "hour"
    by_doctor = Cut(("hour",), (*cut.filters, ("practitioner", Slot("practitioner_1"))))
    assert Shape.of(by_doctor, FAMILIES["appointments"], ("booked",), True).grain == "doctor_hour"
    assert Shape.of(devices, FAMILIES["supply"], ("device_minutes",), True).grain == "equipment_kind"


def test_the_rows_add_up_to_the_figures(world, system):
    for key, metric in METRICS.items():
        _check_rows(key, metric, Query((key,), MONTH, filters={"clinic": (world.clinics[0].id,)}), system)


def _check_rows(key, metric, query, system):
    figure = run(query, system).figure(key)
    above = rows(key, query, system).records
    if isinstance(metric.value, Quantile):
        assert len(above) == figure.n
        return
    if figure.numerator is not None:
        assert sum(row.amount for row in above) == figure.numerator
    if metric.unit is Unit.COUNT:
        assert len(above) == figure.value
    if figure.denominator is not None:
        assert sum(row.amount for row in rows(key, query, system, Part.DENOMINATOR).records) == figure.denominator
    left_out = rows(key, query, system, Part.EXCLUDED).records
    assert sum(row.amount for row in left_out) == figure.left_out


def test_a_page_of_the_rows_is_a_part_of_them_and_knows_the_whole(world, system):
    for key in METRICS:
        query = Query((key,), MONTH, filters={"clinic": (world.clinics[0].id,)})
        for part in Part:
            whole, page = rows(key, query, system, part), rows(key, query, system, part, 3, 4)
            assert page.records == whole.records[3:7], (key, part)
            assert (page.total, page.amount) == (whole.total, whole.amount)
            assert (whole.total, whole.amount) == (len(whole.records), sum(row.amount for row in whole.records))


def test_the_last_day_counts_only_until_a_time(world, system):
    friday = date(2026, 6, 19)
    slots = Slots()
    want = Want(Cut(until=slots.until(time(11))), "appointments", "booked", Interval(friday, date(2026, 6, 20)))
    starts = db.session.scalars(
        select(Appointment.starts_at).where(Appointment.local_day == friday, Appointment.clinic_id.is_not(None))
    )
    early = [start for start in starts if start.astimezone(ZONE).time() < time(11)]
    readings = Reader([want]).run(db.session(), world.clinics[0].organization_id, slots.given)
    assert readings.total(0, ()) == len(early) > 0


@pytest.mark.parametrize("dimension", ONLY_RECORDS)
def test_a_dimension_of_the_records_divides_the_whole(world, system, dimension):
    keys = tuple(key for key, metric in METRICS.items() if all(family.answers(dimension) for family in metric.families))
    assert keys
    (result,) = run_all([Query(keys, MONTH, by=(dimension,))], system)
    for key in keys:
        if isinstance(METRICS[key].value, Total):
            parts = [row.figures[key].value for row in result.rows]
            assert sum(parts) == result.figure(key).value, key


def test_devices_are_in_use_by_kind(world, system):
    (result,) = run_all([Query(("capacity.equipment_utilisation",), MONTH, by=("equipment_kind",))], system)
    assert [row.label for row in result.rows] == ["kind0", "kind1"]
    figures = [row.figures["capacity.equipment_utilisation"] for row in result.rows]
    whole = result.figure("capacity.equipment_utilisation")
    assert sum(figure.numerator for figure in figures) == whole.numerator
    assert sum(figure.denominator for figure in figures) == whole.denominator
