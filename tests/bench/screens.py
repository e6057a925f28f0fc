"""Screenshots of every page at three widths, light and dark, and of a wall, into `screenshots/`.

With an address, a login and its password in MEDICONNECT_SCREENS_URL, _EMAIL and _PASSWORD a running installation is
shot; without them the small world of the browser tests is.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from app import create_app
from app.config import REPOSITORY
from app.core.permissions import Role
from tests.bench.installation import installation, serving
from tests.browser import world

FOLDER = REPOSITORY / "screenshots"
WIDTHS = {360: 780, 1280: 900, 3840: 2160}
SCREENS = ((1280, 720), (1920, 1080), (3840, 2160), (1080, 1920))
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
METRIC = "/metrics-catalogue/attendance.no_show_rate"
OTHERS = ("/account", "/organization", "/nothing-here", METRIC, f"{METRIC}/explain", "/api/docs")


@dataclass(frozen=True)
class Door:
    """Where to look, and as whom."""

    address: str
    email: str
    password: str


@contextmanager
def door() -> Iterator[Door]:
    """The installation that the environment names, or one of this run's own."""
    if address := os.environ.get("MEDICONNECT_SCREENS_URL"):
        given = [os.environ.get(f"MEDICONNECT_SCREENS_{name}", "") for name in ("EMAIL", "PASSWORD")]
        yield Door(address.rstrip("/"), *given)
        return
    with installation() as installed:
        with create_app(installed.config).app_context():
            world.build()
        with serving(installed) as port:
            yield Door(f"http://127.0.0.1:{port}", world.address(Role.ADMIN), world.PASSWORD)


def main() -> int:
    """Shoots everything; says where the pictures are."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("no Chromium on this machine: install Debian's package chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with door() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context().new_page()
        _shoot(page, place.address + "/login", "login")
        _enter(page, place)
        for path in _paths(page):
            _shoot(page, place.address + path, path.strip("/").replace("/", "-"))
        _walls(browser, page, place)
        browser.close()
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.relative_to(REPOSITORY)}/")
    return 0


def _enter(page: Page, place: Door) -> None:
    page.goto(place.address + "/login")
    page.get_by_label("E-mail").fill(place.email)
    page.get_by_label("Password").fill(place.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: not url.endswith("/login"))


def _paths(page: Page) -> list[str]:
    rail = page.eval_on_selector_all(".rail nav a", "links => links.map(link => link.getAttribute('href'))")
    return [*dict.fromkeys([*rail, *OTHERS])]


def _shoot(page: Page, address: str, name: str) -> None:
    page.goto(address)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=_file(f"{name}-{width}-{scheme}"), full_page=True)


def _walls(browser: Browser, page: Page, place: Door) -> None:
    """A wall of each size on each screen; revoked afterwards."""
    for size in ("normal", "small_screen"):
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(place.address + "/walls/")
        page.get_by_label("Name").fill("Screenshots")
        page.get_by_label("Screen", exact=True).select_option(size)
        page.get_by_role("button", name="Make wall").click()
        address = page.locator("code.secret").inner_text().strip()
        for width, height in SCREENS:
            screen = browser.new_context(viewport={"width": width, "height": height}).new_page()
            screen.goto(address)
            screen.screenshot(path=_file(f"wall-{size}-{width}x{height}"))
            screen.context.close()
        page.get_by_role("button", name="Revoke Screenshots").first.click()
        page.locator("dialog[open]").get_by_role("button", name="Revoke").click()
        page.wait_for_load_state()


def _file(name: str) -> Path:
    return FOLDER / f"{name}.png"


if __name__ == "__main__":
    raise SystemExit(main())
