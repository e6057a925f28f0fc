"""An open page in a real browser, under the product's content policy: it polls, pauses, survives and heals."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.web.gallery import ROOT, environment
from tests.web.samples import clinic, wall
from tests.web.samples.shell import shell

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "woff2": "font/woff2"}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@dataclass
class Site:
    """A server on loopback: pages by path, one answer for every poll, the requests it saw."""

    pages: dict[str, str]
    answer: tuple[int, dict[str, str], str] = (304, {}, "")
    polls: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""

    def reply(self, path: str, tag: str | None) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/static/"):
            return 200, {"Content-Type": KINDS[path.rsplit(".", 1)[1]]}, (ROOT / path[1:]).read_bytes()
        if path in self.pages:
            return 200, {"Content-Type": "text/html; charset=utf-8"}, self.pages[path].encode()
        self.polls.append((path, tag))
        status, headers, body = self.answer
        return status, {"Content-Type": "text/html; charset=utf-8", **headers}, body.encode()


@pytest.fixture(scope="module")
def rendered() -> dict[str, str]:
    jinja = environment()
    page = jinja.get_template("dashboards/board.html").render(shell=shell(), page=clinic.clinic_page())
    return {
        "/clinic": page,
        "/busy": page.replace('data-poll="30"', 'data-poll="1"'),
        "/wall": jinja.get_template("dashboards/wall_clinic.html").render(page=wall.wall_page()),
        "/login": "<!doctype html><title>Log in</title>",
    }


@pytest.fixture
def site(rendered: dict[str, str]) -> Iterator[Site]:
    found = Site(rendered)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = found.reply(self.path.split("?")[0], self.headers.get("HX-PTag"))
            self.send_response(status)
            for name, value in {**headers, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}.items():
                self.send_header(name, value)
            self.end_headers()
            if status != 304:
                self.wfile.write(body)

        def log_message(self, *parts: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.address = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def refresh(page: Page) -> None:
    page.get_by_role("link", name="Refresh").click()
    page.wait_for_timeout(400)


@pytest.mark.parametrize("path", ["/clinic", "/wall"])
def test_nothing_on_a_page_breaks_the_policy(site: Site, page: Page, path: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(site.address + path)
    page.wait_for_timeout(300)
    assert complaints == []


def test_a_poll_carries_the_version_the_card_shows(site: Site, page: Page) -> None:
    page.goto(site.address + "/clinic")
    refresh(page)
    assert ("/clinics/1/widgets/wait", "v41872") in site.polls


def test_an_unchanged_answer_leaves_the_card_as_it_is(site: Site, page: Page) -> None:
    page.goto(site.address + "/clinic")
    before = page.locator("#w-wait").inner_html()
    refresh(page)
    assert len(site.polls) > 0
    assert page.locator("#w-wait").inner_html() == before


def test_a_changed_answer_replaces_the_card_and_the_next_poll_carries_its_version(site: Site, page: Page) -> None:
    page.goto(site.address + "/busy")
    card = (
        '<section class="card" id="w-wait" hx-get="/clinics/1/widgets/wait" hx-trigger="poll" hx-swap="outerMorph" '
        'hx-ptag="v2" data-poll="1"><h3 id="t-wait">12 min</h3></section>'
    )
    site.answer = (200, {"HX-PTag": "v2"}, card)
    page.evaluate("document.querySelectorAll('[data-poll]').forEach((e) => { if (e.id !== 'w-wait') e.remove(); })")
    expect(page.locator("#w-wait")).to_have_text("12 min")
    page.wait_for_timeout(2500)
    assert site.polls[-1] == ("/clinics/1/widgets/wait", "v2")


def test_a_failing_server_leaves_the_figures_and_says_since_when(site: Site, page: Page) -> None:
    page.goto(site.address + "/clinic")
    site.answer = (503, {}, "<p>broken</p>")
    refresh(page)
    expect(page.locator("#w-wait .value")).to_have_text("11")
    expect(page.locator("#away")).to_contain_text("No connection since")
    site.answer = (304, {}, "")
    refresh(page)
    expect(page.locator("#away")).to_be_hidden()


def test_an_ended_login_goes_to_the_login_page(site: Site, page: Page) -> None:
    page.goto(site.address + "/clinic")
    site.answer = (401, {"HX-Redirect": "/login"}, "")
    page.get_by_role("link", name="Refresh").click()
    page.wait_for_url("**/login")


def test_an_ended_login_is_asked_once_and_said(site: Site, page: Page) -> None:
    """Also where nothing leads the page away; the console gets one line, and the page no figure any more."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(site.address + "/busy")
    site.answer = (401, {}, "")
    refresh(page)
    page.wait_for_timeout(2500)
    assert len(site.polls) == 1
    assert len(said) == 1
    expect(page.locator("#away")).to_have_text("Your login has ended. Log in to go on.")
    expect(page.locator("#freshness")).to_contain_text("Login ended")


def test_what_one_panel_is_refused_keeps_no_other_from_asking(site: Site, page: Page) -> None:
    page.goto(site.address + "/clinic")
    site.answer = (404, {}, "")
    refresh(page)
    assert len({path for path, _ in site.polls}) == page.locator("[data-poll]").count() > 1


def test_a_paused_page_does_not_poll(site: Site, page: Page) -> None:
    page.goto(site.address + "/busy")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(2500)
    assert site.polls == []
    page.get_by_role("button", name="Resume").click()
    page.wait_for_timeout(2500)
    assert len(site.polls) > 0


def test_the_theme_is_kept_in_a_cookie_for_the_server(site: Site, page: Page) -> None:
    page.goto(site.address + "/clinic")
    page.get_by_text("Clinic manager").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "theme"] == ["dark"]


def test_a_wall_whose_server_is_away_keeps_its_figures_and_its_clock(site: Site, page: Page) -> None:
    page.goto(site.address + "/wall")
    site.answer = (500, {}, "")
    page.evaluate("document.getElementById('wall').dispatchEvent(new CustomEvent('poll'))")
    expect(page.locator("#away")).to_contain_text("Figures as of")
    expect(page.locator(".wall-figure").first).to_contain_text("11")
    expect(page.locator("[data-clock]")).to_have_text("16:12")


def test_a_wall_whose_address_was_revoked_stops_showing_figures(site: Site, page: Page) -> None:
    page.goto(site.address + "/wall")
    site.answer = (404, {}, "gone")
    site.pages = {**site.pages, "/wall": "<!doctype html><title>No such wall</title>"}
    page.evaluate("document.getElementById('wall').dispatchEvent(new CustomEvent('poll'))")
    expect(page).to_have_title("No such wall")


def test_without_scripts_every_part_of_the_page_is_there(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(site.address + "/clinic")
    plain.get_by_text("Clinic manager").click()
    expect(plain.get_by_role("button", name="Log out")).to_be_visible()
    expect(plain.get_by_role("link", name="Refresh")).to_be_visible()
    expect(plain.locator("[data-pause]")).to_be_hidden()
    context.close()
