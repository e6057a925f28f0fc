"""The clinic dashboard over the API: the fields of the specification, from the same records as the page."""

from datetime import date, time

import pytest
import time_machine

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.rollups.refresh import refresh
from tests.api.seeds import example, missing, unexplained

TODAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T18:00:00Z", tick=False):  # noon in Chicago
        yield


@pytest.fixture
def path(organization, make_clinic, make_appointment, make_department, make_practitioner) -> str:
    """A clinic with four visits today: one done, one in a room, one cancelled, one that did not come."""
    with tenant_scope(organization.id):
        clinic = make_clinic()
        of = {"department_id": make_department(clinic).id, "practitioner_id": make_practitioner().id}
        make_appointment(clinic, TODAY, "completed", time(9), arrived=-5, started=10, finished=30, **of)
        make_appointment(clinic, TODAY, "started", time(11), arrived=-5, started=20, **of)
        make_appointment(clinic, TODAY, "cancelled", time(10), **of)
        make_appointment(clinic, TODAY, "no_show", time(10), **of)
        db.session.commit()
    refresh(organization.id)
    return f"/api/clinics/{clinic.id}/dashboard/"


@pytest.fixture
def staff(browser, make_person):
    browser.log_in(make_person(Role.CLINIC_STAFF, email="staff@north.example").email)
    return browser


def test_every_field_of_the_specification_is_answered(staff, path):
    answer = staff.get(path)
    expected = example("dashboards-module.md", "/api/clinics/{clinic_id}/dashboard/")
    assert list(missing(expected, answer.json)) == []
    assert unexplained(expected, answer.json) == []


def test_the_day_is_a_sum_of_where_everybody_is(staff, path):
    visits = staff.get(path).json["operational_metrics"]["today"]["appointments"]
    assert (visits["total_scheduled"], visits["completed"], visits["in_progress"]) == (4, 1, 1)
    assert (visits["cancelled"], visits["no_show"]) == (1, 1)


def test_counts_and_rates_of_the_day_are_of_the_same_moment(staff, path):
    day = staff.get(path).json["operational_metrics"]["today"]["appointments"]
    assert day["completion_rate"] == pytest.approx(1 / 3, abs=1e-4)  # one done, one missed, one cancelled
    with time_machine.travel("2026-11-19T15:10:00Z", tick=False):  # ten past nine: the first patient waits
        early = staff.get(path).json
    visits = early["operational_metrics"]["today"]["appointments"]
    assert visits["completed"] == 0
    assert visits["completion_rate"] in (None, 0)


def test_what_nobody_records_is_null_and_says_why(staff, path):
    answer = staff.get(path).json
    assert answer["clinic_info"]["established"] is None
    assert answer["reasons"]["clinic_info.established"] == "Not recorded."


def test_a_period_that_is_none_is_refused_by_its_code(staff, path):
    answer = staff.get(f"{path}?period=fortnight")
    assert answer.json["error"]["code"] == "DASH_004"


def test_a_clinic_that_does_not_exist_has_the_code_of_the_specification(staff, path):
    answer = staff.get(f"/api/clinics/{new_id()}/dashboard/")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "DASH_005")
