"""Every page that a role can reach: readable by everyone (axe), within its content policy, without an error, uncut."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from app.core.permissions import Role

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
WATCH = "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));"
OTHERS = ("/login", "/login/forgotten", "/organization", "/account", "/account/second-factor", "/users/logins")
OTHERS += ("/nothing-here", "/api/docs")
METRIC = "/metrics-catalogue/attendance.no_show_rate"


@pytest.fixture
def complaints(admin: Page) -> list[str]:
    """What the console says of the pages that are opened."""
    found: list[str] = []
    admin.add_init_script(WATCH)
    admin.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    admin.on("pageerror", lambda error: found.append(str(error)))
    return found


def reachable(page: Page, address: str) -> list[str]:
    """The paths of the rail, and the pages beside it."""
    page.goto(address + "/")
    rail = page.eval_on_selector_all(".rail nav a", "links => links.map(link => link.getAttribute('href'))")
    assert len(rail) >= 8
    return [*rail, *OTHERS, METRIC, METRIC + "/explain"]


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds on a page as it stands (by all its rules, or the ones named), with the first place of each."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("options => axe.run(document, options).then(result => result.violations)", options)
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_every_page_is_accessible_at_both_widths_in_light_and_dark(site, admin, enter):
    faults: dict[str, list[str]] = {}
    stranger = enter(Role.PATIENT)
    for path in reachable(admin, site.address):
        page = stranger if path == "/account" else admin
        page.goto(site.address + path)
        page.evaluate(AXE + "; 0")
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme="light")
            faults[f"{path} at {width} in light"] = violations(page)
            page.emulate_media(color_scheme="dark")
            faults[f"{path} at {width} in dark"] = violations(page, "color-contrast")
    assert {place: found for place, found in faults.items() if found} == {}


def test_no_page_breaks_its_policy_or_says_an_error(site, admin, complaints):
    for path in reachable(admin, site.address):
        answer = admin.goto(site.address + path, wait_until="load")
        assert answer.status == (404 if path == "/nothing-here" else 200), path
        assert admin.evaluate("broken") == [], path
    assert [line for line in complaints if "404" not in line] == []


def test_no_page_is_wider_than_a_phone(site, admin):
    admin.set_viewport_size({"width": 360, "height": 780})
    wide = {}
    for path in reachable(admin, site.address):
        admin.goto(site.address + path)
        if (extra := admin.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
            wide[path] = extra
    assert wide == {}


def test_no_card_of_the_clinic_page_is_cut_on_a_phone(site, admin):
    admin.set_viewport_size({"width": 360, "height": 780})
    admin.goto(site.clinic)
    cut = admin.eval_on_selector_all(
        ".card :is(button, a.button, h3, .figure, .summary)",
        """parts => parts.filter(part => part.checkVisibility() && !part.closest('.scroll, dialog, .hush')
            && part.getBoundingClientRect().right > part.closest('.card').getBoundingClientRect().right)
            .map(part => part.closest('.card').id + ': ' + part.textContent.trim().slice(0, 40))""",
    )
    assert cut == []


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.BILLING_STAFF, Role.ANALYST, Role.CLINIC_STAFF])
def test_every_link_of_a_roles_rail_opens(site, enter, role):
    page = enter(role)
    page.goto(site.address + "/")
    links = page.eval_on_selector_all(".rail nav a", "links => links.map(link => link.getAttribute('href'))")
    statuses = {link: page.goto(site.address + link).status for link in links}
    assert statuses == dict.fromkeys(links, 200)
