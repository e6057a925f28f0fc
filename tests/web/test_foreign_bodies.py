"""What others own, in bodies that no table of ids covers: screens, schedules of colleagues, messages, FHIR resources.

Beside `test_foreign_ids.py`: here the answer depends on more than an id, or the body is no form of ours.
"""

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Appointment, Clinic, Message, Patient, Report, ReportRun, ReportSchedule, Wall
from app.services import wall_pairing

SECRET_NAME = "Southwind"


@pytest.fixture
def foreign_clinic(session, neighbour) -> Clinic:
    with tenant_scope(neighbour.id):
        clinic = Clinic(organization_id=neighbour.id, id=new_id(), name=SECRET_NAME, zone="UTC", opening_hours={})
        db.session.add(clinic)
        db.session.commit()
    return clinic


def walls(organization) -> int:
    with tenant_scope(organization.id):
        return db.session.scalar(select(func.count()).select_from(Wall)) or 0


@pytest.mark.parametrize("role", [Role.ADMIN, Role.CLINIC_STAFF], ids=str)
def test_a_screen_is_paired_with_an_own_clinic_alone(
    browser, make_person, organization, make_clinic, foreign_clinic, role
):
    with tenant_scope(organization.id):
        own, other = make_clinic(), make_clinic(name=SECRET_NAME)
        db.session.commit()
    limited = {} if role is Role.ADMIN else {"clinic_ids": [own.id]}
    browser.log_in(make_person(role, **limited).email)
    code = wall_pairing.code_for(wall_pairing.new_secret(), "192.0.2.7")
    fields = {"code": code, "name": "Lobby", "theme": "dark", "size": "normal"}
    strangers = [new_id(), foreign_clinic.id, *([other.id] if limited else [])]
    answers = [browser.send("/walls/pair", "/walls/pair", **fields, clinic=str(one)) for one in strangers]
    assert {(answer.status_code, answer.text.count("There is no such clinic.") > 0) for answer in answers} == {
        (422, True)
    }
    assert all(foreign_clinic.name not in answer.text for answer in answers if limited)
    assert walls(organization) == 0
    paired = browser.send("/walls/pair", "/walls/pair", **fields, clinic=str(own.id))
    assert (paired.status_code, walls(organization)) == (303, 1)  # a refusal has not spent the code


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.BILLING_STAFF, Role.ANALYST, Role.PATIENT], ids=str)
def test_who_may_not_make_walls_pairs_none(browser, make_person, organization, make_clinic, role):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    browser.log_in(make_person(role).email)
    code = wall_pairing.code_for(wall_pairing.new_secret(), "192.0.2.7")
    fields = {"code": code, "name": "Lobby", "theme": "dark", "size": "normal", "clinic": str(clinic.id)}
    assert browser.get("/walls/pair").status_code == 403
    assert browser.send("/walls/pair", "/account", **fields).status_code == 403
    assert walls(organization) == 0


