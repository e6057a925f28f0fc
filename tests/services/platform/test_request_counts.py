"""Requests are counted where they are answered, and become rows once."""

from datetime import UTC, datetime

import pytest
import time_machine

from app.core.ids import new_id
from app.extensions import db, store
from app.models import ServiceMinute, UserDay
from app.services.platform import request_counts
from app.services.platform.request_counts import BOUNDS, collect, count, hand_over, quantile
from app.web.measure import area_of

NOON = datetime(2026, 6, 19, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(session):
    """It is noon, and nothing has been counted."""
    request_counts._waiting.clear()
    with time_machine.travel(NOON, tick=False):
        yield
    request_counts._waiting.clear()


def _minute() -> ServiceMinute:
    return db.session.query(ServiceMinute).one()


def test_requests_fall_into_the_bucket_of_their_time():
    for seconds in (0.004, 0.03, 0.03, 9.0):
        count("clinic", 200, seconds, None, None)
    count("clinic", 500, 0.03, None, None)
    hand_over()
    assert collect() > 0
    row = _minute()
    assert (row.minute, row.area) == (NOON.replace(second=0), "clinic")
    assert (row.requests, row.errors) == (5, 1)
    assert {bound: n for bound, n in zip((*BOUNDS, None), row.buckets, strict=True) if n} == {5: 1, 50: 3, None: 1}


def test_what_was_collected_is_not_counted_again_and_more_is_added():
    for _ in range(2):
        count("clinic", 200, 0.03, None, None)
        hand_over()
        collect()
    assert collect() == 0
    assert _minute().requests == 2


def test_two_processes_add_up_in_redis():
    count("clinic", 200, 0.03, None, None)
    hand_over()
    count("clinic", 200, 0.03, None, None)
    hand_over()
    collect()
    assert _minute().requests == 2


def test_people_are_counted_by_day_organization_and_area_unless_they_were_refused():
    organization, user = new_id(), new_id()
    for area, status in (("clinic", 200), ("clinic", 303), ("reports", 200), ("audit", 403)):
        count(area, status, 0.01, organization, user)
    hand_over()
    collect()
    found = {(row.area, row.requests) for row in db.session.query(UserDay)}
    assert found == {("clinic", 2), ("reports", 1)}


def test_without_redis_sums_are_let_go_and_nothing_breaks(monkeypatch):
    import redis

    monkeypatch.setattr(store, "client", redis.Redis(port=1, socket_connect_timeout=0.1))
    count("clinic", 200, 0.03, None, None)
    hand_over()
    assert not request_counts._waiting


def test_a_quantile_is_linear_within_its_bucket():
    buckets = [0] * (len(BOUNDS) + 1)
    buckets[3], buckets[4] = 8, 2  # 25 to 50 ms, 50 to 100 ms
    assert quantile(buckets, 0.5) == 25 + 25 * 5 / 8
    assert quantile(buckets, 0.9) == 75
    assert quantile([0] * len(buckets), 0.5) is None
    assert quantile([0] * len(BOUNDS) + [3], 0.5) == BOUNDS[-1]


def test_pages_are_measured(signed_in):
    signed_in.get("/account")
    signed_in.get("/nowhere")
    hand_over()
    collect()
    areas = {row.area: row.requests for row in db.session.query(ServiceMinute)}
    assert areas["account"] == 1
    assert areas["auth"] >= 2
    assert "account" in {row.area for row in db.session.query(UserDay)}


@pytest.mark.parametrize(
    ("endpoint", "area"),
    [
        ("dashboards.billing_widget", "billing"),
        ("dashboards.clinic", "clinic"),
        ("api_dashboards.billing", "billing"),
        ("worklist.show", "worklist"),
        ("", ""),
    ],
)
def test_a_dashboard_is_one_area_as_page_part_and_api(endpoint, area):
    assert area_of(endpoint) == area
