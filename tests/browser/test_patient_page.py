"""A patient's own page in use: the next visit, a change that arrives, requests without scripts, the way out."""

from datetime import datetime, time, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import select

from app.core.clock import now, today
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Appointment, Clinic, Membership, Message
from app.rollups.refresh import refresh
from tests.browser.test_every_page import AXE, WATCH, violations

PAGES = ("", "messages/", "messages/new", "results/", "refill", "visit", "looks")
NEXT = "#w-next-visit"


@pytest.fixture(scope="module")
def visit(site):
    """The patient's next visit, tomorrow at ten; gives a way to move it, as a push would."""
    organization_id = site.world.organization_id
    with site.app.app_context(), tenant_scope(organization_id):
        clinic = db.session.get_one(Clinic, (organization_id, site.world.clinic_id))
        of_patient = select(Membership.patient_id).where(
            Membership.organization_id == organization_id, Membership.patient_id.is_not(None)
        )
        patient_id = db.session.scalars(of_patient).first()
        day = today(clinic.zone) + timedelta(days=1)
        row = Appointment(organization_id=organization_id, id=new_id(), clinic_id=clinic.id, patient_id=patient_id)
        row.status, row.minutes, row.local_day, row.local_hour = "booked", 30, day, 10
        row.starts_at = datetime.combine(day, time(10), ZoneInfo(clinic.zone))
        said = Message(organization_id=organization_id, id=new_id(), clinic_id=clinic.id, patient_id=patient_id)
        said.sender, said.sent_at, said.local_day = "practice", now(), today(clinic.zone)
        db.session.add_all([row, said])
        db.session.flush()
        said.subject, said.body = "Your readings", "All is well."
        db.session.commit()
        visit_id, zone = row.id, clinic.zone
    refreshed(site)

    def move(hour: int) -> None:
        with site.app.app_context(), tenant_scope(organization_id):
            row = db.session.get_one(Appointment, (organization_id, visit_id))
            row.starts_at = datetime.combine(day, time(hour), ZoneInfo(zone))
            db.session.commit()
        refreshed(site)

    return move


def refreshed(site) -> None:
    with site.app.app_context():
        refresh(site.world.organization_id)


@pytest.fixture
def page(enter) -> Page:
    return enter(Role.PATIENT)


def test_a_patient_lands_on_the_next_visit_and_a_change_arrives_without_a_reload(site, visit, page):
    page.goto(site.address + "/")
    assert page.url.endswith("/patient/")
    page.evaluate("window.marker = 'the same window'")
    expect(page.locator(NEXT)).to_contain_text("at 10:00")
    visit(11)
    try:
        page.get_by_role("link", name="Refresh").click()
        expect(page.locator(NEXT)).to_contain_text("at 11:00")
        assert page.evaluate("window.marker") == "the same window"
    finally:
        visit(10)


def test_the_page_asks_by_itself(site, visit, page):
    page.clock.install()
    page.goto(site.address + "/patient/")
    with page.expect_response(lambda answer: "/patient/widgets/next-visit" in answer.url) as polled:
        page.clock.run_for(40_000)
    assert polled.value.status in (200, 304)


def test_without_scripts_a_message_is_read_and_answered(site, visit, enter):
    plain = enter(Role.PATIENT, java_script_enabled=False)
    plain.goto(site.address + "/patient/")
    plain.get_by_role("link", name="Your readings").click()
    expect(plain.locator("main")).to_contain_text("All is well.")
    plain.get_by_role("link", name="Answer").click()
    plain.get_by_label("What is it about?").fill("Thanks")
    plain.get_by_label("Your message").fill("Good to know.")
    plain.get_by_role("button", name="Send to the practice").click()
    expect(plain.get_by_role("status").first).to_be_attached()
    expect(plain.locator("main")).to_contain_text("Your message is with the practice.")
    plain.goto(site.address + "/patient/messages/")
    expect(plain.locator("main")).to_contain_text("Thanks")


def test_a_wish_for_a_visit_names_what_is_missing_beside_its_field(site, visit, enter):
    plain = enter(Role.PATIENT, java_script_enabled=False)
    plain.goto(site.address + "/patient/visit")
    plain.get_by_label("What is the visit for?").evaluate("field => field.removeAttribute('required')")
    plain.get_by_role("button", name="Ask for a visit").click()
    expect(plain.locator("#field-reason-error")).to_have_text("Say in a few words what the visit is for.")
    plain.get_by_label("What is the visit for?").fill("My knee")
    plain.get_by_role("button", name="Ask for a visit").click()
    expect(plain.locator("main")).to_contain_text("Reception has your wish for a visit")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_readable_within_its_policy_and_uncut(site, visit, page, path):
    complaints: list[str] = []
    page.add_init_script(WATCH)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{site.address}/patient/{path}", wait_until="load")
    page.evaluate(AXE + "; 0")
    found = {}
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="light")
        found[width] = violations(page)
        page.emulate_media(color_scheme="dark")
        found[-width] = violations(page, "color-contrast")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {width: each for width, each in found.items() if each} == {}
    assert page.evaluate("window.broken") == []
    assert complaints == []


def test_on_paper_the_page_says_the_next_visit(site, visit, page):
    page.goto(site.address + "/patient/")
    sheets = PdfReader(BytesIO(page.pdf(format="A4", print_background=True))).pages
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    for words in ("My health", "at 10:00", "Who has looked at my record"):
        assert words in text, words
    assert "Log out" not in text
