"""What an organization asks of logins, and the rules that hold on every way in."""

import pyotp
import pytest
import time_machine

from app.core.clock import now
from app.core.permissions import Role
from app.extensions import db, store
from app.models import Organization, Passkey, UserSession
from app.services.identity import api_tokens, second_factor
from app.services.identity.principals import Kind, find
from tests.fixtures.authenticator import Authenticator
from tests.fixtures.clients import PASSWORD
from tests.web.login.test_passkeys import add, log_in

FACTOR, RULES = "/account/second-factor", "/users/logins"


@pytest.fixture
def factor(signed_in) -> Authenticator:
    """A passkey of the administrator, who may then ask others for a second factor."""
    device = Authenticator()
    add(signed_in, device)
    return device


@pytest.fixture
def asked(signed_in, factor):
    """The organization asks analysts and administrators for a second factor."""

    def ask(*roles: str):
        return signed_in.send(RULES + "/second-factor", page=RULES, roles=list(roles))

    return ask


@pytest.fixture
def analyst(make_person):
    return make_person(Role.ANALYST, email="ana@north.example")


def test_a_role_that_is_asked_comes_no_further_than_setting_a_factor_up(asked, another_browser, analyst):
    assert asked("analyst").status_code == 200
    another_browser.log_in(analyst.email)
    for path in ("/", "/account", "/metrics-catalogue/"):
        assert another_browser.get(path).location == FACTOR, path
    page = another_browser.get(FACTOR).text
    assert "Your organization asks for a second factor" in page
    assert another_browser.get("/api/auth/me").status_code == 403
    secret = page.split('<code class="secret push">')[1].split("</code>")[0].replace(" ", "")
    before = another_browser.get_cookie("mediconnect").value
    assert another_browser.send(FACTOR, page=FACTOR, code=pyotp.TOTP(secret).now()).status_code == 200
    assert another_browser.get_cookie("mediconnect").value != before
    assert another_browser.get("/metrics-catalogue/").status_code == 200


def test_asking_ends_what_was_opened_with_one_factor_and_nothing_else(
    asked, signed_in, another_browser, program, analyst
):
    another_browser.log_in(analyst.email)
    token = program.post("/api/auth/token", json={"email": analyst.email, "password": PASSWORD}).json["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert program.get("/api/auth/me", headers=bearer).status_code == 200
    asked("analyst", "admin")
    assert another_browser.get("/account").status_code == 302
    assert program.get("/api/auth/me", headers=bearer).status_code == 401
    assert signed_in.get("/account").status_code == 200
    refused = program.post("/api/auth/token", json={"email": analyst.email, "password": PASSWORD})
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "second_factor_required")


def test_other_roles_are_not_asked(asked, another_browser, make_person):
    asked("admin")
    another_browser.log_in(make_person(Role.ANALYST, email="ana@north.example").email)
    assert another_browser.get("/metrics-catalogue/").status_code == 200


def test_nobody_asks_of_themselves_what_they_have_not(signed_in, organization):
    answer = signed_in.send(RULES + "/second-factor", page=RULES, roles="admin")
    assert answer.status_code == 409
    assert "second factor of your own first" in answer.text
    db.session.expire_all()
    assert db.session.get(Organization, organization.id).second_factor_roles == []


def test_the_last_factor_stays_while_it_is_asked_for(asked, signed_in, admin):
    asked("admin")
    remove = db.session.query(Passkey).one().id
    answer = signed_in.send(f"{FACTOR}/passkeys/{remove}/remove", page=FACTOR)
    assert answer.status_code == 409
    assert second_factor.is_on(admin.user.id)
    asked()
    assert signed_in.send(f"{FACTOR}/passkeys/{remove}/remove", page=FACTOR).status_code == 303


def test_a_passkey_alone_is_enough_for_who_is_asked(asked, factor, another_browser):
    asked("admin")
    log_in(another_browser, factor)
    assert another_browser.get("/users/").status_code == 200


def test_a_second_organization_that_asks_is_not_entered_with_one_factor(browser, make_person, organization, neighbour):
    person = make_person(Role.ADMIN, places=[organization, neighbour])
    db.session.get(Organization, neighbour.id).second_factor_roles = ["admin"]
    db.session.commit()
    browser.log_in(person.email)
    browser.send("/organization", page="/organization", organization=str(organization.id))
    assert browser.get("/users/").status_code == 200
    browser.send("/organization", page="/organization", organization=str(neighbour.id))
    assert browser.get("/users/").location == FACTOR


def test_two_factors_are_kept_when_the_organization_is_changed(browser, make_person, organization, neighbour):
    person, device = make_person(Role.ADMIN, places=[organization, neighbour]), Authenticator()
    browser.log_in(person.email)
    browser.send("/organization", page="/organization", organization=str(organization.id))
    add(browser, device)
    browser.send("/organization", page="/organization", organization=str(neighbour.id))
    assert db.session.query(UserSession).filter_by(user_id=person.user.id, ended_at=None).one().two_factors


def test_an_administrator_who_takes_a_factor_away_ends_what_it_opened(signed_in, another_browser, analyst):
    device = Authenticator()
    another_browser.log_in(analyst.email)
    add(another_browser, device)
    member = f"/users/{analyst.memberships[0].id}"
    assert "Second factor on" in signed_in.get(member).text
    signed_in.send(f"{member}/second-factor", page=member)
    assert another_browser.get("/account").status_code == 302
    assert log_in(another_browser, device).status_code == 401


def test_a_poll_of_a_patients_page_left_alone_is_told_to_log_in_and_does_not_keep_it_awake(browser, make_person):
    """The page with patients closes after a quarter of an hour; its polls neither open it nor lengthen the hour."""
    person = make_person(Role.CLINIC_STAFF, email="staff@north.example")
    poll = {"HX-Request": "true", "HX-PTag": "1"}
    with time_machine.travel(now(), tick=False) as clock:
        browser.log_in(person.email)
        clock.shift(14 * 60)
        store.client.flushdb()
        assert browser.get("/worklist/", headers=poll).status_code == 200
        clock.shift(2 * 60)
        store.client.flushdb()
        answer = browser.get("/worklist/", headers=poll)
        assert (answer.status_code, answer.headers["HX-Redirect"], answer.data) == (401, "/login?next=/&ended=1", b"")


def test_what_redis_remembers_of_a_login_ends_with_it_in_every_process(signed_in, admin):
    """The mark of an end is in Redis before the answer is out: other processes and sockets look there each 2 s."""
    row = db.session.query(UserSession).one()
    assert find(Kind.SESSION, bytes(row.token_digest)) is not None
    signed_in.send("/logout", page="/account")
    assert find(Kind.SESSION, bytes(row.token_digest)) is None


def test_a_personal_token_is_made_by_who_has_proved_what_is_asked(asked, another_browser, analyst, make_actor):
    asked("analyst")
    another_browser.log_in(analyst.email)
    fields = {"name": "Program", "days": "30"}
    assert another_browser.send("/account/tokens", page=FACTOR, **fields).status_code == 403
    assert api_tokens.own(make_actor(Role.ANALYST)) == []