@pytest.fixture
def bosses(organization, admin, make_clinic):
    """A schedule of the administrator; `user_ids` says who gets what it makes."""

    def make(*user_ids) -> ReportSchedule:
        with tenant_scope(organization.id):
            mine = {"organization_id": organization.id, "owner_id": admin.user.id, "owner_name": "Boss"}
            mine |= {"created_at": now(), "updated_at": now()}
            report = Report(
                **mine, id=new_id(), kind="clinic_operations", title="Month", parameters={"period": "last_month"},
                formats=["pdf"], shared_user_ids=list(user_ids), shared_roles=[], clinic_id=make_clinic().id,
            )  # fmt: skip
            db.session.add(report)
            db.session.flush()
            schedule = ReportSchedule(
                **mine, id=new_id(), report_id=report.id, name="Every day", frequency="daily", at="09:00", zone="UTC",
                period="yesterday", formats=["pdf"], channels=["notice"], user_ids=list(user_ids), roles=[],
                webhook_ids=[],
            )  # fmt: skip
            db.session.add(schedule)
            db.session.commit()
        return schedule

    return make


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.BILLING_STAFF, Role.ANALYST, Role.CLINIC_STAFF], ids=str)
@pytest.mark.parametrize("gets_it", [False, True], ids=["a stranger", "a recipient"])
def test_nobody_changes_a_colleagues_schedule(browser, make_person, organization, bosses, make_clinic, role, gets_it):
    with tenant_scope(organization.id):
        elsewhere = make_clinic(name="Elsewhere")
        db.session.commit()
    more = {"clinic_ids": [elsewhere.id]} if role is Role.CLINIC_STAFF else {}
    person = make_person(role, **more)
    schedule = bosses(*([person.user.id] if gets_it else []))
    browser.log_in(person.email)
    page, api = f"/reports/schedules/{schedule.id}", f"/api/v1/reports/schedules/{schedule.id}"
    token = {"X-CSRFToken": browser.form_token("/account")}
    form = {"frequency": "weekly", "at": "10:00", "zone": "UTC", "period": "yesterday", "name": "Mine now"}
    answers = {
        "edit": browser.get(f"{page}/edit"),
        "form": browser.post(f"{page}/edit", data=form, headers=token),
        "pause": browser.post(f"{page}/state", data={"state": "paused"}, headers=token),
        "run": browser.post(f"{page}/run", headers=token),
        "patch": browser.patch(api, json={"name": "Mine now"}, headers=token),
        "delete": browser.delete(api, headers=token),
        "start": browser.post(f"{api}/run", headers=token),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        answers, 403 if gets_it else 404
    )
    assert browser.get(page).status_code == (200 if gets_it else 404)
    with tenant_scope(organization.id):
        kept = db.session.get_one(ReportSchedule, (organization.id, schedule.id))
        db.session.refresh(kept)
        assert (kept.name, kept.frequency, kept.state, kept.deleted_at) == ("Every day", "daily", "active", None)
        assert db.session.scalar(select(func.count()).select_from(ReportRun)) == 0


def message_of(organization_id, patient: Patient) -> Message:
    letter = Message(
        organization_id=organization_id, id=new_id(), patient_id=patient.id, sender="practice", sent_at=now(),
        local_day=date(2026, 6, 19),
    )  # fmt: skip
    letter.subject, letter.body = SECRET_NAME, SECRET_NAME
    db.session.add(letter)
    return letter


def test_a_patient_reads_and_answers_own_messages_alone(browser, make_person, organization, neighbour, make_patient):
    with tenant_scope(organization.id):
        me, other = make_patient("Own, Olga"), make_patient("Other, Otto")
        mine, theirs = message_of(organization.id, me), message_of(organization.id, other)
        db.session.commit()
    with tenant_scope(neighbour.id):
        foreign = Patient(organization_id=neighbour.id, id=new_id())
        db.session.add(foreign)
        db.session.flush()
        far = message_of(neighbour.id, foreign)
        db.session.commit()
    browser.log_in(make_person(Role.PATIENT, patient_id=me.id).email)
    fields = {"subject": "Thank you", "body": "I have read it."}
    for message_id in (new_id(), theirs.id, far.id):
        read = browser.get(f"/patient/messages/{message_id}")
        written = browser.send("/patient/messages/", "/patient/messages/new", answers=str(message_id), **fields)
        assert (read.status_code, written.status_code) == (404, 404)
        assert SECRET_NAME not in read.text + written.text
    assert SECRET_NAME in browser.get(f"/patient/messages/{mine.id}").text
    answered = browser.send("/patient/messages/", "/patient/messages/new", answers=str(mine.id), **fields)
    assert answered.status_code == 303
    with tenant_scope(organization.id):
        sent = db.session.scalars(select(Message).where(Message.sender == "patient")).all()
        assert [(one.patient_id, one.in_reply_to_id) for one in sent] == [(me.id, mine.id)]
        assert db.session.get_one(Message, (organization.id, theirs.id)).read_at is None


