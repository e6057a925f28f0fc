"""The clinic page in use: live, without scripts, by keyboard, backwards, and on paper."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

FLOW = "#w-flow .lead"


def waiting(page: Page) -> int:
    """How many wait, as the day's sentence says."""
    return int(re.search(r"(\d+) waiting", page.locator(FLOW).inner_text())[1])


@pytest.fixture
def plain(enter) -> Page:
    """A page of the administrator that runs no scripts."""
    return enter(java_script_enabled=False)


def test_a_change_appears_on_the_open_page_without_a_reload(site, admin):
    admin.goto(site.clinic)
    admin.evaluate("window.marker = 'the same window'")
    before = waiting(admin)
    site.change(status="no_show", arrived_at=None)
    try:
        admin.get_by_role("link", name="Refresh").click()
        expect(admin.locator(FLOW)).to_contain_text(f"{before - 1} waiting")
        assert admin.evaluate("window.marker") == "the same window"
    finally:
        site.change(status="arrived")


def test_an_open_page_asks_by_itself(site, admin):
    admin.clock.install()
    admin.goto(site.clinic)
    with admin.expect_response(lambda answer: "/widgets/flow" in answer.url) as polled:
        admin.clock.run_for(40_000)
    assert polled.value.status in (200, 304)


def test_while_the_server_is_away_the_page_keeps_its_figures_and_heals(site, admin):
    admin.goto(site.clinic)
    said = admin.locator(FLOW).inner_text()
    site.stop()
    try:
        admin.get_by_role("link", name="Refresh").click()
        expect(admin.locator("#away")).to_contain_text(re.compile(r"No connection since \d\d:\d\d"))
        expect(admin.locator(FLOW)).to_have_text(said)
    finally:
        site.start()
    expect(admin.locator("#away")).to_be_hidden(timeout=30_000)  # by itself


def test_after_a_long_outage_every_fragment_is_asked_for_again_within_half_a_minute(site, admin):
    admin.clock.install()
    admin.goto(site.clinic)
    fragments = admin.locator("[data-poll]").count()
    admin.route("**/widgets/*", lambda route: route.abort())
    admin.get_by_role("link", name="Refresh").click()
    tried = []
    admin.on("request", lambda request: tried.append(request.url) if "/widgets/" in request.url else None)
    admin.clock.run_for(600_000)
    assert 20 < len(tried) < 60  # one fragment asks for all, at most every seventeen seconds
    admin.unroute("**/widgets/*")
    tried.clear()
    admin.clock.run_for(24_000)
    expect(admin.locator("#away")).to_be_hidden()
    admin.clock.run_for(6_000)
    assert len(set(tried)) == fragments


def test_a_period_is_an_address_and_back_returns_to_the_one_before(site, admin):
    admin.goto(site.clinic)
    admin.get_by_role("navigation", name="Period").get_by_role("link", name="Month", exact=True).click()
    admin.wait_for_url("**period=month*")
    expect(admin.locator(".segments [aria-current]")).to_have_text("Month")
    admin.go_back()
    expect(admin.locator(".segments [aria-current]")).to_have_text("Today")
    expect(admin.get_by_role("heading", level=1)).to_have_text("Clinic today")


@pytest.mark.parametrize("period", ["Today", "Week", "Month", "Quarter", "Year", "Custom"])
def test_without_scripts_every_period_is_a_link(site, plain, period):
    plain.goto(site.clinic)
    plain.get_by_role("navigation", name="Period").get_by_role("link", name=period, exact=True).click()
    expect(plain.locator(".segments [aria-current]")).to_have_text(period)
    expect(plain.locator(".card-tile").first).to_be_visible()


def test_without_scripts_a_range_is_a_form(site, plain):
    plain.goto(site.clinic)
    plain.get_by_role("link", name="Custom").click()
    plain.get_by_label("From", exact=True).fill("2026-01-05")
    plain.get_by_label("To", exact=True).fill("2026-01-09")
    plain.get_by_role("button", name="Show range").click()
    assert "start=2026-01-05" in plain.url
    expect(plain.get_by_label("To", exact=True)).to_have_value("2026-01-09")


def test_without_scripts_each_chart_has_its_table(site, plain):
    plain.goto(site.clinic)
    for name in ("w-hours", "w-weekly"):
        plain.goto(site.clinic)
        card = plain.locator(f"#{name}")
        expect(card.locator("table")).to_have_count(0)
        card.get_by_role("link", name="Table").click()
        expect(plain.locator(f"#{name} table")).to_be_visible()


def test_without_scripts_a_contact_can_be_logged(site, plain):
    plain.goto(site.address + "/worklist/")
    rows = plain.locator(".worklist tbody tr")
    expect(rows.first.locator(".contact")).to_have_text("Not tried")
    rows.first.get_by_role("button", name="No answer").click()
    expect(plain.locator(".worklist .contact").first).to_contain_text("1 try, no answer")


def test_by_keyboard_the_first_stop_skips_to_the_content(site, admin):
    admin.goto(site.clinic)
    admin.keyboard.press("Tab")
    expect(admin.get_by_role("link", name="Skip to content")).to_be_focused()
    admin.keyboard.press("Enter")
    assert admin.url.endswith("#main")
    assert admin.evaluate("document.activeElement.closest('main, body') !== null")


def test_by_keyboard_every_stop_is_seen(site, admin):
    admin.goto(site.clinic)
    unseen = []
    for _ in range(45):
        admin.keyboard.press("Tab")
        outline = admin.evaluate(
            """() => { const at = document.activeElement, style = getComputedStyle(at);
                const box = at.getBoundingClientRect();
                return [style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
                        box.width > 0 && box.bottom > 0 && box.top < innerHeight, at.outerHTML.slice(0, 90)]; }"""
        )
        if not (outline[0] and outline[1]):
            unseen.append(outline)
    assert unseen == []


def test_by_keyboard_a_period_is_reached_and_opened(site, admin):
    admin.goto(site.clinic)
    for _ in range(40):
        admin.keyboard.press("Tab")
        if admin.evaluate("document.activeElement.textContent.trim()") == "Week":
            break
    admin.keyboard.press("Enter")
    admin.wait_for_url("**period=week*")


def test_by_keyboard_a_picker_opens_and_escape_closes_it(site, admin):
    admin.goto(site.clinic)
    picker = admin.locator("header.top details.menu", has_text="Riverside Clinic")
    picker.locator("summary").focus()
    admin.keyboard.press("Enter")
    expect(picker.get_by_role("link", name="Riverside Clinic")).to_be_visible()
    admin.keyboard.press("Tab")
    admin.keyboard.press("Escape")
    expect(picker.get_by_role("link", name="Riverside Clinic")).to_be_hidden()
    expect(picker.locator("summary")).to_be_focused()


def test_on_paper_the_page_says_what_it_shows_and_for_which_time(site, admin):
    admin.goto(site.clinic + "?period=month")
    sheets = [page.extract_text() for page in PdfReader(BytesIO(admin.pdf(format="A4", print_background=True))).pages]
    text = "\n".join(sheets)
    assert len(sheets) >= 2
    assert [sheet for sheet in sheets if "North Clinics: Clinic, " not in sheet] == []
    for words in ("Downtown Clinic", "Month", "Compared with", "No-show rate", "Dr. Ada Example"):
        assert words in text, words
    assert "Find a page" not in text


def test_on_paper_long_tables_repeat_their_heads(site, admin):
    admin.goto(site.clinic)
    admin.emulate_media(media="print")
    assert set(admin.eval_on_selector_all("thead", "all => all.map(t => getComputedStyle(t).display)")) == {
        "table-header-group"
    }
