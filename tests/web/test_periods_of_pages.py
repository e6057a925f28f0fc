"""The period of a page: dates that are none are said on the form, and what else the page is about is kept."""

from datetime import UTC, datetime

import pytest
import time_machine

from app.core.tenancy import tenant_scope
from app.extensions import db
from app.rollups.refresh import refresh

CROSSED = {"period": "custom", "start": "2026-11-20", "end": "2026-11-10"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2026, 11, 19, 18, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def downtown(organization, make_clinic, make_practitioner):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        make_practitioner("Example, Ada")
        db.session.commit()
    refresh(organization.id)
    return clinic


@pytest.mark.parametrize("path", ["/clinics/{}/", "/doctor/", "/billing/", "/analytics/"])
@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (CROSSED, "The last day lies before the first."),
        (CROSSED | {"end": "2036-11-10"}, "The last day is more than five years after the first."),
        (CROSSED | {"start": "tomorrow"}, "Write the date as 2026-11-19."),
        ({"period": "fortnight"}, "Choose today, week, month, quarter, year or two dates."),
    ],
    ids=["crossed", "too long", "no date", "no period"],
)
def test_a_period_that_is_none_is_said_on_the_form_over_the_usual_one(signed_in, downtown, path, dates, said):
    page = signed_in.get(path.format(downtown.id), query_string=dates)
    usual = "November 2026" if "analytics" in path else "today"
    assert page.status_code == 400
    assert f"{said} Shown meanwhile: {usual}." in page.text
    assert 'aria-describedby="range-error"' in page.text
    assert f'value="{dates.get("start", "2026-11-")}' in page.text
    assert "card-tile" in page.text


def test_a_range_is_asked_for_the_same_doctor_and_clinic(signed_in, downtown):
    page = signed_in.get("/billing/", query_string=CROSSED | {"clinic_id": downtown.id}).text
    assert f'<input type="hidden" name="clinic_id" value="{downtown.id}">' in page


def test_a_program_is_refused(signed_in, downtown):
    answer = signed_in.get(f"/api/clinics/{downtown.id}/dashboard/", query_string=CROSSED)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "DASH_004")
