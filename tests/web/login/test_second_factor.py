"""A second factor: set up once, asked for at every login of pages and programs, each code good once."""

import pyotp
import pytest
import time_machine

from app.extensions import db
from app.models import LoginAttempt, SecondFactor
from app.services.identity import second_factor
from tests.fixtures.clients import PASSWORD

PAGE = "/account/second-factor"


def secret_on(page: str) -> str:
    return page.split('<code class="secret push">')[1].split("</code>")[0].replace(" ", "")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T12:00:00Z", tick=False) as traveller:
        yield traveller


@pytest.fixture
def codes(signed_in, clock) -> tuple[str, list[str]]:
    """The secret of a person who turned the factor on five minutes ago, and the recovery codes they were shown."""
    secret = secret_on(signed_in.get(PAGE).text)
    page = signed_in.send(PAGE, page=PAGE, code=pyotp.TOTP(secret).now())
    clock.shift(300)
    listed = page.text.split('<ul class="secret push">')[1].split("</ul>")[0]
    return secret, [item.partition("</li>")[0] for item in listed.split("<li>")[1:]]


def half_way(browser, email: str) -> str:
    page = browser.log_in(email)
    assert page.status_code == 200
    return page.text.split('name="ticket" value="')[1].partition('"')[0]


def second_step(browser, ticket: str, code: str):
    return browser.send("/login/code", page="/login", ticket=ticket, code=code, next="/account")


def test_a_wrong_first_code_does_not_turn_it_on(signed_in, admin):
    signed_in.get(PAGE)
    answer = signed_in.send(PAGE, page=PAGE, code="000000")
    assert answer.status_code == 422
    assert "not the code that the app shows" in answer.text
    assert not second_factor.is_on(admin.user.id)


def test_turning_it_on_shows_ten_recovery_codes_once(signed_in, codes, admin):
    assert len(set(codes[1])) == 10
    assert second_factor.is_on(admin.user.id)
    assert codes[1][0] not in signed_in.get(PAGE).text


def test_the_secret_is_sealed_in_the_database(codes):
    kept = db.session.query(SecondFactor).one()
    assert codes[0].encode() not in bytes(kept.secret_sealed)


def test_the_password_alone_opens_nothing(codes, another_browser, admin):
    half_way(another_browser, admin.email)
    assert another_browser.get("/account").status_code == 302


def test_password_and_code_lead_to_the_page_that_was_asked_for(codes, another_browser, admin):
    answer = second_step(another_browser, half_way(another_browser, admin.email), pyotp.TOTP(codes[0]).now())
    assert answer.location == "/account"
    assert another_browser.get("/account").status_code == 200


def test_a_code_seen_over_the_shoulder_is_worth_nothing_a_second_time(codes, another_browser, admin):
    code = pyotp.TOTP(codes[0]).now()
    mine, theirs = (half_way(another_browser, admin.email) for _ in range(2))
    second_step(another_browser, mine, code)
    another_browser.delete_cookie("mediconnect")
    answer = second_step(another_browser, theirs, code)
    assert answer.status_code == 401
    assert "was used already" in answer.text


def test_a_recovery_code_lets_in_once(codes, another_browser, admin):
    first, second = (half_way(another_browser, admin.email) for _ in range(2))
    assert second_step(another_browser, first, codes[1][0].upper()).status_code == 303
    another_browser.delete_cookie("mediconnect")
    assert second_step(another_browser, second, codes[1][0]).status_code == 401


def test_the_first_step_is_forgotten_after_five_minutes(codes, another_browser, admin, clock):
    ticket = half_way(another_browser, admin.email)
    clock.shift(302)
    answer = second_step(another_browser, ticket, pyotp.TOTP(codes[0]).now())
    assert answer.status_code == 401
    assert "took too long" in answer.text


def test_a_ticket_that_we_did_not_sign_is_refused(codes, another_browser, admin):
    forged = f'"{admin.user.id}".x.y'
    assert second_step(another_browser, forged, pyotp.TOTP(codes[0]).now()).status_code == 401


def test_ten_wrong_codes_pause_the_login_although_the_password_is_right_each_time(codes, another_browser, admin):
    for _ in range(10):
        assert second_step(another_browser, half_way(another_browser, admin.email), "000000").status_code == 401
    assert another_browser.log_in(admin.email).status_code == 429
    assert db.session.query(LoginAttempt).filter_by(outcome="half").count() == 10


def test_a_program_sends_the_code_as_otp(codes, another_browser, admin):
    body = {"email": admin.email, "password": PASSWORD}
    without = another_browser.post("/api/auth/token", json=body)
    assert (without.status_code, without.json["error"]["code"]) == (401, "otp_required")
    wrong = another_browser.post("/api/auth/token", json=body | {"otp": "000000"})
    assert (wrong.status_code, wrong.json["error"]["code"]) == (401, "otp_failed")
    right = another_browser.post("/api/auth/token", json=body | {"otp": pyotp.TOTP(codes[0]).now()})
    assert right.json["token_type"] == "Bearer"


def test_it_is_turned_off_with_the_password_only(signed_in, codes, admin):
    assert signed_in.send(f"{PAGE}/remove", page=PAGE, password="a guess that is wrong").status_code == 422
    assert second_factor.is_on(admin.user.id)
    assert signed_in.send(f"{PAGE}/remove", page=PAGE, password=PASSWORD).status_code == 303
    assert not second_factor.is_on(admin.user.id)
