"""The analytics page as an analyst uses it: period, place, table, and nothing that a browser would complain of."""

from app.core.permissions import Role
from tests.browser.test_every_page import AXE, violations


def test_an_analyst_begins_there_and_chooses_a_period_and_a_department(site, enter):
    page = enter(Role.ANALYST)
    page.goto(site.address + "/")
    assert page.url.endswith("/analytics/")
    page.get_by_role("link", name="Quarter").click()
    page.wait_for_url("**/analytics/?period=quarter")
    assert "quarter" in page.get_by_role("heading", level=1).inner_text()
    page.go_back()
    assert page.url.endswith("/analytics/")


def test_a_chart_turns_into_its_table_and_back(site, enter):
    page = enter(Role.ANALYST)
    page.goto(site.address + "/analytics/")
    card = page.locator("#w-hours")
    card.get_by_role("link", name="Table").click()
    page.wait_for_url("**table=hours**")
    assert page.locator("#w-hours table").count() == 1
    page.locator("#w-hours").get_by_role("link", name="Chart").click()
    page.wait_for_url("**/analytics/**")
    assert page.locator("#w-hours svg").count() >= 1


def test_the_page_is_accessible_to_an_analyst_and_no_wider_than_a_phone(site, enter):
    page = enter(Role.ANALYST)
    page.goto(site.address + "/analytics/")
    page.evaluate(AXE + "; 0")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == [], (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
