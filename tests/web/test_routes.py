"""Every route against every role, and against things of somebody else: a route that this table does not know fails."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.clock import now
from app.core.ids import new_id
from app.core.passwords import hash_password
from app.core.permissions import Permission, Role, permissions_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Alert,
    ApiToken,
    CalendarEvent,
    Clinic,
    Delivery,
    ImportRun,
    Message,
    Passkey,
    Patient,
    Report,
    ReportRun,
    ReportSchedule,
    Result,
    Target,
    Task,
    UserSession,
    Wall,
    Webhook,
)
from app.services.organizations import create_user
from app.web.guard import PUBLIC, SIGNED_IN
from tests.fixtures.clients import PASSWORD

# Routes that name a thing: which thing. One that is missing here is not let through.
THINGS = {
    "alerts.acknowledge": "alert",
    "alerts.assign": "alert",
    "alerts.detail": "alert",
    "alerts.resolve": "alert",
    "alerts.take": "alert",
    "dashboards.clinic": "clinic",
    "dashboards.clinic_widget": "clinic",
    "api_dashboards.clinic": "clinic",
    "reports.show": "report",
    "reports.again": "report",
    "reports.cancel": "report",
    "reports.fetch": "report",
    "walls.revoke": "wall",
    "reports.hold": "report",
    "reports.release": "report",
    "report_library.detail": "saved",
    "report_library.run": "saved",
    "report_library.share": "saved",
    "report_library.drop": "saved",
    "schedules.detail": "schedule",
    "schedules.edit": "schedule",
    "schedules.change": "schedule",
    "schedules.set_state": "schedule",
    "schedules.run_now": "schedule",
    "deliveries.receipt": "delivery",
    "deliveries.again": "delivery",
    "webhooks.detail": "webhook",
    "webhooks.new_secret": "webhook",
    "webhooks.test": "webhook",
    "webhooks.set_state": "webhook",
    "webhooks.remove": "webhook",
    "api_analytics_reports.show": "saved",
    "api_analytics_reports.change": "saved",
    "api_analytics_reports.drop": "saved",
    "api_analytics_reports.export": "saved",
    "api_analytics_reports.schedule": "saved",
    "api_v1_reports.show": "saved",
    "api_v1_reports.change": "saved",
    "api_v1_reports.drop": "saved",
    "api_v1_reports.execute": "saved",
    "api_v1_reports.runs": "saved",
    "api_v1_reports.download": "saved",
    "api_v1_reports.run": "report",
    "api_v1_reports.cancel": "report",
    "api_v1_schedules.show": "schedule",
    "api_v1_schedules.change": "schedule",
    "api_v1_schedules.end": "schedule",
    "api_v1_schedules.run_now": "schedule",
    "walls.setup": "wall",
    "walls.add_page": "wall",
    "walls.remove_page": "wall",
    "walls.set_hours": "wall",
    "worklist.contact": "task",
    "worklist.finish": "task",
    "worklist.reopen": "task",
    "account.end_session": "session",
    "events.show": "event",
    "events.change": "event",
    "events.remove": "event",
    "targets.remove": "target",
    "users.show": "member",
    "users.change": "member",
    "users.disable": "member",
    "users.enable": "member",
    "users.password": "member",
    "users.second_factor": "member",
    "users.invite": "member",
    "second_factor.remove_passkey": "passkey",
    "account.revoke_token": "token",
    "imports.show": "import",
    "imports.cancel": "import",
    "imports.rejects": "import",
    "api_imports.show": "import",
}
# Routes that name a thing of the patient who is logged in; nobody else may use them at all.
OF_PATIENT = {"patient.message": "message", "patient.result": "result"}
# What a form needs so that it is not refused before its thing is looked for.
FIELDS = {"worklist.contact": {"outcome": "reached"}}
# What a program's body needs for the same.
BODIES = {
    "api_analytics_reports.change": {"title": "Mine"},
    "api_analytics_reports.schedule": {"frequency": "daily"},
    "api_v1_reports.change": {"title": "Mine"},
    "api_v1_schedules.change": {"name": "Mine"},
}

# Routes whose argument names a part of the product, the same in every organization.
PARTS = {
    "metrics.detail",
    "metrics.explain",
    "metrics.rows",
    "metrics.rows_csv",
    "api_metrics.figure",
    "api_v1_figures.topic",
}
PARTS |= {f"dashboards.{name}_widget" for name in ("admin", "analytics", "billing", "doctor", "patient")}
PARTS |= {"api_measures.report", "api_measures.individual"}
PARTS |= {"patient.done", "system_alerts.take"}  # alerts of the installation are closed to every organization
# What a platform admin may do who has picked no organization.
OF_THE_INSTALLATION = {Permission.ACCOUNT_USE, Permission.DASHBOARD_ADMIN, Permission.PLATFORM_READ}
# Routes whose arguments repeat what the body says: names of the sender's own, looked for in its organization alone.
SENT = {"fhir.create", "fhir.update"}


def _rules(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method) for rule in app.url_map.iter_rules() for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def _is_public(app: Flask, rule: Rule) -> bool:
    return rule.endpoint in PUBLIC or getattr(app.view_functions[rule.endpoint], "public", False)


def _guarded(app: Flask) -> list[tuple[Rule, str]]:
    return [(r, m) for r, m in _rules(app) if not _is_public(app, r) and r.endpoint not in SIGNED_IN]


def _path(rule: Rule, value: UUID) -> str:
    path = rule.rule
    path = path.replace("<any(revenue, appointments, patients, tasks, claims):topic>", "revenue")
    for argument in rule.arguments:
        for converter in ("uuid:", "string:", "path:", ""):
            path = path.replace(f"<{converter}{argument}>", str(value))
    return path


@pytest.fixture
def foreign(session, neighbour, make_person) -> dict[str, UUID]:
    """A thing of each kind that belongs to another organization, or to another person."""
    other = make_person(Role.ADMIN, email="other@south.example", places=[neighbour])
    at = now()
    login = {"id": new_id(), "token_digest": b"x", "user_id": other.user.id, "expires_at": at, "created_at": at}
    session.add(UserSession(**login, seen_at=at))
    token = ApiToken(**login | {"id": new_id()}, organization_id=neighbour.id, name="Theirs")
    session.add(token)
    key = {"credential_id": b"theirs", "public_key": b"theirs", "sign_count": 0, "name": "Theirs", "backed_up": False}
    passkey = Passkey(**key, id=new_id(), user_id=other.user.id, created_at=at)
    session.add(passkey)
    with tenant_scope(neighbour.id):
        clinic = Clinic(organization_id=neighbour.id, id=new_id(), name="Theirs", zone="UTC")
        run = ImportRun(
            organization_id=neighbour.id,
            id=new_id(),
            kind="fhir",
            name="theirs.ndjson",
            state="pending",
            counts={},
            checkpoint={},
            created_at=at,
        )
        day = at.date()
        report = ReportRun(
            organization_id=neighbour.id,
            id=new_id(),
            kind="clinic_operations",
            period_start=day,
            period_end=day,
            parameters={},
            state="pending",
            title="Theirs",
            formats=["pdf"],
            requested_name="Theirs",
            created_at=at,
        )
        base = {"organization_id": neighbour.id, "created_at": at}
        owned = base | {"owner_name": "Theirs", "updated_at": at}
        saved = Report(
            **owned,
            id=new_id(),
            kind="clinic_operations",
            title="Theirs",
            parameters={},
            formats=["pdf"],
            shared_user_ids=[],
            shared_roles=[],
        )
        schedule = ReportSchedule(
            **owned,
            id=new_id(),
            report_id=saved.id,
            name="Theirs",
            frequency="daily",
            at="09:00",
            zone="UTC",
            period="yesterday",
            formats=["pdf"],
            channels=["notice"],
            user_ids=[],
            roles=[],
            webhook_ids=[],
        )
        webhook = Webhook(**base, id=new_id(), name="Theirs", host="their.example", owner_name="Theirs")
        webhook.url, webhook.secret = "https://their.example", "whsec_c2VjcmV0"
        delivery = Delivery(
            **base, id=new_id(), run_id=report.id, channel="notice", name="Theirs", state="sent", message_key="theirs"
        )
        wall = Wall(
            organization_id=neighbour.id, id=new_id(), clinic_id=clinic.id, name="W", token_digest=b"w", created_at=at
        )
        alert = Alert(
            organization_id=neighbour.id,
            id=new_id(),
            clinic_id=clinic.id,
            rule="r",
            subject="s",
            severity="low",
            title="Theirs",
            evidence={},
            opened_at=at,
            seen_at=at,
        )
        task = Task(
            organization_id=neighbour.id,
            id=new_id(),
            clinic_id=clinic.id,
            kind="follow_up",
            created_day=day,
            due_day=day,
        )
        event = CalendarEvent(organization_id=neighbour.id, id=new_id(), kind="other", title="Theirs", starts_at=at)
        target = Target(organization_id=neighbour.id, id=new_id(), metric="revenue.collected", value=1)
        target.valid_from, target.set_by, target.set_at = day, "Theirs", at
        session.add(clinic)
        session.flush()
        session.add_all([run, report, wall, alert, task, event, target, saved, webhook])
        session.flush()
        session.add_all([schedule, delivery])
        session.commit()
    of_clinic = {"clinic": clinic.id, "wall": wall.id, "alert": alert.id, "task": task.id, "report": report.id}
    of_clinic |= {"event": event.id, "target": target.id, "member": other.memberships[0].id}
    of_clinic |= {"saved": saved.id, "schedule": schedule.id, "webhook": webhook.id, "delivery": delivery.id}
    return of_clinic | {"session": login["id"], "token": token.id, "import": run.id, "passkey": passkey.id}


@pytest.fixture
def ask(app, browser) -> Callable:
    """Sends a request to a rule as the person who is logged in; forms carry their token."""
    tokens: dict[str, str] = {}

    def send(rule: Rule, method: str, value: UUID | None = None):
        cookie = browser.get_cookie("mediconnect")
        if cookie and cookie.value not in tokens:
            tokens[cookie.value] = browser.form_token("/account")
        headers = {"X-CSRFToken": tokens[cookie.value]} if cookie and method != "GET" else {}
        sent = {"json": BODIES[rule.endpoint]} if rule.endpoint in BODIES else {"data": FIELDS.get(rule.endpoint)}
        return browser.open(_path(rule, value or uuid4()), method=method, headers=headers, **sent)

    return send


@pytest.fixture
def own_patient(organization, make_patient) -> Patient:
    """The record of the patient who logs in."""
    with tenant_scope(organization.id):
        patient = make_patient()
        db.session.commit()
    return patient


@pytest.fixture
def links(organization, make_practitioner, own_patient) -> dict[Role, dict[str, UUID]]:
    """Whom a login stands for, where a role needs it."""
    with tenant_scope(organization.id):
        doctor = make_practitioner()
        db.session.commit()
    return {Role.DOCTOR: {"practitioner_id": doctor.id}, Role.PATIENT: {"patient_id": own_patient.id}}


def test_every_route_says_who_may_use_it(app):
    silent = {
        rule.endpoint for rule, _ in _guarded(app) if not hasattr(app.view_functions[rule.endpoint], "permission")
    }
    assert silent == set()


def test_the_lists_of_open_routes_name_routes_that_exist(app):
    assert set(app.view_functions) >= PUBLIC | SIGNED_IN


def test_every_route_that_names_a_thing_is_in_the_table(app):
    unknown = {
        rule.endpoint
        for rule, _ in _guarded(app)
        if rule.arguments and rule.endpoint not in {*THINGS, *OF_PATIENT, *PARTS, *SENT}
    }
    assert unknown == set()


def test_a_route_that_says_nothing_lets_nobody_in(app, signed_in):
    def forgotten() -> str:
        return "anything"

    rule = app.url_rule_class("/forgotten", endpoint="forgotten", methods={"GET"})
    app.url_map.add(rule)
    app.view_functions["forgotten"] = forgotten
    try:
        assert signed_in.get("/forgotten").status_code == 403
    finally:
        del app.view_functions["forgotten"]
        app.url_map._rules.remove(rule)
        app.url_map._rules_by_endpoint.pop("forgotten")


def test_strangers_come_no_further_than_the_login(app, ask):
    for rule, method in _guarded(app):
        answer = ask(rule, method)
        program = rule.rule.startswith(("/api/", "/fhir"))
        expected = (401,) if program else (302, 303)
        assert answer.status_code in expected, (rule.rule, method)
        assert program or answer.location.startswith("/login"), rule.rule


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_may_use_what_its_permissions_say_and_nothing_else(app, browser, ask, make_person, links, role):
    person = make_person(role, email=f"{role}@north.example", **links.get(role, {}))
    browser.log_in(person.email)
    allowed = permissions_of(frozenset({role}))
    for rule, method in _guarded(app):
        status = ask(rule, method).status_code
        if app.view_functions[rule.endpoint].permission in allowed:
            assert 200 <= status < 500, (rule.rule, method, status)
            assert status not in (401, 403), (rule.rule, method, status)
        else:
            assert status == 403, (rule.rule, method, status)


def test_a_platform_admin_of_no_organization_comes_to_what_is_of_the_installation_and_no_further(app, browser, ask):
    create_user("platform@example.test", "Plat Form", hash_password(PASSWORD), platform_admin=True)
    browser.log_in("platform@example.test")
    opened = set()
    for rule, method in _guarded(app):
        answer = ask(rule, method)
        if app.view_functions[rule.endpoint].installation:
            assert answer.status_code not in (401, 403, 500), (rule.rule, method, answer.status_code)
            opened.add(rule.endpoint)
        elif method == "GET" and not rule.rule.startswith(("/api/", "/fhir")):
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/organization"), rule.rule
        else:
            assert answer.status_code == 403, (rule.rule, method, answer.status_code)
    assert {"dashboards.admin", "dashboards.admin_widget", "api_dashboards.admin"} <= opened
    assert all(app.view_functions[name].permission in OF_THE_INSTALLATION for name in opened)


def test_a_thing_of_somebody_else_answers_to_the_byte_like_one_that_does_not_exist(app, signed_in, ask, foreign):
    checked = 0
    for rule, method in _guarded(app):
        if rule.endpoint not in THINGS:
            continue
        answers = [ask(rule, method, value) for value in (foreign[THINGS[rule.endpoint]], uuid4())]
        assert [answer.status_code for answer in answers] == [404, 404], (rule.rule, method)
        bodies = [a.data.replace(a.headers["X-Request-ID"].encode(), b"id") for a in answers]
        assert bodies[0] == bodies[1], rule.rule
        assert {k: v for k, v in answers[0].headers if k != "X-Request-ID"} == {
            k: v for k, v in answers[1].headers if k != "X-Request-ID"
        }
        checked += 1
    assert checked >= len(THINGS)


def test_a_patient_finds_messages_and_results_of_others_as_little_as_what_does_not_exist(
    app, organization, browser, ask, make_person, make_patient, own_patient
):
    make_person(Role.PATIENT, email="own@north.example", patient_id=own_patient.id)
    browser.log_in("own@north.example")
    with tenant_scope(organization.id):
        theirs = {"organization_id": organization.id, "patient_id": make_patient("Other, Pat").id}
        message = Message(**theirs, sender="practice", sent_at=now(), local_day=now().date())
        result = Result(**theirs, status="final")
        db.session.add_all([message, result])
        db.session.commit()
    of_others = {"message": message.id, "result": result.id}
    for rule, method in _guarded(app):
        if rule.endpoint in OF_PATIENT:
            answers = [ask(rule, method, value) for value in (of_others[OF_PATIENT[rule.endpoint]], uuid4())]
            assert [answer.status_code for answer in answers] == [404, 404], rule.rule
            bodies = [a.data.replace(a.headers["X-Request-ID"].encode(), b"id") for a in answers]
            assert bodies[0] == bodies[1], rule.rule


def test_nothing_of_the_neighbour_changed_meanwhile(app, signed_in, ask, foreign, neighbour):
    for rule, method in _guarded(app):
        if rule.endpoint in THINGS and method != "GET":
            ask(rule, method, foreign[THINGS[rule.endpoint]])
    db.session.expire_all()
    assert db.session.get(UserSession, foreign["session"]).ended_at is None
    assert db.session.get(ApiToken, foreign["token"]).revoked_at is None
    with tenant_scope(neighbour.id):
        assert db.session.get(ImportRun, (neighbour.id, foreign["import"])).state == "pending"


def test_the_document_of_permissions_is_the_one_that_the_code_would_write(app, config):
    from app.cli.permissions import document
    from app.config import REPOSITORY

    written = (REPOSITORY / "docs" / "permissions.md").read_text()
    expected = document(app)
    assert written == expected, "run `mediconnect permissions`"
