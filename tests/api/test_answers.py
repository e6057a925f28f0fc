"""Kept answers of dashboards: never stale after a change, never another scope's, and the codes of what goes wrong."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, text

from app.api.dashboards import routes as dashboards
from app.core import limits, versions
from app.core.clock import now, today
from app.core.permissions import Role
from app.extensions import db, store
from app.models import Target
from app.rollups.refresh import refresh
from app.web import guard
from tests.fixtures.clients import PASSWORD

MORNING = "2026-03-12 15:00:00+00:00"  # ten o'clock in Chicago


@pytest.fixture
def at_ten():
    """The clock stands still."""
    with time_machine.travel(MORNING, tick=False):
        yield


@pytest.fixture
def day(session, organization, clinic, make_practitioner, make_patient, make_appointment):
    """Books visits for today at a clinic and sums up: `day(clinic)`."""

    def book(at=clinic, status="completed"):
        make_appointment(at, today("America/Chicago"), status=status)
        session.commit()
        refresh(organization.id)

    return book


@pytest.fixture
def ask(program, make_person):
    """Asks for a clinic's dashboard as a person of a role: the answer."""
    headers = {}

    def send(clinic, *roles, query="", **more):
        email = f"{'-'.join(roles)}{len(more)}@north.example"
        if email not in headers:
            make_person(*roles, email=email, **more)
            answer = program.post("/api/auth/token", json={"email": email, "password": PASSWORD})
            headers[email] = {"Authorization": f"Bearer {answer.json['access_token']}"}
        return program.get(f"/api/clinics/{clinic.id}/dashboard/{query}", headers=headers[email])

    return send


def booked(answer):
    return answer.json["operational_metrics"]["today"]["appointments"]["total_scheduled"]


def test_the_second_asker_gets_what_the_first_was_given(clinic, day, ask, at_ten):
    day()
    first, second = ask(clinic, Role.ADMIN), ask(clinic, Role.ADMIN)
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("miss", "hit")
    assert first.json == second.json
    assert booked(first) == 1


def test_a_booking_is_in_the_next_answer(clinic, day, ask, at_ten):
    day()
    assert booked(ask(clinic, Role.ADMIN)) == 1
    day(status="booked")
    after = ask(clinic, Role.ADMIN)
    assert (booked(after), after.headers["X-Cache"]) == (2, "miss")


def test_a_payment_is_in_the_next_answer(session, organization, clinic, make_payment, day, ask, at_ten):
    day()
    before = ask(clinic, Role.ADMIN).json["financial_summary"]["revenue"]["today"]
    make_payment(clinic, today("America/Chicago"), "80.00")
    session.commit()
    refresh(organization.id)
    after = ask(clinic, Role.ADMIN)
    assert after.headers["X-Cache"] == "miss"
    assert float(after.json["financial_summary"]["revenue"]["today"]) == float(before or 0) + 80


@pytest.mark.parametrize("change", ["patient", "target", "name"])
def test_what_no_sum_is_made_of_makes_a_new_answer_too(session, clinic, day, ask, make_patient, change, at_ten):
    day()
    ask(clinic, Role.ADMIN)
    assert ask(clinic, Role.ADMIN).headers["X-Cache"] == "hit"
    if change == "patient":
        make_patient("Later, Lea")
    elif change == "target":
        values = {"metric": "waiting.wait_median", "value": 10, "valid_from": now().date(), "set_by": "T"}
        session.add(Target(organization_id=clinic.organization_id, clinic_id=None, set_at=now(), **values))
    else:
        clinic.name = "Uptown"
    session.commit()
    answer = ask(clinic, Role.ADMIN)
    assert answer.headers["X-Cache"] == "miss"
    assert answer.json["clinic_info"]["name"] == ("Uptown" if change == "name" else "Downtown")


def test_no_one_gets_the_answer_of_another_scope(clinic, make_clinic, make_payment, day, ask, at_ten):
    other = make_clinic("Riverside")
    make_payment(clinic, today("America/Chicago"), "80.00")
    day()
    day(other)
    everything = ask(clinic, Role.ADMIN)
    staff = ask(clinic, Role.CLINIC_STAFF, clinic_ids=[clinic.id])
    doctor = ask(clinic, Role.DOCTOR)
    assert {everything.headers["X-Cache"], staff.headers["X-Cache"], doctor.headers["X-Cache"]} == {"miss"}
    assert doctor.json["financial_summary"] != everything.json["financial_summary"]
    refused = ask(other, Role.CLINIC_STAFF, clinic_ids=[clinic.id])
    assert (refused.status_code, refused.json["error"]["code"]) == (404, "DASH_005")


