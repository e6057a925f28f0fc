"""Each role's day with its dashboard: it opens, a change arrives, a period is chosen, it prints, and is gone after
logging out."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.core.permissions import Role
from tests.browser import world as worlds
from tests.browser.conftest import Site, log_in
from tests.browser.test_every_page import AXE, WATCH, violations

SOON, POLLED = 15_000, 45_000  # milliseconds


@dataclass(frozen=True)
class Day:
    """A role's dashboard: where it is, the card that a change shows in, what changes, and the period chosen then."""

    role: Role
    path: str
    card: str
    change: Callable[[worlds.World], None]
    period: str = "Week"
    pushed: bool = True  # the page has a line; else its card asks each half minute

    @property
    def id(self) -> str:
        return f"{self.role.value} at {self.path}"


DAYS = (
    Day(Role.CLINIC_STAFF, "/clinics/{clinic_id}/", "#w-flow .lead", worlds.walk_in),
    Day(Role.DOCTOR, "/doctor/", "#w-visits", worlds.walk_in),
    Day(Role.PATIENT, "/patient/", "#w-messages", worlds.write_to_patient, period=""),
    Day(Role.BILLING_STAFF, "/billing/", "#w-collected .figure", worlds.pay),
    Day(Role.ANALYST, "/analytics/", "#w-booked .figure", worlds.walk_in, period="Quarter"),
    Day(Role.ADMIN, "/admin/", "#w-clinics", worlds.count_anew, period=""),
    Day(Role.PLATFORM_ADMIN, "/admin/", "#w-clinics", worlds.count_anew, period="", pushed=False),
)


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.id)
def test_a_day_with_the_dashboard(site, make_context, day):
    page, said = make_context().new_page(), []
    page.add_init_script(WATCH)
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    log_in(page, site, day.role)
    address = site.address + day.path.format(clinic_id=site.world.clinic_id)
    assert page.goto(address, wait_until="load").status == 200
    shown = page.locator(day.card).inner_text()

    hears_of_a_change(site, page, day, shown)
    chooses_a_period_and_goes_back(page, address, day)
    prints_with_heads_and_numbers(page)
    page.evaluate(AXE + "; 0")
    assert violations(page) == []
    assert page.evaluate("broken") == []
    assert said == []  # before the login ends: what is asked for after that is refused
    leaves_nothing_behind(page, page.locator(day.card).inner_text())


def hears_of_a_change(site: Site, page: Page, day: Day, shown: str) -> None:
    """What is shown changes in the same window."""
    if day.pushed:
        expect(page.locator("html[data-socket=open]")).to_have_count(1, timeout=SOON)
    page.evaluate("window.marker = 'the same window'")
    with site.app.app_context():
        day.change(site.world)
    soon = SOON if day.pushed else POLLED
    expect(page.locator(day.card)).not_to_have_text(shown, use_inner_text=True, timeout=soon)
    assert page.evaluate("window.marker") == "the same window"


def chooses_a_period_and_goes_back(page: Page, address: str, day: Day) -> None:
    """A period is an address of its own; a dashboard of the moment has none."""
    periods = page.get_by_role("navigation", name="Period")
    if not day.period:
        expect(periods).to_have_count(0)
        return
    usual = page.locator(".segments [aria-current]").inner_text()
    periods.get_by_role("link", name=day.period, exact=True).click()
    page.wait_for_url(f"**period={day.period.lower()}*")
    expect(page.locator(".segments [aria-current]")).to_have_text(day.period)
    page.go_back()
    expect(page.locator(".segments [aria-current]")).to_have_text(usual)
    assert page.url == address


def prints_with_heads_and_numbers(page: Page) -> None:
    """On either paper each sheet says what it is, of which moment, and which page of how many."""
    title = page.title().split(",")[0]
    for paper in ("A4", "Letter"):
        sheets = [sheet.extract_text() for sheet in PdfReader(BytesIO(page.pdf(format=paper))).pages]
        for number, text in enumerate(sheets, start=1):
            words = " ".join(text.split())
            assert title in words, (paper, number)
            assert "As of " in words, (paper, number)
            assert f"Page {number} of {len(sheets)}" in words, (paper, number)


def leaves_nothing_behind(page: Page, shown: str) -> None:
    """After logging out, Back leads to the login."""
    page.locator("details.user-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.go_back()
    page.wait_for_load_state()
    expect(page.get_by_label("Password")).to_be_visible()
    assert worlds.CANARY not in page.content()
    assert shown not in page.locator("body").inner_text()
