"""Forecasts are made from complete days, kept, and read without being made again."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import update

from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.forecast import HORIZON, SHORTEST
from app.models.organizations import OrganizationSettings
from app.rollups.refresh import refresh
from app.services.dashboards import forecasts

TODAY = date(2026, 11, 19)
VISITS = "attendance.booked"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T18:00:00Z", tick=False):
        yield


@pytest.fixture
def booked(scope, clinic, make_appointment, organization):
    """So many days of the same week: three visits on a Monday, one on every other day."""

    def make(days: int) -> None:
        for back in range(1, days + 1):
            on = TODAY - timedelta(days=back)
            for _ in range(3 if on.weekday() == 0 else 1):
                make_appointment(clinic, on)
        db.session.commit()
        refresh(organization.id)
        with tenant_scope(organization.id):
            forecasts.make(organization.id)

    return make


def test_a_week_that_repeats_is_forecast_as_it_was(booked, scope, make_actor):
    booked(SHORTEST)
    outlook = forecasts.outlooks(make_actor(Role.ADMIN), None)[VISITS]
    assert outlook.first_day == TODAY
    assert len(outlook.found.values) == HORIZON
    mondays = [value for day, value in enumerate(outlook.found.values) if (TODAY + timedelta(days=day)).weekday() == 0]
    assert mondays == [pytest.approx(3, abs=0.05)] * 4
    assert outlook.change == pytest.approx(0, abs=0.02)


def test_weeks_of_few_visits_are_not_drawn_for_an_analyst(booked, scope, organization, make_actor):
    booked(SHORTEST)  # 9 visits a week
    found = forecasts.outlooks(make_actor(Role.ANALYST), None)
    assert {(one.reason, one.found, one.recorded) for one in found.values()} == {(forecasts.TOO_FEW, None, ())}
    db.session.execute(
        update(OrganizationSettings)
        .where(OrganizationSettings.organization_id == organization.id)
        .values({"values": {"small_cell": 9}})
    )
    assert forecasts.outlooks(make_actor(Role.ANALYST), None)[VISITS].found is not None


def test_a_series_that_cannot_be_tested_is_not_forecast(booked, scope, make_actor):
    booked(20)
    outlook = forecasts.outlooks(make_actor(Role.ADMIN), None)[VISITS]
    assert outlook.found is None
    assert "20 days are recorded" in outlook.reason


def test_a_clinic_has_a_forecast_of_its_own_and_several_have_none(booked, scope, clinic, make_clinic, make_actor):
    other = make_clinic("Other")
    booked(20)
    mine = make_actor(Role.CLINIC_STAFF, clinics={clinic.id})
    both = make_actor(Role.CLINIC_STAFF, clinics={clinic.id, other.id})
    assert forecasts.outlooks(mine, None)[VISITS].first_day == TODAY
    assert forecasts.outlooks(both, None)[VISITS].reason == forecasts.ONE_PLACE
    assert forecasts.outlooks(both, clinic.id)[VISITS].first_day == TODAY


def test_money_is_forecast_for_those_who_may_see_it(booked, scope, make_actor):
    booked(20)
    assert set(forecasts.outlooks(make_actor(Role.DOCTOR), None)) == {VISITS}
    assert set(forecasts.outlooks(make_actor(Role.ANALYST), None)) == set(forecasts.FORECAST)


def test_nothing_is_said_of_a_part_of_a_clinic(scope, make_actor):
    found = forecasts.outlooks(make_actor(Role.ANALYST), None, is_part=True)
    assert {one.reason for one in found.values()} == {forecasts.NOT_OF_PEOPLE}
