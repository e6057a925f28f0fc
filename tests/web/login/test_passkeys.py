"""Passkeys: added with the password, alone a login of two factors, after a password the second of them."""

import dataclasses
import json

import pytest
import time_machine

from app.extensions import db
from app.models import LoginAttempt, Passkey, UserSession
from app.services.identity import second_factor
from app.services.identity.passkeys import RelyingParty
from tests.fixtures.authenticator import PRESENT, Authenticator
from tests.fixtures.clients import PASSWORD

PAGE = "/account/second-factor"


def ask(browser, path: str, page: str = "/login", **fields: str):
    return browser.send(path, page=page, **fields)


def add(browser, device: Authenticator, name: str = "Ada's phone", **changed: str):
    asked = ask(browser, f"{PAGE}/passkeys/options", PAGE, password=PASSWORD).json
    answer = {"challenge": asked["ticket"], "answer": device.create(asked["options"]), "name": name} | changed
    return browser.send(f"{PAGE}/passkeys", page=PAGE, **answer)


def log_in(browser, device: Authenticator, **changed: str):
    asked = ask(browser, "/login/passkey/options").json
    fields = {"challenge": asked["ticket"], "answer": device.get(asked["options"]), "next": "/account"} | changed
    return browser.send("/login/passkey", **fields)


def half_way(browser, email: str) -> str:
    return browser.log_in(email).text.split('name="ticket" value="')[1].partition('"')[0]


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


@pytest.fixture
def known(signed_in, device) -> Authenticator:
    """A passkey of the administrator."""
    assert add(signed_in, device).status_code == 200
    return device


def sessions() -> list[UserSession]:
    return db.session.query(UserSession).filter_by(ended_at=None).order_by(UserSession.created_at).all()


def test_a_passkey_is_added_with_the_password_and_shows_ten_recovery_codes_once(signed_in, device, admin):
    page = add(signed_in, device)
    codes = page.text.split('<ul class="secret push">')[1].split("</ul>")[0]
    assert codes.count("<li>") == 10
    assert "Ada&#39;s phone" in page.text
    assert second_factor.is_on(admin.user.id)
    assert '<ul class="secret push">' not in add(signed_in, Authenticator(), "A key").text
    assert db.session.query(Passkey).count() == 2


def test_without_the_password_there_is_nothing_to_answer(signed_in):
    refused = ask(signed_in, f"{PAGE}/passkeys/options", PAGE, password="a guess that is wrong")
    assert (refused.status_code, refused.json) == (422, {"error": "The current password is wrong."})


def test_adding_a_factor_goes_on_under_another_cookie(signed_in, device, another_browser):
    before = signed_in.get_cookie("mediconnect").value
    add(signed_in, device)
    assert signed_in.get_cookie("mediconnect").value != before
    assert signed_in.get("/account").status_code == 200
    another_browser.set_cookie("mediconnect", before)
    assert another_browser.get("/account").status_code == 302


def test_a_passkey_logs_in_by_itself_as_two_factors(known, another_browser):
    assert log_in(another_browser, known).location == "/account"
    assert another_browser.get("/account").status_code == 200
    assert sessions()[-1].two_factors


def test_after_a_password_a_passkey_is_the_second_step(known, another_browser, admin):
    ticket = half_way(another_browser, admin.email)
    assert another_browser.get("/account").status_code == 302
    asked = ask(another_browser, "/login/code/passkey/options", ticket=ticket).json
    assert len(asked["options"]["allowCredentials"]) == 1
    fields = {"ticket": ticket, "challenge": asked["ticket"], "answer": known.get(asked["options"])}
    assert another_browser.send("/login/code/passkey", **fields, next="/account").location == "/account"


def test_without_scripts_a_code_stands_in_the_same_page(known, another_browser, admin):
    page = another_browser.log_in(admin.email).text
    assert 'name="code"' in page
    assert page.split("data-passkey=")[1].partition(">")[0].endswith("hidden")


def test_a_challenge_is_answered_once(known, another_browser):
    asked = ask(another_browser, "/login/passkey/options").json
    fields = {"challenge": asked["ticket"], "answer": known.get(asked["options"])}
    assert another_browser.send("/login/passkey", **fields).status_code == 303
    another_browser.delete_cookie("mediconnect")
    again = another_browser.send("/login/passkey", **fields)
    assert again.status_code == 401
    assert "sent twice" in again.text


def test_a_challenge_lapses_after_five_minutes(known, another_browser):
    with time_machine.travel("2026-11-19T12:00:00Z", tick=False) as clock:
        asked = ask(another_browser, "/login/passkey/options").json
        clock.shift(302)
        answer = another_browser.send("/login/passkey", challenge=asked["ticket"], answer=known.get(asked["options"]))
    assert answer.status_code == 401


