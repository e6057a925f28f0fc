"""A finished report reaches each reader with that reader's rights, once, or says why not; trouble stays its own."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, text, update

from app.config import FileStore
from app.config import MailServer as MailSettings
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.mail import postbox
from app.core.outbound import outbound
from app.core.permissions import Role
from app.extensions import db
from app.models import Delivery, Job, Notification, OutboxLane, OutboxMessage, ReportFile, WebhookCall
from app.reports.storage import storage
from app.services.background import leases
from app.services.delivery import webhooks
from app.services.organizations import add_member, create_user
from app.services.reports import (
    deliveries,
    report_building,
    report_files,
    report_library,
    report_runs,
    report_types,
    schedules,
)
from app.services.reports.report_library import Draft
from app.services.reports.schedule_plans import Plan
from tests.faults.tiny import TINY
from tests.services.receivers import Hook, MailServer
from workers import dispatcher


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    monkeypatch.setattr(storage, "root", None)
    monkeypatch.setattr(storage, "store", None)
    monkeypatch.setattr(outbound, "allowed", frozenset())
    monkeypatch.setattr(postbox, "server", None)
    storage.use(FileStore(tmp_path.as_uri()))


@pytest.fixture
def member(scope, organization):
    def make(role: Role, name: str, clinics=None) -> Actor:
        user = create_user(f"{name.lower()}@north.example", name, None)
        add_member(organization.id, user.id, [role], clinics)
        ids = None if clinics is None else frozenset(clinics)
        return Actor(organization.id, user.id, name, frozenset({role}), clinic_ids=ids)

    return make


@pytest.fixture
def cora(member) -> Actor:
    return member(Role.CLINIC_STAFF, "Cora")


@pytest.fixture
def send(cora, clinic):
    """Runs a schedule at once with what a plan names, in this process; the run."""
    parameters = {"period": "last_month", "filters": {"clinic_id": str(clinic.id)}}
    report = report_library.save(cora, Draft("Month", "tiny", parameters))

    def make(**values):
        plan = Plan(**{"frequency": "daily", "zone": "UTC", "channels": ["mail"]} | values)
        run = schedules.run_now(cora, schedules.save(cora, report.id, plan).id)
        report_building.build(leases.claim(db.session.scalars(select(Job.id).where(Job.subject_id == run.id)).one()))
        return SimpleNamespace(id=run.id)  # the row itself ends with the scope

    return make


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    postbox.use(MailSettings("127.0.0.1", server.port, "none", "reports@north.example"), "https://clinic.example")
    yield server
    server.stop()


@pytest.fixture
def hook(cora) -> Iterator[Hook]:
    server = Hook()
    outbound.use(frozenset({server.place}))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def registered(hook, cora):
    webhook, hook.secret = webhooks.register(cora, "Their system", f"http://{hook.place}/in")
    return webhook


def dispatch(*kinds: str) -> None:
    scope = db.session.info.pop("organization_id")
    for kind in kinds or ("mail", "webhook", "notification"):
        while dispatcher.dispatch(kind):
            pass
    db.session.info["organization_id"] = scope


def due_again() -> None:
    db.session.execute(update(OutboxMessage).where(OutboxMessage.state == "pending").values(due_at=func.now()))
    db.session.execute(update(OutboxLane).values(rest_until=None))
    db.session.commit()


def states(run) -> dict[tuple[str, str], str]:
    query = select(Delivery).where(Delivery.run_id == run.id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {(each.name, each.channel): each.state for each in found}


def reasons() -> list[str]:
    return [each for each in db.session.scalars(select(Delivery.reason)) if each]


def notices() -> list[str]:
    return sorted(db.session.scalars(select(Notification.kind)))


def test_a_mail_has_text_and_html_a_link_and_nothing_of_a_patient(send, cora, mail_server):
    run = send(user_ids=[cora.user_id], mail_note="For Tuesday's meeting")
    dispatch("mail")
    (mail,) = mail_server.box.mails
    assert (mail["To"], mail["From"]) == ("cora@north.example", "reports@north.example")
    plain, html = (part.get_payload(decode=True).decode() for part in mail.get_payload())
    delivery = db.session.scalars(select(Delivery)).one()
    for body in (plain, html):
        assert f"https://clinic.example/reports/receipts/{delivery.id}" in body
        assert "For Tuesday" in body
    assert "<style" not in html
    assert "style=" in html
    assert mail["Message-ID"] == f"<{delivery.id}@clinic.example>"
    assert states(run) == {("Cora", "mail"): "sent"}


def test_an_attachment_goes_along_where_the_schedule_says_so(send, cora, mail_server):
    send(user_ids=[cora.user_id], mail_as="attachment")
    dispatch("mail")
    attached = [part for part in mail_server.box.mails[0].walk() if part.get_filename()]
    assert [part.get_content_type() for part in attached] == ["application/pdf"]
    assert attached[0].get_payload(decode=True).startswith(b"%PDF-")


def test_without_a_mail_server_mail_waits_and_says_so_and_goes_when_there_is_one(send, cora):
    run = send(user_ids=[cora.user_id])
    dispatch("mail")
    assert states(run) == {("Cora", "mail"): "waiting"}
    assert reasons() == ["No mail server is set up. The mail waits until there is one."]
    assert db.session.scalars(select(OutboxMessage.attempt).where(OutboxMessage.kind == "mail")).one() == 0
    server = MailServer()
    server.start()
    try:
        postbox.use(MailSettings("127.0.0.1", server.port, "none", "r@north.example"), "https://clinic.example")
        due_again()
        dispatch("mail")
    finally:
        server.stop()
    assert len(server.box.mails) == 1
    assert states(run) == {("Cora", "mail"): "sent"}


def test_each_recipient_gets_what_they_may_see_and_who_may_not_gets_nothing(send, cora, member, clinic, make_clinic):
    elsewhere = member(Role.CLINIC_STAFF, "Elsa", {make_clinic("Riverside").id})
    analyst, patient = member(Role.ANALYST, "Anna"), member(Role.PATIENT, "Petra")
    people = [cora, elsewhere, analyst, patient]
    run = send(user_ids=[each.user_id for each in people], channels=["notice"])
    assert states(run) == {
        ("Cora", "notice"): "waiting",
        ("Elsa", "notice"): "refused",
        ("Anna", "notice"): "waiting",
        ("Petra", "notice"): "refused",
    }
    made = set(db.session.scalars(select(ReportFile.rights).where(ReportFile.format == "pdf")))
    assert made == {cora.scope_key, analyst.scope_key}
    dispatch("notification")
    assert notices() == ["report.completed", "report.completed", "report.refused"]
    (own,) = report_files.files_of(analyst, report_runs.report_for(analyst, run.id))
    assert own.rights == analyst.scope_key
    for stranger in (elsewhere, patient):
        with pytest.raises((NotFound, Exception)) as caught:
            report_files.fetch(stranger, report_runs.report_for(stranger, run.id), "pdf")
        assert caught.value.status in (403, 404)


def test_somebody_who_left_between_asking_and_sending_gets_nothing(send, cora, member):
    leaver = member(Role.CLINIC_STAFF, "Lea")
    db.session.execute(text("UPDATE users SET disabled_at = now() WHERE id = :id"), {"id": leaver.user_id})
    db.session.commit()
    with pytest.raises(schedules.ScheduleInvalid):
        send(user_ids=[leaver.user_id])


def test_a_webhook_call_is_signed_and_names_a_file_that_can_be_fetched(send, registered, hook, app):
    run = send(webhook_ids=[registered.id], channels=[])
    dispatch("webhook")
    assert (hook.calls, hook.forged) == (1, 0)
    (message,) = hook.messages.values()
    assert message["type"] == "report.completed"
    assert message["data"]["run_id"] == str(run.id)
    (file,) = message["data"]["files"]
    token = file["url"].rsplit("/", 1)[1]
    answer = app.test_client().get(f"/api/v1/reports/files/{token}")
    assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")
    for wrong in (token[:-4] + "AAAA", token[4:], "x", "A" * 200):
        assert app.test_client().get(f"/api/v1/reports/files/{wrong}").status_code == 404


def test_a_new_secret_and_the_old_one_both_sign_for_a_day(send, registered, hook, cora):
    webhooks.new_secret(cora, registered.id)
    send(webhook_ids=[registered.id], channels=[])
    dispatch("webhook")
    assert (len(hook.messages), hook.forged) == (1, 0)
    db.session.execute(text("UPDATE webhooks SET old_secret_until = now() - interval '1 second'"))
    webhooks.test(cora, registered.id)
    dispatch("webhook")
    assert hook.forged == 1


def test_a_webhook_that_fails_is_called_again_under_the_same_id_and_every_call_is_in_the_log(send, registered, hook):
    run = send(webhook_ids=[registered.id], channels=[])
    hook.status = 500
    dispatch("webhook")
    assert states(run) == {("Their system", "webhook"): "waiting"}
    assert reasons() == ["Try 1: It answered with status 500. It is tried again."]
    hook.status = 204
    due_again()
    dispatch("webhook")
    assert states(run) == {("Their system", "webhook"): "sent"}
    assert len(hook.messages) == 1
    calls = db.session.execute(select(WebhookCall.outcome, WebhookCall.status).order_by(WebhookCall.at)).all()
    assert [tuple(call) for call in calls] == [("failed", 500), ("delivered", 204)]


def test_replay_sends_the_same_id_again(send, registered, hook, cora):
    send(webhook_ids=[registered.id], channels=[])
    dispatch("webhook")
    deliveries.send_again(cora, db.session.scalars(select(Delivery.id)).one())
    dispatch("webhook")
    assert (hook.calls, len(hook.messages)) == (2, 1)


def test_after_the_last_try_owner_and_administrators_are_told(send, registered, hook, cora, member):
    member(Role.ADMIN, "Ada")
    run = send(webhook_ids=[registered.id], channels=[])
    hook.status = 503
    for _ in range(10):
        due_again()
        dispatch("webhook")
    assert states(run) == {("Their system", "webhook"): "failed"}
    dispatch("notification")
    assert notices() == ["report.undelivered", "report.undelivered"]


def test_a_webhook_whose_name_now_leads_inside_is_blocked_and_not_called(send, registered, hook):
    run = send(webhook_ids=[registered.id], channels=[])
    outbound.use(frozenset())
    dispatch("webhook")
    assert hook.calls == 0
    assert states(run) == {("Their system", "webhook"): "failed"}
    assert db.session.scalars(select(WebhookCall.outcome)).all() == ["blocked"]


@pytest.mark.parametrize("answer", ["550 No such user", "451 Later"])
def test_what_a_mail_server_refuses_for_good_fails_and_what_it_puts_off_waits(send, cora, mail_server, answer):
    mail_server.box.answer = answer
    run = send(user_ids=[cora.user_id])
    dispatch("mail")
    assert states(run) == {("Cora", "mail"): "failed" if answer.startswith("5") else "waiting"}


def test_a_mail_server_that_is_down_loses_nothing(send, cora):
    postbox.use(MailSettings("127.0.0.1", 9, "none", "r@north.example"), "https://clinic.example")
    run = send(user_ids=[cora.user_id], channels=["mail", "notice"])
    dispatch("mail", "notification")
    assert states(run) == {("Cora", "mail"): "waiting", ("Cora", "notice"): "sent"}
    assert "cannot be reached" in reasons()[0]


def test_opening_the_report_is_on_the_receipt(send, cora, mail_server):
    run = send(user_ids=[cora.user_id])
    dispatch("mail")
    report_files.fetch(cora, report_runs.report_for(cora, run.id), "pdf")
    assert states(run) == {("Cora", "mail"): "opened"}
