"""Who comes in, how, and for how long."""

import pytest
import time_machine

from app.core.clock import now
from app.core.permissions import Role
from app.extensions import db, store
from app.models import LoginAttempt, UserSession
from app.services.identity import accounts
from app.web.targets import local_target
from tests.fixtures.clients import PASSWORD

NAME = "mediconnect"


def test_a_page_sends_strangers_to_the_login_and_back(browser, admin):
    answer = browser.get("/account?x=1")
    assert (answer.status_code, answer.location) == (302, "/login?next=/account?x%3D1")
    assert browser.log_in(admin.email, next="/account?x=1").location == "/account?x=1"
    assert browser.get("/account").status_code == 200


def test_a_wrong_password_and_an_unknown_address_answer_alike(browser, admin):
    wrong = browser.log_in(admin.email, "not the password at all")
    unknown = browser.log_in("nobody@north.example", "not the password at all")
    assert wrong.status_code == unknown.status_code == 401
    assert "The address or the password is wrong." in wrong.text
    assert "The address or the password is wrong." in unknown.text


def test_the_cookie_is_kept_from_scripts_and_only_its_digest_is_stored(signed_in):
    cookie = signed_in.get_cookie(NAME)
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    row = db.session.query(UserSession).one()
    assert cookie.value.encode() not in bytes(row.token_digest)


def test_a_login_begins_under_a_new_cookie_and_the_old_one_ends(browser, another_browser, admin):
    browser.set_cookie(NAME, "chosen-by-somebody-else")
    browser.log_in(admin.email)
    first = browser.get_cookie(NAME).value
    assert first != "chosen-by-somebody-else"
    token = browser.form_token("/account")
    fields = {"csrf_token": token, "email": admin.email, "password": PASSWORD}
    browser.post("/login", data=fields)
    assert browser.get_cookie(NAME).value != first
    another_browser.set_cookie(NAME, first)
    assert another_browser.get("/account").status_code == 302


def test_a_cookie_replayed_after_logout_is_worthless(signed_in, another_browser):
    stolen = signed_in.get_cookie(NAME).value
    another_browser.set_cookie(NAME, stolen)
    assert another_browser.get("/account").status_code == 200
    answer = signed_in.send("/logout", page="/account")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert another_browser.get("/account").status_code == 302


@pytest.mark.parametrize("end", ["password", "disable", "roles"])
def test_a_change_of_the_person_ends_every_login_at_once(signed_in, program, bearer, admin, end):
    assert signed_in.get("/account").status_code == 200
    assert program.get("/api/auth/me", headers=bearer).status_code == 200
    if end == "password":
        accounts.set_password(admin.user, "seven quiet harbours wake", by="test")
    elif end == "disable":
        accounts.disable(admin.user)
    else:
        accounts.change_roles(admin.memberships[0], [Role.ANALYST], None)
    assert signed_in.get("/account").status_code == 302
    assert program.get("/api/auth/me", headers=bearer).status_code == 401