def test_a_challenge_is_for_the_browser_the_purpose_and_the_half_login_it_was_given_to(
    known, browser, another_browser, admin
):
    browser.send("/logout", page="/account")
    theirs = ask(browser, "/login/passkey/options").json
    stolen = {"challenge": theirs["ticket"], "answer": known.get(theirs["options"])}
    assert another_browser.send("/login/passkey", **stolen).status_code == 401
    first, second = (half_way(another_browser, admin.email) for _ in range(2))
    asked = ask(another_browser, "/login/code/passkey/options", ticket=first).json
    answered = {"challenge": asked["ticket"], "answer": known.get(asked["options"])}
    assert another_browser.send("/login/passkey", **answered).status_code == 401
    assert another_browser.send("/login/code/passkey", ticket=second, **answered).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:9999"},
        {"flags": PRESENT},
        {"handle": b"0123456789abcdef"},
        {"key": Authenticator().key},
        {"id": b"nobody's"},
    ],
    ids=lambda wrong: str(next(iter(wrong))),
)
def test_a_passkey_that_is_not_quite_right_opens_nothing(known, another_browser, wrong):
    answer = log_in(another_browser, dataclasses.replace(known, **wrong))
    assert answer.status_code == 401
    assert "does not open an account here" in answer.text
    assert another_browser.get("/account").status_code == 302


def test_a_copy_of_a_passkey_that_counts_less_is_refused_and_noted(known, another_browser, organization):
    copy = dataclasses.replace(known)
    for _ in range(2):
        log_in(another_browser, known)
        another_browser.delete_cookie("mediconnect")
    assert log_in(another_browser, copy).status_code == 401
    assert db.session.query(Passkey).one().sign_count == 2
    assert log_in(another_browser, known).status_code == 303


def test_an_authenticator_that_does_not_count_is_taken_each_time(signed_in, another_browser):
    device = Authenticator(count=None)
    add(signed_in, device)
    for _ in range(2):
        assert log_in(another_browser, device).status_code == 303
        another_browser.delete_cookie("mediconnect")


def test_failures_count_with_wrong_passwords_and_the_owners_passkey_still_opens(known, another_browser, admin):
    for _ in range(5):
        another_browser.log_in(admin.email, "not the password at all")
        log_in(another_browser, dataclasses.replace(known, flags=PRESENT))
    assert another_browser.log_in(admin.email).status_code == 429
    assert log_in(another_browser, dataclasses.replace(known, flags=PRESENT)).status_code == 429
    assert log_in(another_browser, dataclasses.replace(known, count=50)).status_code == 303
    assert db.session.query(LoginAttempt).filter_by(outcome="failed").count() == 10


@pytest.mark.parametrize("answer", ["", "null", "[]", "{}", '{"id": 1}', '{"id":"AA","rawId":"AA"}', "{" * 900, "\x00"])
def test_what_is_no_answer_is_refused_like_a_wrong_one(known, another_browser, answer):
    asked = ask(another_browser, "/login/passkey/options").json
    assert another_browser.send("/login/passkey", challenge=asked["ticket"], answer=answer).status_code == 401


def test_an_answer_with_a_broken_part_is_refused(known, another_browser):
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        for junk in ("", "AA", "____", "not base64!", None, 7):
            asked = ask(another_browser, "/login/passkey/options").json
            sent = json.loads(known.get(asked["options"]))
            sent["response"][part] = junk
            answer = another_browser.send("/login/passkey", challenge=asked["ticket"], answer=json.dumps(sent))
            assert answer.status_code in (401, 429) or (part == "userHandle" and junk in ("", None)), (part, junk)
            another_browser.delete_cookie("mediconnect")


def test_a_registration_from_another_origin_or_without_a_check_of_the_holder_is_refused(signed_in):
    assert add(signed_in, Authenticator(origin="https://evil.example")).status_code == 422
    assert add(signed_in, Authenticator(flags=PRESENT)).status_code == 422
    assert add(signed_in, Authenticator(), name=" ").status_code == 422
    assert db.session.query(Passkey).count() == 0


def test_a_removed_passkey_opens_nothing_and_takes_the_recovery_codes_along(signed_in, known, another_browser, admin):
    key = db.session.query(Passkey).one()
    assert signed_in.send(f"{PAGE}/passkeys/{key.id}/remove", page=PAGE).status_code == 303
    assert log_in(another_browser, known).status_code == 401
    assert not second_factor.is_on(admin.user.id)


def test_a_disabled_person_does_not_come_in_with_a_passkey(known, another_browser, admin):
    from app.services.identity import accounts

    accounts.disable(admin.user)
    assert log_in(another_browser, known).status_code == 401


@pytest.mark.parametrize(
    ("public_url", "party"),
    [
        ("https://clinic.example", RelyingParty("clinic.example", "https://clinic.example")),
        ("https://clinic.example:8443", RelyingParty("clinic.example", "https://clinic.example:8443")),
        ("http://127.0.0.1:8000", RelyingParty("localhost", "http://localhost:8000")),
        ("http://localhost", RelyingParty("localhost", "http://localhost")),
        ("http://clinic.example", None),
        ("https://192.0.2.7", None),
    ],
)
def test_passkeys_are_made_for_the_name_in_the_public_address(public_url, party):
    assert RelyingParty.of(public_url) == party
