"""What sockets are told of alerts and reports, and what they hear when the server goes."""

import json
from contextlib import ExitStack
from uuid import UUID

import pytest
from sqlalchemy import select
from websockets.sync.client import connect

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.models import Equipment, Membership, Task, User
from app.services import alerts
from app.services.background import outbox
from tests.bench.installation import free_port, serving
from tests.browser import world as worlds
from tests.live.test_sockets import closing, metric, refused, until
from workers.dispatcher import dispatch


def of_type(kind):
    return lambda message: message["type"] == kind


@pytest.fixture
def device(site):
    """The X-ray of the clinic, out of service as long as the test asks for it."""

    def put(status: str) -> None:
        with site.app.app_context(), tenant_scope(site.world.organization_id):
            found = db.session.scalars(select(Equipment).where(Equipment.clinic_id == site.world.clinic_id)).one()
            found.status = status
            db.session.commit()
        with site.app.app_context():
            alerts.check(site.world.organization_id)

    yield put
    put("in_service")


@pytest.mark.parametrize("address", ["dashboard", "analytics"])
def test_an_alert_that_opens_is_told_as_the_seed_writes_it(site, ticket, open_socket, device, address):
    device("in_service")
    clinic = site.world.clinic_id
    path = f"/ws/dashboard/clinic/?clinic_id={clinic}&" if address == "dashboard" else f"/ws/analytics/{clinic}/?"
    socket = open_socket(f"{path}ticket={ticket()}")
    until(socket, metric("waiting_patients") if address == "dashboard" else of_type("live_metrics"))
    device("out_of_service")
    message = until(socket, of_type("alert"), 15)
    told = message["data" if address == "dashboard" else "alert"]
    assert (told["severity"], told["action_required"], told["type"]) == ("high", True, "equipment")
    assert told["message"] == "X-ray 1 out of service. Cannot be used."
    assert UUID(told["id"])
    assert told["timestamp"].endswith("+00:00")


def test_a_doctor_is_told_of_their_patients_without_a_name_and_nobody_else_is(site, ticket, open_socket):
    doctor = open_socket(f"/ws/dashboard/doctor/?ticket={ticket(Role.DOCTOR)}")
    staff = open_socket(f"/ws/dashboard/clinic/?ticket={ticket(Role.CLINIC_STAFF)}")
    until(doctor, metric("today_appointments"))
    until(staff, metric("waiting_patients"))
    with site.app.app_context(), tenant_scope(site.world.organization_id):
        member = db.session.scalars(
            select(Membership)
            .join(User, User.id == Membership.user_id)
            .where(User.email == worlds.address(Role.DOCTOR))
        ).one()
        own = db.session.scalars(select(Task).where(Task.practitioner_id == member.practitioner_id)).first()
        task = Task(
            organization_id=own.organization_id,
            id=new_id(),
            kind="follow_up",
            patient_id=own.patient_id,
            practitioner_id=own.practitioner_id,
            created_day=own.created_day,
            due_day=own.due_day,
        )
        db.session.add(task)
        db.session.commit()
    with site.app.app_context():
        alerts.check(site.world.organization_id)
    told = until(doctor, of_type("alert"), 15)["data"]
    assert told["type"] == "overdue_followup"
    assert told["message"].startswith("Follow-up overdue. Due ")
    assert worlds.CANARY not in json.dumps(told)
    with pytest.raises(TimeoutError):
        until(staff, of_type("alert"), 3)


def test_who_asked_for_a_report_is_told_that_it_is_ready_and_nobody_else(site, ticket, open_socket):
    mine = open_socket(f"/ws/dashboard/clinic/?ticket={ticket()}")
    anothers = open_socket(f"/ws/dashboard/clinic/?ticket={ticket(Role.CLINIC_STAFF)}")
    until(mine, metric("waiting_patients"))
    until(anothers, metric("waiting_patients"))
    run_id = new_id()
    with site.app.app_context():
        user = db.session.scalars(select(User).where(User.email == worlds.address(Role.ADMIN))).one()
        payload = {"user": str(user.id), "kind": "report.completed", "subject": str(run_id)}
        outbox.put("notification", f"report.completed:{run_id}", site.world.organization_id, payload)
        db.session.commit()
        assert dispatch("notification")
    report = until(mine, of_type("report_completed"), 10)["report"]
    assert report["id"] == str(run_id)
    assert (report["status"], report["url"]) == ("completed", f"/reports/{run_id}")
    with pytest.raises(TimeoutError):
        until(anothers, of_type("report_completed"), 2)


def test_a_ticket_lapses_after_thirty_seconds(site, ticket, open_socket):
    shown = ticket()
    (name,) = list(store.client.scan_iter("mc:ticket:*"))
    assert 25 < store.client.ttl(name) <= 30
    store.client.pexpire(name, 1)
    assert refused(open_socket, f"/ws/dashboard/clinic/?ticket={shown}") == (401, "DASH_008")


def test_a_server_that_stops_says_1012(site, bearer):
    port, server = free_port(), ExitStack()
    server.enter_context(serving(site.installed, port=port))
    address = f"ws://127.0.0.1:{port}/ws/dashboard/clinic/"
    with server, connect(address, legacy=True, additional_headers=bearer(Role.ADMIN)) as socket:
        until(socket, metric("waiting_patients"), 20)
        server.close()
        assert closing(socket, 15) == 1012