def test_each_address_has_its_own_answer(clinic, day, ask, at_ten):
    day()
    ask(clinic, Role.ADMIN)
    assert ask(clinic, Role.ADMIN, query="?period=month").headers["X-Cache"] == "miss"
    assert ask(clinic, Role.ADMIN, query="?period=month").headers["X-Cache"] == "hit"


def test_half_a_minute_later_the_waits_are_told_anew(clinic, day, ask, monkeypatch):
    day()
    ask(clinic, Role.ADMIN)
    (kept,) = [key for key in store.client.scan_iter("mc:answer:*") if not key.endswith(b":turn")]
    assert 0 < store.client.ttl(kept) <= dashboards.REAL_TIME


def test_without_redis_every_answer_is_made_and_nobody_is_refused(clinic, day, ask, monkeypatch):
    day()
    ask(clinic, Role.ADMIN)
    away = type(store)()
    away.connect("redis://127.0.0.1:1/0")
    monkeypatch.setattr(store, "client", away.client)
    answers = [ask(clinic, Role.ADMIN) for _ in range(2)]
    assert [(answer.status_code, answer.headers["X-Cache"]) for answer in answers] == [(200, "miss")] * 2


def test_a_period_that_is_none_is_dash_004(clinic, day, ask):
    for query in (
        "?period=fortnight",
        "?period=custom&start=2026-02-30&end=2026-03-01",
        "?start=2026-03-02&end=2026-03-01",
        "?end=2026-03-01",
        "?period=month&start=2026-03-01",
    ):
        answer = ask(clinic, Role.ADMIN, query=query)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "DASH_004"), query


def test_two_dates_without_a_period_are_one(clinic, day, ask):
    assert ask(clinic, Role.ADMIN, query="?start=2026-03-01&end=2026-03-02").status_code == 200


def test_a_parameter_that_is_unknown_or_stands_twice_is_named(clinic, day, ask):
    for query, field in (("?perod=month", "perod"), ("?period=month&period=week", "period")):
        answer = ask(clinic, Role.ADMIN, query=query)
        assert (answer.status_code, answer.json["error"]["details"]["field"]) == (422, field), query


def test_the_answer_comes_as_a_file_where_one_is_asked_for(clinic, day, ask):
    assert "Content-Disposition" not in ask(clinic, Role.ADMIN).headers
    told = ask(clinic, Role.ADMIN, query="?download=1").headers["Content-Disposition"]
    assert told == f'attachment; filename="clinics-{clinic.id}-dashboard.json"'


def test_a_role_without_the_dashboard_is_dash_002_and_an_unknown_one_dash_001(clinic, day, ask, program):
    answer = ask(clinic, Role.BILLING_STAFF)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "DASH_002")
    answer = program.get("/api/dashboard/kitchen/")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "DASH_001")


def test_figures_that_take_too_long_are_dash_007(clinic, day, ask, monkeypatch):
    monkeypatch.setattr("app.api.dashboards.answers._LONGEST", text("SET LOCAL statement_timeout = 50"))

    def slow(*_arguments):
        db.session.execute(text("SELECT pg_sleep(5)"))

    monkeypatch.setattr(dashboards.clinic_dashboard, "read", slow)
    answer = ask(clinic, Role.ADMIN)
    assert (answer.status_code, answer.json["error"]["code"]) == (504, "DASH_007")


def test_figures_while_the_database_is_away_are_dash_003(clinic, day, ask, monkeypatch):
    def read(*_arguments):
        create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none").connect()

    monkeypatch.setattr(dashboards.clinic_dashboard, "read", read)
    answer = ask(clinic, Role.ADMIN)
    assert (answer.status_code, answer.json["error"]["code"]) == (503, "DASH_003")
    assert int(answer.headers["Retry-After"]) >= 1


def test_too_many_requests_of_one_token_are_dash_010(clinic, day, ask, monkeypatch):
    monkeypatch.setattr(guard, "DASHBOARDS_A_MINUTE", 3)
    statuses = [ask(clinic, Role.ADMIN) for _ in range(5)]
    assert [answer.status_code for answer in statuses].count(429) >= 1
    last = statuses[-1]
    assert last.json["error"]["code"] == "DASH_010"
    assert 1 <= int(last.headers["Retry-After"]) <= 60
    assert ask(clinic, Role.CLINIC_STAFF).status_code == 200  # everybody has their own count


def test_a_count_lapses_with_its_minute(app, session):
    with time_machine.travel(MORNING, tick=False) as clock:
        for _ in range(3):
            limits.check("somebody", 3)
        with pytest.raises(limits.TooMany) as refused:
            limits.check("somebody", 3)
        assert refused.value.details["retry_after"] == 60
        clock.shift(timedelta(seconds=60))
        limits.check("somebody", 3)


def test_an_edition_moves_with_every_committed_change(organization, session):
    before = versions.edition(organization.id)
    versions.stir(organization.id)
    assert versions.edition(organization.id) != before
