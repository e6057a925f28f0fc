"""Links by mail, through the outbox and a real mail server: good once, for a while, and telling strangers nothing."""

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine

from app.config import MailServer as MailSettings
from app.core.clock import now
from app.core.mail import postbox
from app.extensions import db
from app.models import AccountLink, Membership, OutboxMessage, User
from app.services.identity import accounts
from tests.fixtures.clients import PASSWORD
from tests.services.receivers import MailServer
from workers.dispatcher import dispatch

NEW = "seven quiet harbours wake"
FORGOTTEN = "/login/forgotten"


@pytest.fixture(autouse=True)
def mails(session):
    """What has arrived at a mail server on loopback."""
    server = MailServer()
    server.start()
    before = postbox.public_url
    postbox.use(MailSettings("127.0.0.1", server.port, "none", "mediconnect@north.example"), "https://clinic.example")
    yield server.box.mails
    server.stop()
    postbox.use(None, before)


@pytest.fixture
def link_of(mails):
    """Sends what waits; the path in the newest mail."""

    def send() -> str:
        while dispatch("letter"):
            pass
        found = re.search(r"https://clinic\.example(/login/link/\S+)", mails[-1].get_payload())
        return found[1]

    return send


def ask(browser, email: str, **headers: str):
    token = browser.form_token(FORGOTTEN)
    return browser.post(FORGOTTEN, data={"csrf_token": token, "email": email}, headers=headers)


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(browser, admin, link_of, mails):
    assert "works for 30 minutes" in ask(browser, admin.email).text
    path = link_of()
    assert mails[-1]["To"] == admin.email
    assert admin.user.name not in mails[-1].as_string()
    assert admin.email in browser.get(path).text
    assert "Your password is set." in browser.send(path, page=path, new=NEW).text
    assert browser.log_in(admin.email, PASSWORD).status_code == 401
    assert browser.log_in(admin.email, NEW).status_code == 303


def test_an_address_of_nobody_gets_the_same_answer_and_no_mail(browser, admin, mails):
    known, unknown = (ask(browser, email) for email in (admin.email, "nobody@north.example"))
    strip = re.compile(r'value="[^"]*"|[0-9a-f]{32}')
    assert (known.status_code, strip.sub("", known.text)) == (unknown.status_code, strip.sub("", unknown.text))
    assert db.session.query(OutboxMessage).filter_by(kind="letter").count() == 2
    while dispatch("letter"):
        pass
    assert [mail["To"] for mail in mails] == [admin.email]