def test_an_expired_login_tells_htmx_where_to_go(browser):
    answer = browser.get("/account", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login?next=/&ended=1")


def test_the_login_says_that_the_last_one_ended_and_leads_back_to_the_page_that_was_open(browser, admin):
    """The page is the one that the browser names; one of another site leads home."""
    for named, back in (("http://localhost/account?tab=tokens", "/account?tab=tokens"), ("http://evil.example/x", "/")):
        answer = browser.get("/account", headers={"HX-Request": "true", "HX-Current-URL": named})
        page = browser.get(answer.headers["HX-Redirect"]).text
        assert "Your login has ended. Log in to go on." in page
        assert f'name="next" value="{back}"' in page


def test_a_login_left_alone_ends_after_an_hour_and_polls_do_not_keep_it_awake(browser, admin):
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        browser.log_in(admin.email)
        for _ in range(3):
            clock.shift(15 * 60)
            store.client.flushdb()  # what Redis remembers lives by its own clock
            assert browser.get("/account", headers={"HX-PTag": "1"}).status_code == 200
        clock.shift(16 * 60)
        store.client.flushdb()
        assert browser.get("/account", headers={"HX-PTag": "1"}).status_code == 302


def test_a_login_in_use_goes_on_but_never_over_twelve_hours(browser, admin):
    with time_machine.travel(now(), tick=False) as clock:
        browser.log_in(admin.email)
        for _ in range(23):
            clock.shift(31 * 60)
            assert browser.get("/account").status_code == 200
        clock.shift(31 * 60)
        assert browser.get("/account").status_code == 302


def test_after_ten_failures_the_right_password_waits_on_every_way_in(browser, program, admin):
    for number in range(10):
        email = f" {admin.email.upper()} " if number % 2 else admin.email
        assert program.post("/api/auth/token", json={"email": email, "password": "wrong"}).status_code == 401
    page = browser.log_in(admin.email)
    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 900
    answer = program.post("/api/auth/token", json={"email": admin.email, "password": PASSWORD})
    assert (answer.status_code, answer.json["error"]["code"]) == (429, "login_paused")
    outcomes = [row.outcome for row in db.session.query(LoginAttempt)]
    assert (outcomes.count("failed"), outcomes.count("blocked")) == (10, 2)


def test_a_login_starts_the_count_again(browser, program, admin):
    for _ in range(9):
        program.post("/api/auth/token", json={"email": admin.email, "password": "wrong"})
    assert browser.log_in(admin.email).status_code == 303
    assert program.post("/api/auth/token", json={"email": admin.email, "password": "wrong"}).status_code == 401


def test_a_person_of_two_organizations_picks_one_and_moves_under_a_new_cookie(
    browser, make_person, organization, neighbour
):
    person = make_person(Role.ADMIN, places=[organization, neighbour])
    assert browser.log_in(person.email).location.startswith("/organization")
    assert browser.get("/account").location.startswith("/organization")
    before = browser.get_cookie(NAME).value
    assert "South Clinics" in browser.get("/organization").text
    browser.send("/organization", page="/organization", organization=str(neighbour.id))
    assert browser.get_cookie(NAME).value != before
    assert "South Clinics" in browser.get("/account").text
    browser.send("/organization", page="/organization", organization=str(organization.id))
    assert "North Clinics" in browser.get("/account").text


def test_who_belongs_to_one_organization_is_not_asked_which(
    browser, another_browser, make_person, organization, neighbour
):
    browser.log_in(make_person(Role.ADMIN).email)
    assert browser.get("/organization?next=/audit").location == "/audit"
    assert "Change organization" not in browser.get("/account").text
    another_browser.log_in(make_person(Role.ADMIN, email="two@north.example", places=[organization, neighbour]).email)
    another_browser.send("/organization", page="/organization", organization=str(organization.id))
    assert "Change organization" in another_browser.get("/account").text
    assert another_browser.get("/organization").status_code == 200


def test_nobody_moves_to_an_organization_that_is_not_theirs(signed_in, neighbour):
    before = signed_in.get_cookie(NAME).value
    answer = signed_in.send("/organization", page="/account", organization=str(neighbour.id))
    assert answer.location == "/organization"
    assert signed_in.get_cookie(NAME).value == before


@pytest.mark.parametrize("path", ["/login", "/logout", "/account/password", "/account/tokens"])
def test_a_form_without_its_token_changes_nothing(signed_in, path):
    assert signed_in.post(path, data={"email": "x"}, headers={"HX-Request": "true"}).status_code == 400


def test_a_form_token_of_another_login_is_refused(signed_in, another_browser, make_person):
    other = make_person(Role.ADMIN, email="other@north.example")
    another_browser.log_in(other.email)
    foreign = another_browser.form_token("/account")
    assert signed_in.post("/logout", data={"csrf_token": foreign}).status_code == 400
    assert signed_in.post("/logout", data={"csrf_token": signed_in.form_token("/account")}).status_code == 303


def test_a_form_sent_by_another_site_is_refused_even_with_a_token(signed_in):
    token = signed_in.form_token("/account")
    answer = signed_in.post("/logout", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


EVIL = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/",
    "/evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f/evil.example",
    "%2f%2fevil.example",
    "//evil.example/account",
    "/account%00",
    "/account%0d%0aSet-Cookie:x=1",
    "//%65vil.example",
    "https:/account",
    "/..//evil.example",
    ".evil.example",
    "@evil.example",
    "/login",
    "/logout",
    "/nowhere",
    "/static/x",
    "/api/auth/me",
    "//127.0.0.1",
    "////account",
    "/account\\..\\x",
    "vbscript:x",
    "/healthz",
]


@pytest.mark.parametrize("wanted", [*EVIL, " /account", "/\t/evil.example", "", "/" + "a" * 3000])
def test_a_login_leads_nowhere_but_to_our_own_pages(app, wanted):
    with app.test_request_context("/login"):
        assert local_target(wanted) == "/"


def test_a_login_leads_to_the_page_that_was_wanted(app):
    with app.test_request_context("/login"):
        assert local_target("/audit?who=a%20b") == "/audit?who=a%20b"


def test_login_takes_an_unsafe_target_home(browser, admin):
    assert browser.log_in(admin.email, next="//evil.example").location == "/"
