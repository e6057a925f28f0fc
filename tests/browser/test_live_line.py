"""The open line between page and server: a change shows at once, and without the line the page still polls."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from app.core.permissions import Role
from tests.browser.conftest import log_in
from tests.browser.test_clinic_page import FLOW, waiting


def line_is(page: Page, state: str, seconds: int = 15) -> None:
    """Waits until the page's line is open or closed."""
    expect(page.locator(f"html[data-socket={state}]")).to_have_count(1, timeout=seconds * 1000)


@pytest.fixture
def page(site, admin) -> Page:
    """The clinic page with its line open, and what its console says."""
    admin.errors = []
    admin.on("console", lambda line: admin.errors.append(line.text) if line.type == "error" else None)
    admin.goto(site.clinic)
    line_is(admin, "open")
    return admin


def test_a_change_shows_within_seconds_without_a_poll_or_a_click(site, page):
    before = waiting(page)
    site.change(status="no_show", arrived_at=None)
    try:
        expect(page.locator(FLOW)).to_contain_text(f"{before - 1} waiting", timeout=4000)
    finally:
        site.change(status="arrived")
    expect(page.locator(FLOW)).to_contain_text(f"{before} waiting", timeout=12000)
    assert page.errors == []


def test_a_paused_page_waits_and_catches_up_when_it_goes_on(site, page):
    before = waiting(page)
    page.get_by_role("button", name="Pause").click()
    site.change(status="no_show", arrived_at=None)
    try:
        page.wait_for_timeout(2000)
        expect(page.locator(FLOW)).to_contain_text(f"{before} waiting")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(FLOW)).to_contain_text(f"{before - 1} waiting", timeout=4000)
    finally:
        site.change(status="arrived")


def test_the_line_comes_back_after_a_restart_of_the_server(site, page):
    site.stop()
    line_is(page, "closed")
    site.start()
    line_is(page, "open", 60)


def test_logging_out_elsewhere_leads_the_page_to_the_login(site, make_context):
    page = make_context().new_page()  # a login of its own, since it ends here
    log_in(page, site, Role.CLINIC_STAFF)
    page.goto(site.clinic)
    line_is(page, "open")
    other = page.context.new_page()
    other.goto(site.address + "/account")
    other.locator("details.user-menu summary").click()
    other.get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: "/login?" in url, timeout=8000)
    expect(page.get_by_text("Your login has ended. Log in to go on.")).to_be_visible()


# Stands in for a server that is away, and notes when the page asks for its line; the page's clock is the test's.
AWAY = """(() => {
    const real = window.fetch;
    window.asked = [];
    window.fetch = (url, ...more) => {
        if (!String(url).includes("ws-ticket")) return real(url, ...more);
        window.asked.push(Date.now());
        return Promise.resolve(new Response("", { status: 503 }));
    };
})()"""


def test_pages_that_lost_the_line_ask_again_after_growing_pauses_each_in_its_own_time(site, admin):
    found = []
    for _ in range(2):
        page = admin.context.new_page()
        page.clock.install()
        page.add_init_script(AWAY)
        page.goto(site.clinic)
        while page.evaluate("asked.length") < 10:
            page.clock.run_for(10_000)
        asked = page.evaluate("asked.slice(0, 10)")
        found.append([later - earlier for earlier, later in pairwise(asked)])
        page.close()
    for pauses in found:
        for number, pause in enumerate(pauses):
            longest = min(1000 * 2**number, 60_000)
            assert longest / 2 <= pause <= longest + 50, pauses
    assert found[0] != found[1]
