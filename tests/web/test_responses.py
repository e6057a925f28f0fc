"""What every response carries, and what happens when a part of the installation is away."""

import re
import socket
import subprocess
import time

import pytest
import redis

from app.core.permissions import Role
from app.embedded.binaries import find
from app.extensions import db, store
from app.models import AuditEvent
from app.services.identity import principals
from app.web.headers import POLICY

CARRIED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/account",
        "/audit",
        "/organization",
        "/metrics",
        "/healthz",
        "/nowhere",
        "/api/nowhere",
        "/api/docs",
        "/api/openapi.json",
        "/fhir/Patient",
        "/static/css/base.css",
        "/static/../app/config.py",
    ],
)
def test_every_response_tells_the_browser_what_it_may_do(signed_in, path):
    answer = signed_in.get(path)
    assert {name: answer.headers.get(name) for name in CARRIED} == CARRIED
    assert "unsafe" not in POLICY
    assert answer.headers["X-Request-ID"]
    if not path.startswith("/static/css"):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Vary"] == "Cookie, HX-Request"


@pytest.mark.parametrize("path", ["/account", "/account/", "/audit", "/audit/", "/metrics-catalogue/"])
def test_an_address_may_end_with_a_slash_or_without(signed_in, path):
    assert signed_in.get(path).status_code == 200


def test_no_page_of_ours_needs_what_the_policy_forbids(signed_in):
    for path in ("/login", "/account", "/audit", "/audit/own", "/imports", "/api/docs", "/nowhere", "/organization"):
        answer = signed_in.get(path)
        assert answer.status_code < 500, path
        html = answer.text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son\w+=|<style|javascript:", html), path
        assert not re.search(r'(src|href)="(https?:)?//', html), path


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example"]
)
def test_a_forged_host_is_refused(browser, host):
    answer = browser.get("/login", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert answer.headers["Content-Security-Policy"] == POLICY


def test_a_forwarded_host_changes_nothing(browser):
    answer = browser.get("/account", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.location.startswith("/login")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/api/auth/me", 405),
        ("GET", "/api/none", 404),
        ("DELETE", "/api/auth/token", 405),
        ("PUT", "/login", 405),
    ],
)
def test_what_does_not_exist_is_said_in_the_callers_form(browser, method, path, status):
    answer = browser.open(path, method=method)
    assert answer.status_code == status
    if path.startswith("/api"):
        assert set(answer.json["error"]) == {"code", "message", "details", "request_id"}
    else:
        assert answer.mimetype == "text/html"


@pytest.mark.parametrize("path", ["/wall/a/b", "/wall/a/b/"])
def test_a_screen_is_told_of_a_fault_without_a_link_and_asks_again(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "<a " not in answer.text
    assert '<meta http-equiv="refresh" content="60">' in answer.text.partition("<body>")[0]
    assert 'class="wall-pair"' in answer.text


def test_a_fault_is_told_without_its_cause(signed_in, app, monkeypatch, caplog):
    secret = " ".join(("the", "name", "of", "a", "patient"))

    def broken(*_args: object) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr("app.web.login.account.logins.open_sessions", broken)
    answer = signed_in.get("/account")
    assert answer.status_code == 500
    for text in (answer.text, caplog.text):
        assert secret not in text
    assert answer.headers["X-Request-ID"] in answer.text
    assert answer.headers["X-Request-ID"] in caplog.text


def test_the_api_describes_itself_to_programs_and_to_people(browser):
    described = browser.get("/api/openapi.json").json
    assert described["openapi"] == "3.1.0"
    assert described["paths"]["/api/auth/me"]["get"]["x-permission"] == "account:use"
    page = browser.get("/api/docs").text
    assert "curl -H &#34;Authorization: Bearer $TOKEN&#34; &#39;http://localhost/api/auth/me&#39;" in page
    contents = re.findall(r'href="#([\w-]+)"', page.partition("Contents")[2].partition("</nav>")[0])
    assert len(contents) > 40
    for name in contents:
        assert f'id="{name}"' in page, name
    page = browser.get("/api/docs")
    assert page.status_code == 200
    for path in described["paths"]:
        assert path in page.text


def test_readiness_and_figures_are_for_those_who_may_know(browser):
    assert browser.get("/readyz").json == {"status": "ok"}
    assert "mediconnect_request_seconds" in browser.get("/metrics").text
    assert browser.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    assert browser.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


@pytest.fixture
def own_redis(tmp_path, session):
    """A Redis of this test's own, which may be stopped; the application uses it meanwhile."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(find(None).redis), "--port", str(port), "--dir", str(tmp_path), "--save", "", "--bind", "127.0.0.1"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    before, store.client = store.client, redis.Redis(port=port, socket_timeout=0.5)
    for _ in range(100):
        try:
            store.client.ping()
            break
        except redis.RedisError:
            time.sleep(0.05)
    yield server
    server.kill()
    server.wait()
    store.client = before


def test_without_redis_people_stay_logged_in_and_log_out_for_good(own_redis, browser, another_browser, admin):
    browser.log_in(admin.email)
    assert browser.get("/account").status_code == 200
    own_redis.kill()
    own_redis.wait()
    assert browser.get("/account").status_code == 200
    assert browser.get("/readyz").status_code == 503
    another_browser.set_cookie("mediconnect", browser.get_cookie("mediconnect").value)
    browser.send("/logout", page="/account")
    assert another_browser.get("/account").status_code == 302


@pytest.mark.parametrize("planted", [b"\x80\x04cposix\nsystem\n.", b"{}", b"null", b'{"kind": "session"}', b"\xff"])
def test_what_somebody_planted_in_redis_is_treated_as_absent(signed_in, planted):
    for key in store.client.keys("mc:access:*"):
        store.client.set(key, planted)
    assert signed_in.get("/account").status_code == 200


def test_another_persons_remembered_login_opens_nothing(browser, another_browser, admin, make_person):
    other = make_person(Role.PATIENT, email="other@north.example")
    browser.log_in(admin.email)
    browser.get("/audit")
    (key,) = store.client.keys("mc:access:session:*")
    remembered = store.client.get(key)
    another_browser.log_in(other.email)
    another_browser.get("/account")
    for other_key in set(store.client.keys("mc:access:session:*")) - {key}:
        store.client.set(other_key, remembered)
    assert another_browser.get("/audit").status_code == 403


def test_a_remembered_login_costs_one_round_trip_and_no_statement(signed_in, app, monkeypatch):
    signed_in.get("/account")
    loads: list[object] = []
    monkeypatch.setattr(principals, "_load", lambda *args: loads.append(args))
    assert signed_in.get("/account").status_code == 200
    assert loads == []


def test_redis_holds_no_name_and_no_address(signed_in, admin):
    signed_in.get("/account")
    everything = b" ".join(store.client.get(key) or b"" for key in store.client.keys("mc:access:*"))
    assert everything
    assert b"Pat" not in everything
    assert b"north.example" not in everything


def test_login_and_its_failure_are_in_the_log(signed_in, browser, admin, organization):
    from app.core.tenancy import tenant_scope

    with tenant_scope(organization.id):
        actions = [line.action for line in db.session.query(AuditEvent).order_by(AuditEvent.seq)]
    assert actions == ["login"]
    assert "logged in" in signed_in.get("/audit").text
