"""A wall hangs in a waiting room: no login, no names, no money; it outlives its server and ends when it is revoked."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.world import CANARY

SCREENS = [(1280, 720), (1920, 1080), (3840, 2160), (1080, 1920)]
# Beyond the two pixels that the picture moves against burn-in.
CUT = """() => [...document.querySelectorAll('#wall *')]
    .filter(part => part.checkVisibility() && part.textContent.trim() && !part.closest('.hush, .wall-controls, svg'))
    .filter(part => { const box = part.getBoundingClientRect();
        return box.left < 0 || box.right > innerWidth + 3 || box.bottom > innerHeight + 3; })
    .map(part => part.outerHTML.slice(0, 100))"""


def make_wall(site, page: Page, name: str, **choices: str) -> str:
    """Makes a wall on its page and gives its address."""
    page.goto(site.address + "/walls/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Clinic", exact=True).select_option(label="Downtown Clinic")
    for label, value in choices.items():
        page.get_by_label(label, exact=True).select_option(value)
    page.get_by_role("button", name="Make wall").click()
    return page.locator("code.secret").inner_text().strip()


@pytest.fixture
def address(site, admin) -> str:
    """The address of a fresh wall."""
    return make_wall(site, admin, "Waiting room")


@pytest.fixture
def screen(make_context) -> Page:
    """A screen that nobody logged in on."""
    return make_context(1920, 1080).new_page()


def poll(screen: Page) -> None:
    screen.evaluate("document.getElementById('wall').dispatchEvent(new CustomEvent('poll'))")


def test_a_wall_shows_the_clinic_without_a_login(address, screen):
    assert screen.goto(address).status == 200
    expect(screen.get_by_role("heading", level=1)).to_contain_text("Downtown Clinic")
    expect(screen.locator(".wall-sum")).to_contain_text("Waiting")


def test_a_wall_names_nobody_and_no_money(site, address, screen):
    screen.goto(address)
    shown = screen.content()
    assert CANARY not in shown
    assert not [name for name in site.world.names if name.split(",")[0] in shown]
    assert not re.search(r"[$€£]|\b137\b|USD|EUR", screen.locator("body").inner_text())
    assert not re.search("Example|Sample|Mock", shown)  # the doctors
    assert screen.title() != "planted"


@pytest.mark.parametrize("size", ["normal", "small_screen"])
def test_a_wall_fits_every_screen(site, admin, screen, size):
    screen.goto(make_wall(site, admin, f"Wall {size}", Screen=size))
    for width, height in SCREENS:
        screen.set_viewport_size({"width": width, "height": height})
        root = "document.documentElement"
        assert screen.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
        assert screen.evaluate(CUT) == [], (width, height)


def test_a_wall_follows_the_day(site, address, screen):
    screen.goto(address)
    figure = screen.locator(".wall-sum .waiting dd")
    before = int(figure.inner_text())
    site.change(status="no_show", arrived_at=None)
    try:
        poll(screen)
        expect(figure).to_have_text(str(before - 1))
    finally:
        site.change(status="arrived")


def test_a_wall_outlives_its_server_and_says_since_when(site, address, screen):
    screen.goto(address)
    figure = screen.locator(".wall-sum dd").first.inner_text()
    site.stop()
    try:
        poll(screen)
        expect(screen.locator("#away")).to_contain_text(
            re.compile(r"No connection since \d\d:\d\d\. Figures as of \d\d:\d\d\.")
        )
        expect(screen.locator(".wall-sum dd").first).to_have_text(figure)
    finally:
        site.start()
    expect(screen.locator("#away")).to_be_hidden(timeout=10_000)  # by itself


def test_a_revoked_wall_goes_dark_within_five_seconds(site, admin, address, screen):
    screen.goto(address)
    admin.get_by_role("button", name="Revoke Waiting room").first.click()
    admin.locator("dialog[open]").get_by_role("button", name="Revoke").click()
    expect(screen.locator(".wall-sum")).to_have_count(0, timeout=5000)
    assert screen.goto(address).status == 404


def test_a_wall_is_revoked_on_its_own_page_too(site, admin, screen):
    address = make_wall(site, admin, "Side entrance")
    screen.goto(address)
    admin.get_by_role("link", name="Playlist and hours of Side entrance").click()
    admin.get_by_role("button", name="Revoke Side entrance").first.click()
    admin.locator("dialog[open]").get_by_role("button", name="Revoke").click()
    expect(screen.locator(".wall-sum")).to_have_count(0, timeout=5000)


def test_a_wall_that_was_loaded_before_a_deploy_loads_itself_anew(site, address, screen):
    def older(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'data-build="\w+"', 'data-build="older"', answer.text()))

    screen.route(address, older, times=1)
    screen.goto(address)
    assert screen.locator("#wall").get_attribute("data-build") == "older"
    site.change(status="no_show", arrived_at=None)
    try:
        with screen.expect_navigation(timeout=15_000):
            poll(screen)
        assert screen.locator("#wall").get_attribute("data-build") != "older"
        expect(screen.locator(".wall-sum")).to_contain_text("Waiting")
    finally:
        site.change(status="arrived")


def test_departments_with_too_few_visits_say_so_beside_their_names(site, address, screen):
    screen.goto(address)
    for row in screen.locator(".wall-bars li").all():
        assert row.evaluate(
            "part => part.scrollHeight <= part.clientHeight + 1 && part.scrollWidth <= part.clientWidth"
        )


def test_a_made_up_address_shows_nothing(site, address, screen):
    wrong = address[:-1] + ("A" if address[-1] != "A" else "B")
    assert screen.goto(wrong).status == 404
    assert "Downtown" not in screen.content()
