"""What the installation measures of itself, and the limits that open alerts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import delete

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.secrets import keyed_digest
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.platform import SYSTEM_RULES, Vitals
from app.models import BackupRun, LoginAttempt, PlatformCount, PlatformRead, ServiceMinute, ServiceSample
from app.services.identity import attempts, security
from app.services.organizations import add_member, create_user
from app.services.platform import checks, platform_health
from app.services.platform.platform_health import check, health, open_system_alerts, sample
from app.services.platform.traffic import requests_by_area
from app.services.platform.uptime import uptime

NOON = datetime(2026, 6, 19, 12, 0, tzinfo=UTC)
WELL = Vitals(NOON, True, 100, 0, 80.0, 1.0, 1.0, 0.5, 0, 0, NOON - timedelta(hours=10))


@pytest.fixture(autouse=True)
def noon(session):
    """It is noon."""
    with time_machine.travel(NOON, tick=False):
        yield


def _sample(minutes_ago: int, up: bool = True, **more) -> None:
    values = {
        "database_us": 1500,
        "database_bytes": 10,
        "storage_bytes": 100,
        "storage_free_bytes": 35,
        "queue_depth": 2,
        "refresh_lag_seconds": 0,
    }
    db.session.add(ServiceSample(minute=NOON - timedelta(minutes=minutes_ago), web_up=up, **values | more))
    db.session.flush()


def test_uptime_counts_missing_minutes_and_those_without_an_answer_as_down():
    for minutes_ago in (9, 8, 7, 5, 4, 3, 2, 1, 0):  # minute 6 is missing
        _sample(minutes_ago, up=minutes_ago != 5)
    assert uptime().share == 0.8


def test_a_minute_not_sampled_yet_is_not_held_against_it():
    _sample(2)
    _sample(1)
    assert uptime().share == 1


def test_nothing_measured_is_unknown():
    found = health()
    assert (found.status, found.up.share, found.traffic.whole.p50_ms, found.traffic.whole.error_rate) == (
        None,
        None,
        None,
        None,
    )


def test_a_sample_is_measured_once_a_minute_from_this_installation(tmp_path: Path):
    assert sample(tmp_path, "http://127.0.0.1:1")
    assert not sample(tmp_path, "http://127.0.0.1:1")
    row = db.session.query(ServiceSample).one()
    assert row.web_up is False
    assert row.database_bytes > 1_000_000
    assert 0 < row.storage_free_bytes <= row.storage_bytes
    assert health().status == "down"


def test_the_lag_is_the_age_of_the_oldest_change_not_summed_up(organization, make_clinic, make_payment, tmp_path: Path):
    with tenant_scope(organization.id):
        make_payment(make_clinic(), NOON.date())
        db.session.commit()
    with time_machine.travel(NOON + timedelta(seconds=90), tick=False):
        sample(tmp_path, "http://127.0.0.1:1")
    assert db.session.query(ServiceSample).one().refresh_lag_seconds == 90


def test_response_times_are_told_by_area_and_for_all():
    for area, errors, place in (("clinic", 0, 3), ("reports", 1, 6)):
        buckets = [0] * 11
        buckets[place] = 10
        db.session.add(
            ServiceMinute(minute=NOON - timedelta(minutes=3), area=area, requests=10, errors=errors, buckets=buckets)
        )
    db.session.flush()
    found = requests_by_area(timedelta(hours=1))
    assert found["clinic"].p50_ms == 37.5
    assert (found[""].requests, found[""].error_rate) == (20, 0.05)
    assert found[""].p95_ms == 475  # nine of the ten between 250 and 500 ms
    assert health().traffic.areas.keys() == {"clinic", "reports"}


def test_old_measures_go():
    _sample(0)
    db.session.add(ServiceSample(
        minute=NOON - timedelta(days=61), web_up=True, database_us=1, database_bytes=1, storage_bytes=1,
        storage_free_bytes=1, queue_depth=0, refresh_lag_seconds=0,
    ))  # fmt: skip
    db.session.flush()
    platform_health.tidy()
    assert db.session.query(ServiceSample).count() == 1


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("system.web", {"web_up": False}),
        ("system.errors", {"errors": 2}),
        ("system.slow", {"p95_ms": 1001.0}),
        ("system.database", {"database_ms": 30.0}),
        ("system.storage", {"storage_share": 0.8}),
        ("system.queue", {"queue_depth": 201}),
        ("system.refresh", {"refresh_lag_seconds": 121}),
        ("system.backup", {"backed_up_at": NOON - timedelta(hours=37)}),
        ("system.backup", {"backed_up_at": None}),
        ("system.backup", {"backup_failed": True}),
        ("system.backup", {"backup_verified": False}),
        ("system.guessing", {"suspicious_addresses": 1}),
    ],
)
def test_each_limit_opens_its_own_alert_and_closes_it_by_itself(rule, change):
    assert check(WELL) == (0, 0)
    assert check(replace(WELL, **change)) == (1, 0)
    assert check(replace(WELL, **change)) == (0, 0)
    assert [alert.rule for alert in open_system_alerts()] == [rule]
    assert check(WELL) == (0, 1)
    assert open_system_alerts() == []


def test_every_rule_is_tried_by_a_test():
    assert len(SYSTEM_RULES) == 9


def test_few_requests_say_nothing_about_errors():
    assert check(replace(WELL, requests=49, errors=40)) == (0, 0)


def test_vitals_know_the_last_backup(tmp_path: Path):
    for hours, state in ((30, "completed"), (3, "failed")):
        at = NOON - timedelta(hours=hours)
        db.session.add(BackupRun(id=new_id(), origin="schedule", state=state, started_at=at, finished_at=at))
    db.session.flush()
    found = platform_health.vitals()
    assert (found.backed_up_at, found.backup_failed) == (NOON - timedelta(hours=30), True)


def _try(outcome: str, address: str, email: str = "a@x.example", hours: int = 1) -> None:
    digest = keyed_digest("login", email)
    db.session.add(
        LoginAttempt(
            id=new_id(), email_digest=digest, at=NOON - timedelta(hours=hours), outcome=outcome, address=address
        )
    )
    db.session.flush()


def test_failures_from_one_address_become_an_incident():
    for _ in range(4):
        _try("failed", "192.0.2.1")
    assert security.tried().incidents == ()
    _try("failed", "192.0.2.1")
    _try("failed", "192.0.2.1", hours=25)  # too long ago
    _try("successful", "192.0.2.2")
    (incident,) = security.tried().incidents
    assert (incident.kind, incident.count, incident.address) == ("failed_login_attempts", 5, "192.0.2.1")
    assert incident.action == "none"
    assert security.tried().attempts == security.Attempts(successful=1, failed=5, blocked=0, suspicious=1)


def test_many_accounts_from_one_address_are_an_incident_and_a_pause_is_told():
    for name in "abc":
        _try("failed", "192.0.2.9", f"{name}@x.example")
    _try("blocked", "192.0.2.9")
    (incident,) = security.tried().incidents
    assert (incident.kind, incident.accounts, incident.action) == ("many_accounts", 3, "temporary_block")


def test_an_organization_sees_tries_at_its_own_accounts_only(organization, neighbour):
    for email, place in (("mine@x.example", organization), ("other@x.example", neighbour)):
        add_member(place.id, create_user(email, "Some One", None).id, [Role.ANALYST])
        attempts.begin(email, "192.0.2.1")
    assert security.tried().attempts.failed == 2
    assert security.tried(organization_id=organization.id).attempts.failed == 1


def test_a_backup_that_hangs_is_a_failed_one_and_one_never_restored_is_told():
    for hours, state in ((30, "completed"), (4, "running")):
        at = NOON - timedelta(hours=hours)
        ended = at if state == "completed" else None
        db.session.add(BackupRun(id=new_id(), origin="schedule", state=state, started_at=at, finished_at=ended))
    db.session.flush()
    found = platform_health.vitals()
    assert (found.backup_failed, found.backup_verified) == (True, False)


@pytest.mark.parametrize(("tried", "known"), [(None, None), (NOON, True)])
def test_of_a_backup_that_nobody_tried_out_nothing_is_said(tried, known):
    at = NOON - timedelta(hours=1)
    db.session.add(
        BackupRun(id=new_id(), origin="command", state="completed", started_at=at, finished_at=at, verified_at=tried)
    )
    db.session.flush()
    vitals = platform_health.vitals()
    assert vitals.backup_verified is known
    said = {found.key: found.words for found in checks.run(vitals)}
    assert said.get("restore") == (None if known is None else "restored and compared")


def test_the_storage_is_full_where_a_straight_line_says_so():
    for days in range(9, -1, -1):
        _sample(days * 24 * 60, storage_free_bytes=30 + days)  # one of 100 bytes a day, 30 are left
    found = uptime()
    assert found.full_on == NOON.date() + timedelta(days=30)


def test_storage_that_does_not_grow_is_never_full():
    for days in range(9, -1, -1):
        _sample(days * 24 * 60)
    found = uptime()
    assert (found.full_on, found.reason) == (None, "It does not fill up at the present rate.")


def test_uptime_is_told_by_day():
    for minutes_ago in (13 * 60, 2, 1):  # yesterday 23:00, and two minutes of today
        _sample(minutes_ago)
    assert [(day.minutes, day.up) for day in uptime().days] == [(60, 1), (12 * 60, 2)]


def test_a_part_that_breaks_says_since_when_and_when_it_last_was_broken():
    checks.run(WELL)
    later = NOON + timedelta(minutes=5)
    rows = {row.key: row for row in checks.run(replace(WELL, at=later, queue_depth=500))}
    assert (rows["queue"].ok, rows["queue"].since, rows["queue"].failed_at) == (False, later, later)
    assert (rows["web"].ok, rows["web"].since, rows["web"].failed_at) == (True, NOON, None)
    again = {row.key: row for row in checks.run(replace(WELL, at=later + timedelta(minutes=1)))}
    assert (again["queue"].ok, again["queue"].failed_at) == (True, later)


def test_lines_beyond_their_time_go():
    for table in (LoginAttempt, PlatformRead, PlatformCount):
        db.session.execute(delete(table))  # of other tests; undone with this one
    for days in (91, 1):
        _try("failed", "192.0.2.1", hours=24 * days)
    for days in (800, 1):
        db.session.add(PlatformRead(id=new_id(), at=NOON - timedelta(days=days), what="admin_overview"))
        day = (NOON - timedelta(days=days)).date()
        db.session.add(PlatformCount(day=day, organization_id=new_id(), taken_at=NOON, counts={}))
    db.session.flush()
    platform_health.tidy()
    assert [db.session.query(table).count() for table in (LoginAttempt, PlatformRead, PlatformCount)] == [1, 1, 1]
