"""The counts of all patients have a page that explains them, for those who may see them."""

import re
from datetime import date, timedelta

import pytest

from app.core.clock import today
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Clinic
from app.rollups.refresh import refresh
from app.services.dashboards import population_count

PAGE = "/metrics-catalogue/population"


@pytest.fixture
def counted(clinic, make_patient, make_appointment) -> Clinic:
    """Two patients who came yesterday, one of 100 days ago, all 40 years old; counted."""
    now = today(clinic.zone)
    for days in (1, 1, 100):
        patient = make_patient(home_clinic_id=clinic.id, birth_date=date(now.year - 40, 1, 1))
        make_appointment(clinic, now - timedelta(days=days), patient_id=patient.id)
    db.session.commit()
    refresh(clinic.organization_id)
    with tenant_scope(clinic.organization_id):
        population_count.count(clinic.organization_id)
    return clinic


def words(page: str) -> str:
    """A page without its tags."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_each_count_of_patients_is_explained_with_its_numbers(counted, browser, make_person):
    browser.log_in(make_person(Role.ADMIN).email)
    text = words(browser.get(f"{PAGE}?clinic={counted.id}").text)
    assert "Active records of living patients, each once, at their home clinic." in text
    assert "Active: a completed visit in the last 30 days, or one booked." in text
    for name, patients in (("Active", 2), ("At risk", 1), ("31-50", 3)):
        assert f" {name} {patients} " in text
    for heading in ("Engagement", "New patients who came back", "Expected to be lost"):
        assert heading in text


def test_before_the_first_count_the_page_says_so(clinic, browser, make_person):
    browser.log_in(make_person(Role.ADMIN).email)
    assert "Patients have not been counted yet; that happens each hour." in browser.get(PAGE).text


def test_an_analyst_sees_no_small_counts_there(counted, browser, make_person):
    browser.log_in(make_person(Role.ANALYST).email)
    text = browser.get(PAGE).text
    assert "Counts of 1 to 10, and what they could be told from." in text
    assert "too small to show" in text


def test_whoever_may_see_no_figures_of_patients_may_not_open_it(counted, browser, make_person):
    browser.log_in(make_person(Role.PATIENT).email)
    assert browser.get(PAGE).status_code == 403
