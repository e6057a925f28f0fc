"""Every route against every role, and against things of somebody else: a route that this table does not know fails."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role, permissions_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Alert,
    ApiToken,
    Clinic,
    Delivery,
    ImportRun,
    Report,
    ReportRun,
    ReportSchedule,
    Task,
    UserSession,
    Wall,
    Webhook,
)
from app.web.guard import PUBLIC, SIGNED_IN

# Routes that name a thing: which thing. One that is missing here is not let through.
THINGS = {
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
    "account.revoke_token": "token",
    "imports.show": "import",
    "imports.cancel": "import",
    "imports.rejects": "import",
    "api_imports.show": "import",
}
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
PARTS |= {"dashboards.billing_widget"}
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
        session.add(clinic)
        session.flush()
        session.add_all([run, report, wall, alert, task, saved, webhook])
        session.flush()
        session.add_all([schedule, delivery])
        session.commit()
    of_clinic = {"clinic": clinic.id, "wall": wall.id, "alert": alert.id, "task": task.id, "report": report.id}
    of_clinic |= {"saved": saved.id, "schedule": schedule.id, "webhook": webhook.id, "delivery": delivery.id}
    return of_clinic | {"session": login["id"], "token": token.id, "import": run.id}


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


def test_every_route_says_who_may_use_it(app):
    silent = {
        rule.endpoint for rule, _ in _guarded(app) if not hasattr(app.view_functions[rule.endpoint], "permission")
    }
    assert silent == set()


def test_the_lists_of_open_routes_name_routes_that_exist(app):
    assert set(app.view_functions) >= PUBLIC | SIGNED_IN


def test_every_route_that_names_a_thing_is_in_the_table(app):
    unknown = {
        rule.endpoint for rule, _ in _guarded(app) if rule.arguments and rule.endpoint not in {*THINGS, *PARTS, *SENT}
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
def test_a_role_may_use_what_its_permissions_say_and_nothing_else(app, browser, ask, make_person, role):
    person = make_person(role, email=f"{role}@north.example")
    browser.log_in(person.email)
    allowed = permissions_of(frozenset({role}))
    for rule, method in _guarded(app):
        status = ask(rule, method).status_code
        if app.view_functions[rule.endpoint].permission in allowed:
            assert 200 <= status < 500, (rule.rule, method, status)
            assert status not in (401, 403), (rule.rule, method, status)
        else:
            assert status == 403, (rule.rule, method, status)


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
