"""The product as a person meets it: its real web server over two small organizations, and Chromium in front."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app import create_app
from app.core.permissions import Role
from tests.bench.installation import Installation, installation, serving
from tests.browser import world as worlds

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder share one server, so one worker runs them all."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class Site:
    """The running product; it can be stopped and started again at the same address."""

    installed: Installation
    app: Flask
    world: worlds.World
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.installed.config.port}"

    @property
    def clinic(self) -> str:
        return f"{self.address}/clinics/{self.world.clinic_id}/"

    def start(self) -> None:
        self.running.enter_context(serving(self.installed))
        with urlopen(self.address + "/healthz", timeout=60) as answer:  # noqa: S310 - our own server on loopback
            assert answer.status == 200

    def stop(self) -> None:
        self.running.close()

    def change(self, **values: object) -> None:
        """Changes the patient who waits, and sums up."""
        with self.app.app_context():
            worlds.change(self.world, **values)


@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    """The product with its world, for all tests of this folder."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install Debian's package chromium")
    with installation() as installed:
        app = create_app(installed.config)
        with app.app_context():
            made = worlds.build()
        found = Site(installed, app, made)
        found.start()
        yield found
        found.stop()
        with app.app_context():
            worlds.db.engine.dispose()


@pytest.fixture(scope="package")
def chromium(site: Site) -> Iterator[Browser]:
    """One Chromium for all tests of this folder."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def make_context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes fresh browser profiles, closed after the test."""
    made: list[BrowserContext] = []

    def make(width: int = 1280, height: int = 900, **more: object) -> BrowserContext:
        made.append(chromium.new_context(viewport={"width": width, "height": height}, **more))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope="package")
def logins(site: Site, chromium: Browser) -> dict[Role, dict]:
    """Kept logins by role, filled by `enter`."""
    return {}


@pytest.fixture
def enter(site: Site, make_context, logins: dict[Role, dict]) -> Callable[..., Page]:
    """Opens a page of a profile in which a person of a role is logged in: `enter(Role.ADMIN)`."""

    def open_page(role: Role = Role.ADMIN, **more: object) -> Page:
        if role not in logins:
            context = make_context()
            log_in(context.new_page(), site, role)
            logins[role] = context.storage_state()
        return make_context(storage_state=logins[role], **more).new_page()

    return open_page


@pytest.fixture
def admin(enter) -> Page:
    """A page of the administrator."""
    return enter(Role.ADMIN)


def log_in(page: Page, site: Site, role: Role) -> None:
    """Logs in through the form."""
    page.goto(site.address + "/login")
    page.get_by_label("E-mail").fill(worlds.address(role))
    page.get_by_label("Password").fill(worlds.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: not url.endswith("/login"))
