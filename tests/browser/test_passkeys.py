"""Passkeys in a real browser, whose authenticator is Chromium's own virtual one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, Page, expect

from app.core.permissions import Role
from app.extensions import db
from app.models import Passkey, RecoveryCode
from tests.browser import world as worlds
from tests.browser.test_every_page import AXE, WATCH, violations


@pytest.fixture
def home(site) -> str:
    """The address that passkeys are made for on a machine of one's own."""
    return f"http://localhost:{site.installed.config.port}"


@pytest.fixture
def enter_by_password(make_context, home) -> Callable[..., Page]:
    """Logs the analyst in through the form, in a profile that watches its content policy."""

    def log_in(page: Page | None = None) -> Page:
        page = page or make_context().new_page()
        page.add_init_script(WATCH)
        page.goto(home + "/login")
        page.get_by_label("E-mail").fill(worlds.address(Role.ANALYST))
        page.get_by_label("Password").fill(worlds.PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.wait_for_load_state()
        return page

    return log_in


@pytest.fixture(autouse=True)
def nobody_has_a_passkey(site):
    yield
    with site.app.app_context():
        db.session.query(Passkey).delete()
        db.session.query(RecoveryCode).delete()
        db.session.commit()


def plug_in(page: Page, **changed: object) -> tuple[CDPSession, str]:
    """Gives the page's browser an authenticator that verifies its holder; its id."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True} | changed
    return line, line.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def add(page: Page, home: str, name: str, password: str = worlds.PASSWORD) -> None:
    page.goto(home + "/account/second-factor")
    form = page.locator("form[data-passkey=create]")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Add a passkey").click()


def log_out(page: Page) -> None:
    page.locator(".user-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")


def test_a_passkey_is_added_and_logs_in_alone_and_after_the_password(enter_by_password, home):
    page = enter_by_password()
    plug_in(page)
    add(page, home, "Ada's laptop")
    expect(page.get_by_role("status").first).to_contain_text("opens your account from now on")
    expect(page.locator("ul.secret li")).to_have_count(10)
    log_out(page)
    page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/analytics/**")
    log_out(page)
    enter_by_password(page)
    expect(page.get_by_label("Code")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/analytics/**")
    assert page.evaluate("broken") == []


def test_several_passkeys_are_named_and_removed(enter_by_password, home):
    page = enter_by_password()
    line, first = plug_in(page)
    add(page, home, "Laptop")
    expect(page.get_by_role("row", name="Laptop")).to_be_visible()
    add(page, home, "The same once more")
    expect(page.locator("[data-passkey-words]")).to_contain_text("holds a passkey of yours already")
    line.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": first})
    plug_in(page, transport="usb")
    add(page, home, "Key in the safe")
    row = page.get_by_role("row", name="Key in the safe")
    expect(row).to_be_visible()
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("row", name="Laptop")).to_be_visible()


def test_what_went_wrong_is_said_beside_the_button(enter_by_password, home):
    page = enter_by_password()
    plug_in(page, isUserVerified=False)
    add(page, home, "Laptop", "not the password at all")
    expect(page.locator("[data-passkey-words]")).to_have_text("The current password is wrong.")
    add(page, home, "Laptop")
    expect(page.locator("[data-passkey-words]")).to_contain_text("No passkey was used.")


def test_without_scripts_or_at_another_address_the_code_is_still_asked_for(site, enter_by_password, make_context, home):
    page = enter_by_password()
    plug_in(page)
    add(page, home, "Laptop")
    plain = make_context(java_script_enabled=False).new_page()
    enter_by_password(plain)
    expect(plain.get_by_label("Code")).to_be_visible()
    expect(plain.get_by_role("button", name="Use a passkey")).to_be_hidden()
    elsewhere = make_context().new_page()
    elsewhere.goto(site.address + "/login")
    expect(elsewhere.get_by_role("button", name="Log in with a passkey")).to_be_hidden()


def test_the_pages_of_logging_in_are_accessible_and_fit_a_phone(enter_by_password, home):
    page = enter_by_password()
    plug_in(page)
    add(page, home, "Laptop")
    expect(page.locator("ul.secret li")).to_have_count(10)
    faults = look(page, "added")
    for path in ("/account/second-factor", "/account"):
        page.goto(home + path)
        faults |= look(page, path)
    log_out(page)
    enter_by_password(page)
    faults |= look(page, "second step")
    for path in ("/login", "/login/forgotten", "/login/link/nothing"):
        page.goto(home + path)
        faults |= look(page, path)
    assert {place: found for place, found in faults.items() if found} == {}


def look(page: Page, place: str) -> dict[str, list[str]]:
    """What axe finds at two widths, light and dark, and how much wider than a phone the page is."""
    page.evaluate(AXE + "; 0")
    found = {}
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found[f"{place} at {width} in {scheme}"] = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found[f"{place} too wide"] = [str(wide)] if wide > 0 else []
    return found
