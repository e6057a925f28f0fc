"""Ids of another organization in questions and bodies, wherever a route may read one: each answers as one that is none.

`test_routes.py` holds the ids in addresses. Here every page is asked with ids of every kind under every name that an id
goes by, and every form and document that carries ids is sent with an own one, a foreign one and one of nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from importlib import import_module
from inspect import isclass
from pkgutil import iter_modules
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import time_machine

import app.api
from app.api.schemas import Schema
from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role, permissions_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Alert,
    CalendarEvent,
    Clinic,
    Department,
    Medication,
    Patient,
    Practitioner,
    Report,
    ReportSchedule,
    Wall,
    Webhook,
)
from app.rollups.refresh import refresh
from tests.fixtures.clients import PASSWORD
from tests.web.test_routes import _guarded, _path

# The names under which ids of a kind travel in questions.
NAMES = {
    "clinic": ("clinic", "clinic_id", "clinics"),
    "department": ("department", "department_id", "departments"),
    "doctor": ("doctor", "doctor_id", "practitioner", "practitioner_id", "practitioners"),
    "patient": ("patient", "patient_id"),
    "report": ("report", "report_id", "template"),
    "user": ("user", "user_id", "created_by", "created_by_user_id", "who"),
    "organization": ("organization", "organization_id"),
}
ROLES = (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST)
REFUSED = (400, 403, 404, 422)  # as the address has it for what is not there; the same for both
THEIRS = "Southwind"  # stands in every name of the other organization's things


@pytest.fixture(autouse=True)
def standing() -> Iterator[None]:
    """The clock stands still, so that two answers differ by what was asked alone."""
    with time_machine.travel(datetime(2026, 6, 19, 15, tzinfo=UTC), tick=False):
        yield


def _things(organization_id: UUID, word: str, user_id: UUID) -> dict[str, UUID]:
    """One thing of each kind of an organization; `word` stands in their names."""
    at, base = now(), {"organization_id": organization_id}
    owned = base | {"owner_name": word, "created_at": at, "updated_at": at, "owner_id": user_id}
    clinic = Clinic(**base, id=new_id(), name=f"{word} clinic", zone="America/Chicago", opening_hours={})
    doctor = Practitioner(**base, id=new_id(), name=f"{word} doctor")
    patient = Patient(**base, id=new_id(), home_clinic_id=None)
    annex = Clinic(**base, id=new_id(), name=f"{word} annex", zone="America/Chicago", opening_hours={})
    db.session.add_all([clinic, annex, doctor, patient])  # a form has a choice of clinics where there are two
    db.session.flush()
    department = Department(**base, id=new_id(), clinic_id=clinic.id, name=f"{word} department")
    report = Report(
        **owned, id=new_id(), kind="clinic_operations", title=f"{word} report", parameters={"period": "last_month"},
        formats=["pdf"], shared_user_ids=[], shared_roles=[],
    )  # fmt: skip
    hook = Webhook(**base, created_at=at, id=new_id(), name=f"{word} hook", host="h.example", owner_name=word)
    hook.owner_id = user_id
    hook.url, hook.secret = "https://h.example", "whsec_c2VjcmV0"
    wall = Wall(
        **base, id=new_id(), clinic_id=clinic.id, name=f"{word} wall", token_digest=word.encode(), created_at=at
    )
    alert = Alert(
        **base, id=new_id(), clinic_id=clinic.id, rule="r", subject="s", severity="low", title=f"{word} alert",
        evidence={}, opened_at=at, seen_at=at,
    )  # fmt: skip
    event = CalendarEvent(**base, id=new_id(), kind="other", title=f"{word} event", starts_at=at)
    medicine = Medication(**base, id=new_id(), patient_id=patient.id, status="active", name=f"{word} medicine")
    made = {
        "clinic": clinic, "doctor": doctor, "patient": patient, "department": department, "report": report,
        "hook": hook, "wall": wall, "alert": alert, "event": event, "medicine": medicine,
    }  # fmt: skip
    db.session.add_all(made.values())
    db.session.flush()
    schedule = ReportSchedule(
        **owned, id=new_id(), report_id=report.id, name=f"{word} schedule", frequency="daily", at="09:00", zone="UTC",
        period="yesterday", formats=["pdf"], channels=["notice"], user_ids=[], roles=[], webhook_ids=[],
    )  # fmt: skip
    db.session.add(schedule)
    db.session.flush()
    ids = {name: row.id for name, row in (made | {"schedule": schedule}).items()}
    return ids | {"organization": organization_id, "user": user_id}


class Pair(NamedTuple):
    """Things of the own organization and of another, by kind."""

    own: dict[str, UUID]
    theirs: dict[str, UUID]


@pytest.fixture
def things(organization, neighbour, make_person, make_appointment) -> Pair:
    """The things of both organizations; an administrator owns the own ones."""
    admin = make_person(Role.ADMIN, email="admin@north.example")
    other = make_person(Role.ADMIN, email="other@south.example", places=[neighbour])
    found = []
    for place, word, person in ((organization, "Northwind", admin), (neighbour, THEIRS, other)):
        with tenant_scope(place.id):
            ids = _things(place.id, word, person.user.id) | {"member": person.memberships[0].id}
            db.session.commit()
        found.append(ids)
    with tenant_scope(organization.id):
        make_appointment(db.session.get_one(Clinic, (organization.id, found[0]["clinic"])), date(2026, 5, 12))
        db.session.commit()
    refresh(organization.id)
    return Pair(*found)


@pytest.fixture
def enter(browser, things, make_person) -> Callable[[Role], Any]:
    """Logs in as a role."""

    def as_role(role: Role):
        if role is Role.ADMIN:
            browser.log_in("admin@north.example")
            return browser
        links: dict[Role, dict[str, Any]] = {
            Role.DOCTOR: {"practitioner_id": things.own["doctor"]},
            Role.PATIENT: {"patient_id": things.own["patient"]},
            Role.CLINIC_STAFF: {"clinic_ids": [things.own["clinic"]]},
        }
        browser.log_in(make_person(role, email="one@north.example", **links.get(role, {})).email)
        return browser

    return as_role


# The token of a form, and the version of a card, which carries a digest of its address.
_OWN = rb'(?:(?:csrf_token" value|csrf-token" content|hx-ptag)="[^"]*")'


def _bare(answer: Any, *ids: UUID) -> tuple[int, bytes]:
    """Status and content without what differs between any two answers."""
    data = answer.data
    for each in (answer.headers["X-Request-ID"], *map(str, ids)):
        data = data.replace(each.encode(), b"id")
    return answer.status_code, re.sub(_OWN, b"", data)


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_an_id_of_another_organization_in_any_question_is_one_of_nothing(app, enter, things, role):
    visitor, allowed, read = enter(role), permissions_of(frozenset({role})), 0
    for rule, method in _guarded(app):
        if method != "GET" or app.view_functions[rule.endpoint].permission not in allowed:
            continue
        path = _address(rule, things.own)
        plain = _bare(visitor.get(path))
        for kind, names in NAMES.items():
            nothing, theirs = new_id(), things.theirs[kind]
            answers = [
                _bare(visitor.get(path, query_string=dict.fromkeys(names, str(one))), one) for one in (nothing, theirs)
            ]
            if not rule.endpoint.startswith("audit."):  # where each look adds a line
                assert answers[0] == answers[1], (path, kind)
            assert answers[0][0] == answers[1][0], (path, kind)
            assert THEIRS.encode() not in answers[1][1], (path, kind)
            read += answers[0] != plain
    assert read > 10  # ids that are really read, so that the comparison says something


@pytest.mark.parametrize("role", [Role.CLINIC_STAFF], ids=str)
def test_an_own_clinic_that_is_not_theirs_is_one_of_nothing(app, enter, things, organization, role):
    with tenant_scope(organization.id):
        other = Clinic(organization_id=organization.id, id=new_id(), name=THEIRS, zone="UTC", opening_hours={})
        db.session.add(other)
        db.session.commit()
        elsewhere = other.id
    visitor, allowed = enter(role), permissions_of(frozenset({role}))
    for rule, method in _guarded(app):
        if method != "GET" or app.view_functions[rule.endpoint].permission not in allowed:
            continue
        path = _address(rule, things.own | {"clinic": elsewhere} if "clinic_id" in rule.arguments else things.own)
        answers = [
            _bare(visitor.get(path, query_string=dict.fromkeys(NAMES["clinic"], str(one))), one)
            for one in (new_id(), elsewhere)
        ]
        if not rule.endpoint.startswith("audit."):
            assert answers[0] == answers[1], path
        assert THEIRS.encode() not in answers[1][1], path


def _address(rule: Any, own: Mapping[str, UUID]) -> str:
    """The address of a rule, of an own thing where it names one."""
    words = {"clinic_id": "clinic", "wall_id": "wall", "alert_id": "alert", "event_id": "event", "member_id": "member"}
    words |= {"report_id": "report", "schedule_id": "schedule", "webhook_id": "hook"}
    named = next((own[words[name]] for name in rule.arguments if name in words), None)
    if "key" in rule.arguments and named is None:
        return _path(rule, "attendance.booked" if "metric" in rule.rule else "booked")
    return _path(rule, named or new_id())


class Sent(NamedTuple):
    """A form or a document in which an id stands: `at` names its place, `whose` its kind."""

    role: Role
    method: str
    path: str  # {kind} is the id of an own thing
    body: Mapping[str, Any]
    at: str
    whose: str
    is_json: bool = False

    def filled(self, value: UUID) -> dict[str, Any]:
        """The body with an id in its place; a list where the place ends in []."""
        *outer, last = self.at.split(".")
        body = inner = dict(self.body)
        for name in outer:
            inner[name] = dict(inner.get(name, {}))
            inner = inner[name]
        inner[last.removesuffix("[]")] = [str(value)] if last.endswith("[]") else str(value)
        return body


_PERSON = {"email": "new@north.example", "name": "New Person", "roles": "clinic_staff"}
_DOCTOR = _PERSON | {"roles": "doctor"}
_EVENT = {"kind": "other", "title": "Painters", "start_day": "2026-06-22"}
_TARGET = {"metric": "attendance.no_show_rate", "value": "5", "since": "2026-06-22"}
_ASKED = {"type": "clinic_operations", "period": "last_month", "formats": "pdf", "title": "Mine", "size": "A4"}
_SAVED = {"title": "Mine", "report_type": "clinic_operations", "parameters": {"period": "last_month"}}
_SCHEDULE = {"frequency": "daily", "period": "yesterday", "formats": ["pdf"], "channels": ["notice"]}
_RANGE = {"start_date": "2026-05-01", "end_date": "2026-05-31"}
_A, _API, _V1 = Role.ADMIN, "/api/analytics/reports/", "/api/v1/reports/"
BODIES = (
    Sent(_A, "POST", "/users/", _PERSON, "clinics", "clinic"),
    Sent(_A, "POST", "/users/", _DOCTOR, "practitioner", "doctor"),
    Sent(_A, "POST", "/walls/", {"name": "Wall", "theme": "dark", "size": "normal"}, "clinic", "clinic"),
    Sent(_A, "POST", "/walls/{wall}/pages", {"board": "flow", "seconds": "30"}, "clinic", "clinic"),
    Sent(_A, "POST", "/alerts/{alert}/assign", {}, "user", "user"),
    Sent(_A, "POST", "/targets/", _TARGET, "clinic", "clinic"),
    Sent(_A, "POST", "/targets/", _TARGET, "practitioner", "doctor"),
    Sent(_A, "POST", "/events/", _EVENT, "clinic", "clinic"),
    Sent(_A, "POST", "/events/{event}", _EVENT, "clinic", "clinic"),
    Sent(_A, "POST", "/reports/new", _ASKED, "clinics", "clinic"),
    Sent(_A, "POST", "/reports/preview", _ASKED, "clinics", "clinic"),
    Sent(_A, "POST", "/reports/saved", _ASKED, "clinics", "clinic"),
    Sent(_A, "POST", "/reports/schedules/new", {"frequency": "daily", "at": "09:00", "period": "yesterday",
         "formats": "pdf", "channels": "notice", "zone": "UTC", "name": "Mine"}, "report", "report"),
    Sent(Role.PATIENT, "POST", "/patient/refill", {"note": ""}, "medicine", "medicine"),
    Sent(_A, "POST", _API, _SAVED, "parameters.filters.clinic_id", "clinic", True),
    Sent(_A, "POST", _API, _SAVED | {"is_scheduled": True, "schedule_config": _SCHEDULE},
         "schedule_config.user_ids[]", "user", True),
    Sent(_A, "POST", _API, _SAVED | {"is_scheduled": True, "schedule_config": _SCHEDULE | {"channels": []}},
         "schedule_config.webhook_ids[]", "hook", True),
    Sent(_A, "PATCH", _API + "{report}/", {"parameters": _SAVED["parameters"]}, "parameters.filters.clinic_id",
         "clinic", True),
    Sent(_A, "POST", _API + "{report}/schedule/", _SCHEDULE, "user_ids[]", "user", True),
    Sent(_A, "POST", _API + "{report}/schedule/", _SCHEDULE | {"channels": []}, "webhook_ids[]", "hook", True),
    Sent(_A, "POST", _V1, _SAVED, "shared_with_users[]", "user", True),
    Sent(_A, "POST", _V1, _SAVED, "parameters.filters.clinic_id", "clinic", True),
    Sent(_A, "PATCH", _V1 + "{report}", {}, "shared_with_users[]", "user", True),
    Sent(_A, "POST", _V1 + "schedules", _SCHEDULE, "report_id", "report", True),
    Sent(_A, "PATCH", _V1 + "schedules/{schedule}", {}, "user_ids[]", "user", True),
    Sent(_A, "PATCH", _V1 + "schedules/{schedule}", {"channels": []}, "webhook_ids[]", "hook", True),
    Sent(_A, "POST", _V1 + "analytics/appointments", _RANGE, "clinic_id", "clinic", True),
    Sent(_A, "POST", "/api/v1/measures/cms165/report", {"year": 2026}, "patient", "patient", True),
)  # fmt: skip


def _send(visitor: Any, sent: Sent, own: Mapping[str, UUID], value: UUID, token: str) -> Any:
    body = sent.filled(value)
    how = {"json": body} if sent.is_json else {"data": body}
    return visitor.open(sent.path.format(**own), method=sent.method, headers={"X-CSRFToken": token}, **how)


@pytest.mark.parametrize("sent", BODIES, ids=lambda one: f"{one.method} {one.path} {one.at}")
def test_an_id_of_another_organization_in_a_body_is_one_of_nothing(enter, things, sent):
    visitor = enter(sent.role)
    token, nothing, theirs = visitor.form_token("/account"), new_id(), things.theirs[sent.whose]
    refused = [_send(visitor, sent, things.own, value, token) for value in (nothing, theirs)]
    answers = [_bare(answer, value) for answer, value in zip(refused, (nothing, theirs), strict=True)]
    assert answers[0] == answers[1]
    assert refused[1].status_code in REFUSED, refused[1].text[:300]
    assert THEIRS not in refused[1].text
    own = _send(visitor, sent, things.own, things.own[sent.whose], token)
    assert own.status_code < 400, own.text[:300]  # so it was the id that was refused


def test_an_organization_of_others_cannot_be_picked_nor_asked_for(enter, things, program):
    visitor = enter(Role.ADMIN)
    token = visitor.form_token("/account")
    answers = []
    for value in (new_id(), things.theirs["organization"]):
        picked = visitor.post("/organization", data={"organization": str(value), "csrf_token": token})
        sent = {"email": "admin@north.example", "password": PASSWORD, "organization": str(value)}
        asked = program.post("/api/auth/token", json=sent)
        answers.append((_bare(picked, value), _bare(asked, value)))
    assert answers[0] == answers[1]
    assert answers[0][1][0] == 422
    assert visitor.get("/api/auth/me").json["organization"]["id"] == str(things.own["organization"])


def test_every_id_that_a_program_may_send_is_tried():
    tried = {name for names in NAMES.values() for name in names}
    tried |= {sent.at.rpartition(".")[2].removesuffix("[]") for sent in BODIES if sent.is_json}
    found = set()
    for module in iter_modules(app.api.__path__, "app.api."):
        for schema in vars(import_module(module.name)).values():
            if isclass(schema) and issubclass(schema, Schema) and schema.__name__.endswith("In"):
                found |= {name for name, field in schema.model_fields.items() if "UUID" in str(field.annotation)}
    assert found
    assert found - tried == set()
