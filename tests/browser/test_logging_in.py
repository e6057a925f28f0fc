"""Every role comes in, lands where it belongs, and leaves nothing behind when it goes."""

import re

import pytest
from playwright.sync_api import expect

from app.core.permissions import Role
from tests.browser.conftest import log_in

FIRST_PAGES = {
    Role.ADMIN: "Clinic today",
    Role.DOCTOR: "Dr. Ada Example, today",
    Role.CLINIC_STAFF: "Clinic today",
    Role.BILLING_STAFF: "Billing today",
    Role.ANALYST: re.compile(r"^Analytics, \w+ \d{4}$"),
    Role.PATIENT: "My health",
    Role.PLATFORM_ADMIN: "Administration",
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_lands_on_its_first_page(site, make_context, role):
    page = make_context().new_page()
    log_in(page, site, role)
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRST_PAGES[role])


def test_a_wrong_password_is_said_and_the_address_is_kept(site, make_context):
    page = make_context().new_page()
    page.goto(site.address + "/login")
    page.get_by_label("E-mail").fill("nobody@north.example")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("main")).to_contain_text("is wrong")
    expect(page.get_by_label("E-mail")).to_have_value("nobody@north.example")


def test_a_clinic_of_another_organization_does_not_exist(site, admin):
    answer = admin.goto(f"{site.address}/clinics/{site.world.foreign_clinic_id}/")
    assert answer.status == 404
    assert "Foreign Clinic" not in admin.content()