def test_the_link_leads_to_the_public_address_whatever_host_was_asked(browser, admin, link_of):
    ask(browser, admin.email, **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"})
    assert link_of().startswith("/login/link/")
    assert browser.get(FORGOTTEN, headers={"Host": "evil.example"}).status_code == 400


def test_a_link_is_good_once_and_only_its_digest_is_kept(browser, admin, link_of):
    ask(browser, admin.email)
    path = link_of()
    token = path.rpartition("/")[2]
    kept = db.session.query(AccountLink).one()
    assert token.encode() not in bytes(kept.token_digest)
    assert token not in str(db.session.query(OutboxMessage).filter_by(kind="letter").one().payload)
    browser.send(path, page=path, new=NEW)
    again = browser.send(path, page=FORGOTTEN, new="another password of mine")
    assert again.status_code == 404
    assert browser.log_in(admin.email, NEW).status_code == 303


def test_a_reset_lapses_after_half_an_hour(browser, admin, link_of):
    with time_machine.travel(now(), tick=False) as clock:
        ask(browser, admin.email)
        path = link_of()
        clock.shift(29 * 60)
        assert browser.get(path).status_code == 200
        clock.shift(2 * 60)
        assert browser.get(path).status_code == 404
        assert browser.send(path, page=FORGOTTEN, new=NEW).status_code == 404


@pytest.mark.parametrize("token", ["nothing", "A" * 43, "%00", "x" * 3000])
def test_a_token_that_is_none_answers_like_one_that_is_over(browser, token):
    assert browser.get(f"/login/link/{token}").status_code == 404


def test_a_weak_password_leaves_the_link_good(browser, admin, link_of):
    ask(browser, admin.email)
    path = link_of()
    assert browser.send(path, page=path, new="password12345678").status_code == 422
    assert "Your password is set." in browser.send(path, page=path, new=NEW).text


def test_choosing_a_password_ends_every_login_and_every_other_link(signed_in, another_browser, admin, link_of):
    ask(another_browser, admin.email)
    first = link_of()
    ask(another_browser, admin.email)
    second = link_of()
    assert first != second
    another_browser.send(second, page=second, new=NEW)
    assert signed_in.get("/account").status_code == 302
    assert another_browser.get(first).status_code == 404


def test_a_reset_does_not_go_past_the_second_factor(signed_in, another_browser, admin, link_of):
    page = "/account/second-factor"
    secret = signed_in.get(page).text.split('<code class="secret push">')[1].split("</code>")[0].replace(" ", "")
    signed_in.send(page, page=page, code=pyotp.TOTP(secret).now())
    ask(another_browser, admin.email)
    path = link_of()
    another_browser.send(path, page=path, new=NEW)
    assert 'name="code"' in another_browser.log_in(admin.email, NEW).text
    assert another_browser.get("/account").status_code == 302


def test_a_reset_ends_no_pause(browser, admin, link_of):
    for _ in range(10):
        browser.log_in(admin.email, "not the password at all")
    ask(browser, admin.email)
    path = link_of()
    browser.send(path, page=path, new=NEW)
    assert browser.log_in(admin.email, NEW).status_code == 429


def test_nobody_fills_the_mailbox_of_another(browser, admin, mails):
    for _ in range(5):
        assert ask(browser, f" {admin.email.upper()}").status_code == 200
    while dispatch("letter"):
        pass
    assert len(mails) == 3


def test_a_disabled_person_gets_no_link_and_the_one_they_have_ends(browser, admin, link_of, mails):
    ask(browser, admin.email)
    path = link_of()
    accounts.disable(admin.user)
    assert browser.get(path).status_code == 404
    ask(browser, admin.email)
    dispatch("letter")
    assert len(mails) == 1


def test_a_person_who_is_invited_chooses_a_password_within_a_week(signed_in, another_browser, link_of, mails):
    values = {"email": "new@north.example", "name": "New Person", "roles": "analyst", "invite": "yes"}
    with time_machine.travel(now(), tick=False) as clock:
        page = signed_in.send("/users/", page="/users/", **values)
        assert "An invitation is on its way" in page.text
        assert '<code class="secret push">' not in page.text
        path = link_of()
        assert "North Clinics" in mails[-1].get_payload()
        clock.shift(timedelta(days=6))
        assert "Your password is set." in another_browser.send(path, page=path, new=NEW).text
        assert another_browser.log_in("new@north.example", NEW).status_code == 303


def test_an_invitation_is_sent_again_until_a_password_is_chosen(signed_in, link_of, mails):
    values = {"email": "new@north.example", "name": "New Person", "roles": "analyst", "invite": "yes"}
    signed_in.send("/users/", page="/users/", **values)
    user = db.session.query(User).filter_by(email="new@north.example").one()
    member = db.session.query(Membership).filter_by(user_id=user.id).one().id
    assert "Invite again" in signed_in.get(f"/users/{member}").text
    assert signed_in.send(f"/users/{member}/invite", page=f"/users/{member}").status_code == 200
    path = link_of()
    assert len(mails) == 2
    signed_in.send(path, page=path, new=NEW)
    assert signed_in.send(f"/users/{member}/invite", page=f"/users/{member}").status_code == 409
    assert "Invite again" not in signed_in.get(f"/users/{member}").text


def test_without_a_mail_server_the_page_says_whom_to_ask(browser, admin):
    postbox.use(None, "https://clinic.example")
    assert "sends no mail" in browser.get(FORGOTTEN).text
    assert db.session.query(OutboxMessage).filter_by(kind="letter").count() == 0
