"""The doctor's page in use: the day first, live, backwards, on a phone, on paper, and gone after logging out."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.core.permissions import Role
from tests.browser.conftest import log_in
from tests.browser.test_every_page import AXE, WATCH, violations
from tests.browser.world import CANARY

LISTS = ("schedule", "alerts", "results", "messages")


@pytest.fixture
def doctor(enter) -> Page:
    """A page of the doctor."""
    return enter(Role.DOCTOR)


def test_a_doctor_lands_on_the_day_with_the_own_patients_first(site, make_context):
    page = make_context().new_page()
    log_in(page, site, Role.DOCTOR)
    expect(page.get_by_role("heading", level=1)).to_have_text("Dr. Ada Example, today")
    expect(page.locator(".board section").first).to_have_id("w-visits")
    expect(page.locator("#w-visits")).to_contain_text(CANARY)
    expect(page.locator("#w-patients")).to_contain_text("Repeat blood test: overdue by")


def test_the_whole_day_is_a_page_that_leads_back(site, doctor):
    doctor.goto(site.address + "/doctor/")
    doctor.get_by_role("link", name="Whole day").click()
    expect(doctor.get_by_role("heading", level=1)).to_have_text(re.compile(r"\d+ visits? today"))
    doctor.get_by_role("navigation", name="Breadcrumbs").get_by_role("link").click()
    expect(doctor.get_by_role("heading", level=1)).to_have_text("Dr. Ada Example, today")


@pytest.mark.parametrize("path", ["/doctor/", *(f"/doctor/{name}/" for name in LISTS)])
def test_every_page_is_accessible_within_its_policy_and_fits_a_phone(site, doctor, path):
    said: list[str] = []
    doctor.add_init_script(WATCH)
    doctor.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    assert doctor.goto(site.address + path).status == 200
    doctor.evaluate(AXE + "; 0")
    for width in (1280, 360):
        doctor.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            doctor.emulate_media(color_scheme=scheme)
            assert violations(doctor) == [], (width, scheme)
        assert doctor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
    assert doctor.evaluate("broken") == []
    assert said == []


def test_on_paper_it_says_whose_day_it_is_and_of_which_time(site, doctor):
    doctor.goto(site.address + "/doctor/?period=month")
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(doctor.pdf(format="A4"))).pages)
    for words in ("Dr. Ada Example", "Compared with", "Started on time", CANARY):
        assert words in text, words
