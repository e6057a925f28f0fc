"""Sockets: who may open which, what they say, and how they end."""

import json
import time

import pytest
from sqlalchemy import text, update
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.core.clock import now
from app.core.permissions import Role
from app.core.secrets import digest
from app.extensions import db, store
from app.models.access import RefreshToken

DASHBOARDS = ("doctor", "patient", "clinic", "admin", "billing", "analytics")
MAY_OPEN = {
    Role.ADMIN: {"clinic", "admin", "billing", "analytics"},
    Role.DOCTOR: {"doctor", "clinic", "billing", "analytics"},
    Role.CLINIC_STAFF: {"clinic", "analytics"},
    Role.BILLING_STAFF: {"billing"},
    Role.ANALYST: {"analytics"},
    Role.PATIENT: {"patient"},
    Role.PLATFORM_ADMIN: {"admin"},
}


def until(socket, wanted, seconds=5.0):
    """The first message that fits; raises TimeoutError."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        message = json.loads(socket.recv(timeout=left))
        if wanted(message):
            return message
    raise TimeoutError


def metric(name):
    return lambda message: message["type"] == "metric_update" and message["data"]["metric_name"] == name


def refused(open_socket, path, **more):
    """The status and the code with which a handshake is refused."""
    with pytest.raises(InvalidStatus) as found:
        open_socket(path, **more)
    return found.value.response.status_code, json.loads(found.value.response.body)["error"]["code"]


def closing(socket, seconds=6.0):
    """The code with which the server closes a socket."""
    end = time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            socket.recv(timeout=left)
    except ConnectionClosed as closed:
        return closed.rcvd.code
    raise TimeoutError


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_each_role_opens_its_own_dashboards_and_no_other(role, ticket, open_socket):
    for dashboard in DASHBOARDS:
        path = f"/ws/dashboard/{dashboard}/?ticket={ticket(role)}"
        if dashboard in MAY_OPEN[role]:
            open_socket(path).close()
        else:
            assert refused(open_socket, path) in {(403, "DASH_002"), (403, "DASH_006")}, dashboard


def test_a_ticket_is_good_once(ticket, open_socket):
    path = f"/ws/dashboard/clinic/?ticket={ticket()}"
    open_socket(path)
    assert refused(open_socket, path) == (401, "DASH_008")


def test_a_ticket_ends_with_the_login_that_asked_for_it(site, open_socket):
    tokens = site.log_in(Role.ADMIN)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    _, body, _ = site.ask("POST", "/api/ws-ticket", {}, **header)
    site.ask("POST", "/api/auth/revoke", {"token": tokens["refresh_token"]})
    assert refused(open_socket, f"/ws/dashboard/clinic/?ticket={body['ticket']}") == (401, "DASH_008")


def test_without_a_ticket_nobody_comes_in(open_socket):
    assert refused(open_socket, "/ws/dashboard/clinic/") == (401, "DASH_008")
    assert refused(open_socket, "/ws/dashboard/clinic/?ticket=ws_made-up") == (401, "DASH_008")


def test_a_program_shows_its_token_as_a_header_and_never_in_the_address(site, bearer, open_socket):
    socket = open_socket("/ws/dashboard/clinic/", additional_headers=bearer(Role.ADMIN))
    assert until(socket, metric("today_appointments"))["data"]["value"] == 22
    jwt = bearer(Role.ADMIN)["Authorization"].split()[1]
    assert refused(open_socket, f"/ws/dashboard/clinic/?token={jwt}") == (400, "DASH_008")
    assert refused(open_socket, f"/ws/dashboard/clinic/?ticket={jwt}") == (400, "DASH_008")


def test_a_page_of_another_site_opens_nothing(site, ticket, open_socket):
    path = f"/ws/dashboard/clinic/?ticket={ticket()}"
    assert refused(open_socket, path, origin="https://evil.example") == (403, "DASH_008")
    assert refused(open_socket, path, origin="null") == (403, "DASH_008")
    open_socket(path, origin=f"http://127.0.0.1:{site.port}")


def test_what_does_not_exist_and_what_is_foreign_answer_alike(site, ticket, open_socket):
    assert refused(open_socket, f"/ws/dashboard/kitchen/?ticket={ticket()}") == (404, "DASH_001")
    foreign, unknown = site.world.foreign_clinic_id, site.world.organization_id
    for clinic in (foreign, unknown, "none"):
        path = f"/ws/dashboard/clinic/?clinic_id={clinic}&ticket={ticket()}"
        assert refused(open_socket, path) == (404, "DASH_005")
    assert refused(open_socket, f"/ws/analytics/{foreign}/?ticket={ticket()}") == (404, "DASH_005")
    assert refused(open_socket, f"/ws/dashboard/patient/?patient_id={unknown}&ticket={ticket()}")[0] == 404


def test_a_plain_request_is_told_to_upgrade(site, ticket):
    status, body, _ = site.ask("GET", f"/ws/dashboard/clinic/?ticket={ticket()}")
    assert (status, body["error"]["code"]) == (426, "DASH_008")


def test_a_change_reaches_the_socket_within_a_second_with_its_difference(site, ticket, open_socket):
    path = f"/ws/dashboard/clinic/?clinic_id={site.world.clinic_id}&ticket={ticket()}"
    socket = open_socket(path)
    before = until(socket, metric("waiting_patients"))["data"]["value"]
    start = time.monotonic()
    site.change(status="no_show", arrived_at=None)
    try:
        refresh = until(socket, lambda message: message["type"] == "dashboard_refresh")
        update = until(socket, metric("waiting_patients"))["data"]
        assert time.monotonic() - start < 3  # the change and its summing up included
        assert (update["value"], update["change"]) == (before - 1, "-1")
        assert refresh["data"]["data_version"] > 0
    finally:
        site.change(status="arrived")


def test_the_analytics_socket_answers_a_subscription_as_the_seed_writes_it(site, ticket, open_socket):
    clinic = str(site.world.clinic_id)
    socket = open_socket(f"/ws/analytics/{clinic}/?ticket={ticket()}")
    socket.send(json.dumps({"type": "subscribe_metrics", "dashboard_id": clinic}))
    message = until(socket, lambda message: message["type"] == "live_metrics")
    names = {"active_appointments", "waiting_patients", "average_wait_time", "staff_utilization", "current_revenue"}
    assert set(message["metrics"]) == names
    assert message["metrics"]["current_revenue"] == "274.00"
    assert message["metrics"]["waiting_patients"] == 2


def test_a_subscription_to_another_dashboard_ends_the_socket(site, ticket, open_socket):
    socket = open_socket(f"/ws/analytics/{site.world.clinic_id}/?ticket={ticket()}")
    socket.send(json.dumps({"type": "subscribe_metrics", "dashboard_id": str(site.world.second_clinic_id)}))
    assert closing(socket) == 4403


def test_a_socket_told_to_narrow_hears_of_its_metrics_alone(site, ticket, open_socket):
    socket = open_socket(f"/ws/dashboard/clinic/?clinic_id={site.world.clinic_id}&ticket={ticket()}")
    until(socket, metric("waiting_patients"))
    socket.send(json.dumps({"type": "subscribe_metrics", "metrics": ["no_shows"]}))
    told = until(socket, lambda message: message["type"] == "subscribed")
    assert told["data"]["metrics"] == ["no_shows"]
    site.change(status="no_show", arrived_at=None)
    try:
        seen = []
        until(socket, lambda m: seen.append(m) or (m["type"] == "metric_update" and m["data"]["change"] is not None))
        assert {m["data"]["metric_name"] for m in seen if m["type"] == "metric_update"} == {"no_shows"}
    finally:
        site.change(status="arrived")


def test_a_ping_of_the_client_is_answered_and_nonsense_is_named(ticket, open_socket):
    socket = open_socket(f"/ws/dashboard/clinic/?ticket={ticket()}")
    socket.send('{"type": "ping"}')
    until(socket, lambda message: message["type"] == "pong")
    for nonsense in ("[]", "{", '{"type": "drop"}', '{"type": "subscribe_metrics", "metrics": 7}'):
        socket.send(nonsense)
        until(socket, lambda message: message["type"] == "error")


def test_large_binary_and_endless_messages_end_the_socket(ticket, open_socket):
    socket = open_socket(f"/ws/dashboard/clinic/?ticket={ticket()}")
    socket.send("x" * 5000)
    assert closing(socket) == 1009
    socket = open_socket(f"/ws/dashboard/clinic/?ticket={ticket()}")
    socket.send(b"\x00")
    assert closing(socket) == 1003
    socket = open_socket(f"/ws/dashboard/clinic/?ticket={ticket()}")
    for _ in range(70):
        socket.send('{"type": "ping"}')
    assert closing(socket) == 1008


def test_logging_out_closes_the_socket_within_five_seconds(site, open_socket):
    tokens = site.log_in(Role.ADMIN)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    socket = open_socket("/ws/dashboard/clinic/", additional_headers=header)
    site.ask("POST", "/api/auth/revoke", {"token": tokens["refresh_token"]})
    assert closing(socket, 5.0) == 4401


def test_a_lost_line_of_news_closes_it_all_the_same(site, open_socket):
    tokens = site.log_in(Role.ADMIN)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    socket = open_socket("/ws/dashboard/clinic/", additional_headers=header)
    with site.app.app_context():
        mine = RefreshToken.token_digest == digest(tokens["refresh_token"])
        db.session.execute(update(RefreshToken).where(mine).values(revoked_at=now()))
        db.session.commit()
    for key in store.client.scan_iter("mc:access:grant:*"):
        store.client.delete(key)  # nobody told: neither a line of news nor a mark
    assert closing(socket, 5.0) == 4401


def test_roles_that_change_close_the_socket_within_five_seconds(site, open_socket):
    tokens = site.log_in(Role.CLINIC_STAFF)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    socket = open_socket("/ws/dashboard/clinic/", additional_headers=header)
    give_role(site, "analyst")
    try:
        assert closing(socket, 5.0) == 4403
    finally:
        give_role(site, "clinic_staff")


def give_role(site, role):
    """Gives the clinic's staff another role, with nothing remembered of the one before."""
    who = "(SELECT id FROM users WHERE email LIKE 'clinic_staff@%')"
    with site.app.app_context():
        db.session.execute(text(f"UPDATE memberships SET roles = ARRAY[:role] WHERE user_id = {who}"), {"role": role})
        db.session.commit()
    for key in store.client.scan_iter("mc:access:grant:*"):
        store.client.delete(key)


def test_one_person_has_no_more_than_so_many_sockets(ticket, open_socket, site, bearer):
    statuses = []
    for _ in range(45):  # two processes of 20 each
        try:
            open_socket("/ws/dashboard/billing/", additional_headers=bearer(Role.BILLING_STAFF))
        except InvalidStatus as error:
            statuses.append((error.response.status_code, error.response.headers.get("Retry-After")))
    assert (429, "30") in statuses


def test_a_patient_hears_of_their_own_visits_alone(ticket, open_socket):
    socket = open_socket(f"/ws/dashboard/patient/?ticket={ticket(Role.PATIENT)}")
    names = {
        until(socket, metric(name))["data"]["metric_name"] for name in ("upcoming_appointments", "outstanding_balance")
    }
    assert names == {"upcoming_appointments", "outstanding_balance"}
