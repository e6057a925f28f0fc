"""Screens that nobody logs in on: paired by a code, playing a list, dark at night, and never a word about a person."""

import re
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from app.core.clock import now
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Wall
from app.services import wall_playlists, walls
from app.services.wall_playlists import BOARDS
from tests.browser.test_wall import CUT, SCREENS
from tests.browser.world import CANARY


@pytest.fixture
def screen(make_context) -> Page:
    """A screen that nobody logged in on, and what its console says."""
    page = make_context(1920, 1080).new_page()
    page.errors = []
    page.on("console", lambda line: page.errors.append(line.text) if line.type == "error" else None)
    return page


def pair(site, staff: Page, screen: Page, name: str) -> None:
    """Types the code of the screen on the page of somebody signed in."""
    screen.goto(site.address + "/wall")
    code = screen.locator(".wall-code").inner_text()
    staff.goto(site.address + "/walls/")
    staff.get_by_role("link", name="Pair a screen").click()
    staff.get_by_label("Code").fill(code.lower())
    staff.get_by_label("Name").fill(name)
    staff.get_by_label("Clinic", exact=True).select_option(label="Downtown Clinic")
    staff.get_by_role("button", name="Pair screen").click()
    expect(staff.get_by_role("heading", level=1)).to_have_text(name)


def add(staff: Page, board: str, seconds: int, clinic: str = "Downtown Clinic") -> None:
    staff.get_by_label("Board").select_option(label=board)
    staff.get_by_label("Clinic", exact=True).select_option(label=clinic)
    staff.get_by_label("Seconds").fill(str(seconds))
    staff.get_by_role("button", name="Add page").click()


def test_a_screen_is_paired_from_a_desk_and_knows_itself_after_a_restart(site, enter, screen):
    pair(site, enter(Role.CLINIC_STAFF), screen, "Entrance")
    expect(screen.locator(".wall-sum")).to_be_visible(timeout=15000)
    assert screen.errors == []
    again = screen.context.new_page()  # switched off and on: it opens the same short address
    again.goto(site.address + "/wall")
    expect(again.locator(".wall-sum")).to_be_visible()


def test_a_wrong_code_says_so(site, admin):
    admin.goto(site.address + "/walls/pair")
    admin.get_by_label("Code").fill("BBB BBB")
    admin.get_by_label("Name").fill("Nowhere")
    admin.get_by_role("button", name="Pair screen").click()
    expect(admin.get_by_role("alert")).to_contain_text("No screen shows this code")


def test_a_playlist_moves_from_clinic_to_clinic(site, admin, screen):
    pair(site, admin, screen, "Hall")
    add(admin, "Clinic flow", 10)
    add(admin, "Service today", 10, "Riverside Clinic")
    expect(screen.get_by_role("heading", level=1)).to_have_text("Downtown Clinic", timeout=15000)
    expect(screen.get_by_role("heading", level=1)).to_have_text("Riverside Clinic", timeout=30000)
    expect(screen.locator(".wall-panels")).to_contain_text("Seen on time today")
    expect(screen.get_by_role("heading", level=1)).to_have_text("Downtown Clinic", timeout=30000)
    assert screen.errors == []


def test_staff_see_when_a_screen_was_last_seen(site, admin, screen):
    pair(site, admin, screen, "Stairs")
    expect(screen.locator(".wall-sum")).to_be_visible(timeout=15000)
    admin.goto(site.address + "/walls/")
    expect(admin.locator("li", has_text="Stairs").locator(".chip")).to_contain_text(re.compile(r"live, \d\d:\d\d"))


def test_a_revoked_screen_goes_dark_and_shows_a_new_code(site, admin, screen):
    pair(site, admin, screen, "Cellar")
    expect(screen.locator(".wall-sum")).to_be_visible(timeout=15000)
    admin.goto(site.address + "/walls/")
    admin.get_by_role("button", name="Revoke Cellar").click()
    admin.locator("dialog[open]").get_by_role("button", name="Revoke").click()
    expect(screen.locator(".wall-sum")).to_have_count(0, timeout=5000)
    screen.goto(site.address + "/wall")
    expect(screen.locator(".wall-code")).to_be_visible()


@pytest.fixture
def every_wall(site) -> list[str]:
    """The address of every board in both sizes, and of one outside its hours."""
    from app.core.actor import system_actor

    addresses = []
    with site.app.app_context():
        organization_id, clinic_id = site.world.organization_id, site.world.clinic_id
        actor = system_actor(organization_id)
        with tenant_scope(organization_id):
            for size in walls.SIZES:
                for board in BOARDS:
                    wall, token = walls.make_wall(actor, clinic_id, f"{board} {size}", size=size)
                    wall_playlists.add_page(actor, wall.id, clinic_id, board, 600)
                    addresses.append(f"{site.address}/wall/{token}")
            wall, token = walls.make_wall(actor, clinic_id, "Night")
            row = db.session.get_one(Wall, (organization_id, wall.id))
            row.weekdays = 1 << (now() + timedelta(days=3)).weekday()
            row.opens, row.closes = time(7), time(19)
            db.session.commit()
            addresses.append(f"{site.address}/wall/{token}")
    return addresses


def test_no_wall_names_a_person_or_an_amount_and_each_fits_every_screen(site, screen, every_wall):
    assert len(every_wall) == 2 * len(BOARDS) + 1
    for address in every_wall:
        assert screen.goto(address).status == 200
        shown = screen.content()
        assert CANARY not in shown
        assert not [name for name in site.world.names if name.split(",")[0] in shown]
        assert not re.search("Example|Sample|Mock", shown)  # the doctors
        assert not re.search(r"[$€£]|\b137\b|USD|EUR", screen.locator("body").inner_text())
        for width, height in SCREENS:
            screen.set_viewport_size({"width": width, "height": height})
            root = "document.documentElement"
            assert screen.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
            assert screen.evaluate(CUT) == [], (address, width, height)


def test_outside_its_hours_a_screen_is_black(site, screen, every_wall):
    screen.goto(every_wall[-1])
    expect(screen.locator(".wall-rest")).to_contain_text("shows again at 07:00")
    expect(screen.locator(".wall-sum")).to_have_count(0)


def test_the_page_of_the_code_fits_every_screen(site, screen):
    screen.goto(site.address + "/wall")
    for width, height in SCREENS:
        screen.set_viewport_size({"width": width, "height": height})
        root = "document.documentElement"
        assert screen.evaluate(f"[{root}.scrollWidth, {root}.scrollHeight]") == [width, height]