def visit(name: str, patient: str, location: str = "L1") -> dict:
    start = now().replace(minute=0, second=0, microsecond=0)
    actors = [{"actor": {"reference": one}, "status": "accepted"} for one in (patient, f"Location/{location}")]
    return {
        "resourceType": "Appointment", "id": name, "status": "booked", "participant": actors,
        "start": start.isoformat(), "end": (start + timedelta(minutes=30)).isoformat(),
    }  # fmt: skip


@pytest.fixture
def push(program, bearer):
    def send(body: dict, path: str, method: str = "PUT"):
        return program.open(
            path, method=method, data=json.dumps(body), content_type="application/fhir+json", headers=bearer
        )

    return send


@pytest.fixture
def pushed(program, push, neighbour, make_person):
    """Both organizations have a clinic L1 and a patient P1 of the same source names; gives the neighbour's patient."""
    other = make_person(Role.ADMIN, email="admin@south.example", places=[neighbour])
    asked = {"email": other.email, "password": "tall green lamps sing"}
    theirs = {"Authorization": f"Bearer {program.post('/api/auth/token', json=asked).json['access_token']}"}
    place = {"resourceType": "Location", "id": "L1", "status": "active", "name": "Downtown"}
    person = {"resourceType": "Patient", "id": "P1", "gender": "female", "birthDate": "1980-05-17"}
    for body in (place, person):
        path = f"/fhir/{body['resourceType']}/{body['id']}"
        assert push(body, path).status_code == 201
        given = json.dumps(body)
        kind = "application/fhir+json"
        assert program.put(path, data=given, content_type=kind, headers=theirs).status_code == 201
    with tenant_scope(neighbour.id):
        return db.session.scalars(select(Patient)).one()


def test_a_reference_means_a_record_of_ones_own_source_never_a_row_of_others(push, pushed, organization, neighbour):
    """The id of another organization's row is a name that nobody has given here: it waits, as any unknown one does."""
    answers = {
        patient: push(visit(name, f"Patient/{patient}"), f"/fhir/Appointment/{name}")
        for name, patient in (("A1", "P1"), ("A2", str(pushed.id)), ("A3", str(new_id())))
    }
    assert {answer.status_code for answer in answers.values()} == {201}
    foreign, nothing = (answers[name].json for name in list(answers)[1:])
    assert foreign == nothing
    with tenant_scope(organization.id):
        mine = db.session.scalars(select(Patient)).one()
        found = db.session.scalars(select(Appointment).order_by(Appointment.id)).all()
        assert [one.patient_id for one in found] == [mine.id, None, None]
        assert mine.id != pushed.id
    with tenant_scope(neighbour.id):
        assert db.session.scalar(select(func.count()).select_from(Appointment)) == 0


def test_another_patients_id_in_a_body_changes_neither(push, pushed, organization, neighbour):
    second = {"resourceType": "Patient", "id": "P2", "gender": "male", "birthDate": "1990-01-01"}
    assert push(second, "/fhir/Patient/P2").status_code == 201
    swapped = push(second | {"gender": "female"}, "/fhir/Patient/P1")
    assert swapped.status_code == 400
    assert swapped.json["issue"][0]["diagnostics"] == "the address names another id"
    by_row = push(second | {"id": str(pushed.id)}, f"/fhir/Patient/{pushed.id}")
    assert by_row.status_code == 201  # a new patient of one's own under that name
    with tenant_scope(organization.id):
        people = db.session.execute(select(Patient.sex, Patient.birth_date).order_by(Patient.id)).all()
        assert people == [("female", date(1980, 5, 17)), ("male", date(1990, 1, 1)), ("male", date(1990, 1, 1))]
    with tenant_scope(neighbour.id):
        kept = db.session.scalars(select(Patient)).one()
        assert (kept.id, kept.sex, kept.birth_date) == (pushed.id, "female", date(1980, 5, 17))
