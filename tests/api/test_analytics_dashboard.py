"""The analytics dashboard: the same figures on the page and over the API, in the fields of the specification."""

from datetime import date, timedelta

import pytest
import time_machine

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Complaint, Expense, SurveyAnswer
from app.rollups.refresh import refresh
from app.services import forecasts, population_count
from tests.api.seeds import example, missing

PATH = "/api/analytics/dashboard/"
TODAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T18:00:00Z", tick=False):
        yield


@pytest.fixture
def analyst(browser, make_person):
    person = make_person(Role.ANALYST, email="analyst@north.example")
    browser.log_in(person.email)
    return browser


@pytest.fixture
def downtown(organization, make_clinic):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    return clinic


def test_every_field_of_the_specification_is_answered(analyst, downtown):
    answer = analyst.get(PATH)
    assert answer.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []


def test_the_page_opens_without_any_record(analyst, downtown):
    assert analyst.get("/analytics/").status_code == 200
