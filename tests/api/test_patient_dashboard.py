"""The patient dashboard: every field from records, and for each viewer only what is theirs to see."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import event

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Allergy,
    AppointmentType,
    AuditEvent,
    Availability,
    Claim,
    ClinicalOrder,
    Condition,
    Coverage,
    Dispense,
    Dose,
    Encounter,
    Goal,
    Medication,
    Message,
    Observation,
    Patient,
    Preparation,
    Result,
    Task,
)
from app.models.keyring import keyring
from app.rollups.refresh import refresh
from app.web.dashboards.patient import WIDGETS
from tests.api.seeds import example, missing, unexplained

PATH = "/api/dashboard/patient/"
NOW = datetime(2026, 6, 19, 15, tzinfo=UTC)  # a Friday, 10:00 in Chicago
TODAY = date(2026, 6, 19)
SECRETS = ("Hypertension", "Penicillin", "Lisinopril", "Lipid panel", "CBC", "Well done", "Eat less salt", "130/85")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(organization, session, make_clinic, make_practitioner, make_patient, make_appointment, make_invoice):
    """John Doe with one record of each kind, each with a number that can be told by hand."""
    with tenant_scope(organization.id):
        clinic = make_clinic(line="1 Sample Street", city="Chicago", phone="+1 312 555 0100")
        doctor = make_practitioner("Johnson, Sarah", specialty="Cardiology")
        john = make_patient(
            "Doe, John",
            home_clinic_id=clinic.id,
            practitioner_id=doctor.id,
            birth_date=date(1979, 6, 20),
            auto_pay=True,
        )
        john.contact, john.record_number = '{"phone": "+1 312 555 0199", "email": null}', "MC-1"
        john.record_number_index = keyring(organization.id).blind("record_number_index", "MC-1")
        kind = _store(AppointmentType, organization, name="Follow-up", minutes=30)
        _store(Preparation, organization, appointment_type_id=kind.id, text="Bring your log")
        make = {"patient_id": john.id, "practitioner_id": doctor.id}
        for days, at in ((1, time(10)), (16, time(14))):
            make_appointment(
                clinic, TODAY + timedelta(days=days), "booked", at, 30, **make, appointment_type_id=kind.id
            )
        _diary(organization, clinic, doctor)
        _chart(organization, john, doctor)
        make_invoice(clinic, TODAY - timedelta(days=9), "150.00", patient_id=john.id, balance=Decimal("25.00"))
        _store(Coverage, organization, patient_id=john.id, payer="HealthCare Plus", status="active", policy="HP1")
        db.session.commit()
    return {"clinic": clinic, "doctor": doctor, "john": john}


def _store(model, organization, **values):
    """Stores a record; texts of sealed columns are sealed once it has an id."""
    texts = {name: values.pop(name) for name in list(values) if hasattr(model, f"{name}_sealed")}
    row = model(organization_id=organization.id, id=new_id(), **values)
    db.session.add(row)
    db.session.flush()
    for name, text in texts.items():
        setattr(row, name, text)
    db.session.flush()
    return row


def _diary(organization, clinic, doctor) -> None:
    """Open on Monday from 9:00 to 10:00 in half hours; the first half is taken by a block."""
    nine = datetime(2026, 6, 22, 14, tzinfo=UTC)
    where = {"clinic_id": clinic.id, "practitioner_id": doctor.id, "local_day": nine.date()}
    half, hour = timedelta(minutes=30), timedelta(hours=1)
    _store(Availability, organization, **where, kind="open", starts_at=nine, ends_at=nine + hour, minutes=60, slots=2)
    _store(Availability, organization, **where, kind="blocked", starts_at=nine, ends_at=nine + half, minutes=30)


def _chart(organization, john, doctor) -> None:
    own = {"patient_id": john.id}
    by = own | {"practitioner_id": doctor.id}
    _store(Condition, organization, **own, name="Hypertension", kind="hypertension", status="active")
    _store(Allergy, organization, **own, allergen="Penicillin", severity="severe", reaction="Hives", status="active")
    for days, upper, lower in ((80, 150, 100), (5, 130, 85)):
        at = NOW - timedelta(days=days)
        reading = {"kind": "blood_pressure", "status": "final", "observed_at": at, "unit": "mm[Hg]"}
        _store(Observation, organization, **own, **reading, systolic=upper, diastolic=lower)
    targets = {"targets": [{"kind": "systolic", "high": 130}, {"kind": "diastolic", "high": 80}]}
    since = TODAY - timedelta(days=90)
    aim = {"status": "active", "starts_on": since, "due_day": TODAY + timedelta(days=30), "targets": targets}
    _store(Goal, organization, **own, **aim, title="Blood pressure", actions='["Eat less salt"]')
    until = TODAY + timedelta(days=5)
    pills = {"status": "active", "doses_per_day": 1, "dose_times": {"times": ["20:00"]}, "covered_until": until}
    taken = _store(Medication, organization, **by, **pills, name="Lisinopril", dosage="10 mg", prescribed_day=since)
    supply = {"status": "completed", "local_day": TODAY, "days_supply": 6, "runs_out": until}
    _store(Dispense, organization, **own, medication_id=taken.id, **supply)
    _store(Dose, organization, **own, medication_id=taken.id, status="missed", due_at=NOW - timedelta(days=1))
    soon = NOW + timedelta(days=2)
    fasting = {"fasting": True, "preparation_hours": 12, "place": "Laboratory"}
    _store(ClinicalOrder, organization, **own, **fasting, status="active", scheduled_at=soon, name="Lipid panel")
    _store(Result, organization, **own, status="final", issued_at=NOW, name="CBC", summary="Normal")
    sent = {"sent_at": NOW, "local_day": TODAY}
    _store(Message, organization, **by, **sent, sender="practice", subject="Readings", body="Well done")
    done = {"status": "finished", "local_day": since, "starts_at": NOW - timedelta(days=90)}
    _store(Encounter, organization, **by, **done, summary="Checked", actions='["Come back"]')


@pytest.fixture
def enter(browser, make_person):
    """Logs a person of a role in: `enter(Role.DOCTOR, practitioner_id=...)`."""

    def log_in(role: Role, **more):
        browser.log_in(make_person(role, email=f"{role}@north.example", **more).email)
        return browser

    return log_in


@pytest.fixture
def john(enter, world):
    return enter(Role.PATIENT, patient_id=world["john"].id)


def test_every_field_of_the_specification_is_answered(john):
    answer = john.get(PATH)
    assert answer.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []
    assert unexplained(example("dashboards-module.md", PATH), answer.json) == []


def test_every_null_has_its_reason(john):
    def nulls(value, path=""):
        if value is None:
            yield path.lstrip(".")
        elif isinstance(value, dict):
            for name, each in value.items():
                yield from nulls(each, f"{path}.{name}")
        elif isinstance(value, list):
            for number, each in enumerate(value):
                yield from nulls(each, f"{path}[{number}]")

    answer = john.get(PATH).json
    told = {name: value for name, value in answer.items() if name not in ("reasons", "loading")}
    assert set(nulls(told)) - {"patient_info.contact.email"} == set(answer["reasons"])


def test_the_patient_and_who_treats_and_insures_them(john, world):
    info = john.get(PATH).json["patient_info"]
    assert (info["name"], info["age"], info["date_of_birth"]) == ("John Doe", 46, "1979-06-20")  # 47 tomorrow
    assert info["primary_doctor"] == {
        "id": str(world["doctor"].id),
        "name": "Dr. Sarah Johnson",
        "specialization": "Cardiology",
        "next_available": "2026-06-22T14:30:00+00:00",
    }
    assert info["insurance_info"] == {
        "provider": "HealthCare Plus",
        "policy_number": "HP1",
        "coverage_status": "active",
    }


def test_the_next_visit_with_what_to_do_before_it(john):
    care = john.get(PATH).json["upcoming_care"]
    visit = care["next_appointment"]
    assert (visit["doctor"], visit["date"]) == ("Dr. Sarah Johnson", "2026-06-20T15:00:00+00:00")
    assert (visit["type"], visit["location"], visit["estimated_duration"]) == ("Follow-up", "Downtown", 30)
    assert visit["preparation"] == ["Bring your log"]
    assert [each["date"] for each in care["upcoming_appointments"]] == ["2026-07-05T19:00:00+00:00"]
    assert care["scheduled_tests"] == [
        {
            "test_name": "Lipid panel",
            "scheduled_date": "2026-06-21T15:00:00+00:00",
            "location": "Laboratory",
            "fasting_required": True,
            "preparation_time": "12 hours",
        }
    ]


def test_health_medicines_and_goals(john):
    answer = john.get(PATH).json
    (condition,) = answer["health_summary"]["current_conditions"]
    assert (condition["status"], condition["last_reading"]["value"]) == ("managed", "130/85 mmHg")
    assert condition["last_reading"]["status"] == "improving"
    assert answer["health_summary"]["vital_signs"]["blood_pressure"] == "130/85 mmHg"
    assert answer["health_summary"]["vital_signs"]["heart_rate"] is None
    (medicine,) = answer["medications"]["current"]
    assert (medicine["frequency"], medicine["next_refill"], medicine["remaining_doses"]) == (
        "Once daily",
        "2026-06-24",
        6,
    )
    assert answer["medications"]["reminders"] == [
        {"medication": "Lisinopril", "next_dose": "2026-06-20T01:00:00+00:00", "missed_doses": 1}
    ]
    (goal,) = answer["health_goals"]
    assert (goal["target"], goal["current"], goal["progress"]) == ("< 130/80 mmHg", "130/85 mmHg", 0.75)


def test_money_and_what_is_due(john):
    bill = john.get(PATH).json["billing_summary"]
    assert (bill["outstanding_balance"], bill["payment_due_date"], bill["auto_pay_enabled"]) == (
        "25.00",
        "2026-07-10",
        True,
    )
    (charge,) = bill["recent_charges"]
    assert (charge["amount"], charge["insurance_covered"], charge["patient_responsibility"]) == (
        "150.00",
        "0.00",
        "150.00",
    )


def test_what_the_insurer_decides_about_is_not_yet_owed(john, organization, make_invoice, world):
    with tenant_scope(organization.id):
        owed = {"patient_id": world["john"].id, "balance": Decimal("40.00")}
        invoice = make_invoice(world["clinic"], TODAY - timedelta(days=20), "40.00", **owed)
        sent = {"clinic_id": world["clinic"].id, "submitted_day": TODAY, "status": "pending"}
        _store(Claim, organization, invoice_id=invoice.id, amount=Decimal("40.00"), **sent)
        db.session.commit()
    page = john.get("/patient/").text
    assert "You owe $25.00" in page
    assert "Due 10 Jul 2026." in page
    assert "$40.00 more is with the insurer, who has not decided yet." in page
    bill = john.get(PATH).json["billing_summary"]
    assert (bill["outstanding_balance"], bill["payment_due_date"]) == ("65.00", "2026-06-29")


def test_what_waits_for_the_patient_is_counted_until_it_is_opened(john):
    def counts():
        actions = {each["action"]: each for each in john.get(PATH).json["quick_actions"]}
        return actions["view_results"]["new_results"], actions["message_doctor"]["unread_count"]

    assert counts() == (1, 1)
    activity = john.get(PATH).json["recent_activity"]
    assert "CBC" in john.get(activity["test_results"][0]["view_url"]).text
    assert "Well done" in john.get(f"/patient/messages/{activity['messages'][0]['id']}").text
    assert counts() == (0, 0)


def test_every_action_leads_to_a_page(john):
    for action in john.get(PATH).json["quick_actions"]:
        assert john.get(action["url"]).status_code == 200, action


def born(world, name="Doe", day="1979-06-20", **more):
    return {"name": name, "born": day} | more


def test_staff_find_a_patient_by_name_and_date_of_birth(enter, world, organization, make_patient):
    staff, page = enter(Role.CLINIC_STAFF), "/patient/"
    opened = f"/patient/?patient_id={world['john'].id}"
    for name in ("Doe", "john", "JOH doe", "Doe, John"):
        assert staff.send("/patient/find-named", page, **born(world, name)).location == opened, name
    for wrong in ({"name": "Smith"}, {"day": "1979-06-21"}, {"name": "oe"}):
        refused = staff.send("/patient/find-named", page, **born(world, **wrong))
        assert refused.status_code == 422
        assert "No record of yours has this name and date of birth." in refused.text
    assert "Write the date of birth." in staff.send("/patient/find-named", page, **born(world, day="")).text
    with tenant_scope(organization.id):
        make_patient("Döe, Jane", birth_date=date(1979, 6, 20))
        db.session.commit()
    listed = staff.send("/patient/find-named", page, **born(world))
    assert listed.status_code == 200
    assert listed.text.index("Doe, John") < listed.text.index("Döe, Jane")
    with tenant_scope(organization.id):
        assert db.session.query(AuditEvent).filter_by(action="patient.find").count() == 2


def test_nobody_finds_by_name_whose_record_is_not_theirs_to_open(enter, world, organization, make_clinic):
    with tenant_scope(organization.id):
        elsewhere = make_clinic(name="Elsewhere")
        db.session.commit()
    staff = enter(Role.CLINIC_STAFF, clinic_ids=[elsewhere.id])
    assert staff.send("/patient/find-named", "/patient/", **born(world)).status_code == 422


@pytest.mark.parametrize("role", [Role.ANALYST, Role.BILLING_STAFF, Role.PATIENT])
def test_who_reads_no_records_finds_nobody(enter, world, role):
    assert enter(role).send("/patient/find-named", "/account", **born(world)).status_code == 403


VIEWS = [
    (Role.ADMIN, {}, "whole"),
    (Role.DOCTOR, {"practitioner_id": "own"}, "whole"),
    (Role.DOCTOR, {"practitioner_id": "other"}, 404),
    (Role.CLINIC_STAFF, {"clinic_ids": "own"}, "limited"),
    (Role.CLINIC_STAFF, {"clinic_ids": "other"}, 404),
    (Role.PATIENT, {"patient_id": "other"}, 404),
    (Role.PATIENT, {}, 404),
    (Role.BILLING_STAFF, {}, 403),
    (Role.ANALYST, {}, 403),
    (Role.PLATFORM_ADMIN, {}, 403),
]


@pytest.fixture
def links(world, organization, make_clinic, make_practitioner, make_patient):
    """What a login may be linked to, of John's own and of others."""
    with tenant_scope(organization.id):
        found = {
            ("practitioner_id", "own"): world["doctor"].id,
            ("practitioner_id", "other"): make_practitioner("Other, Ann").id,
            ("clinic_ids", "own"): [world["clinic"].id],
            ("clinic_ids", "other"): [make_clinic("Elsewhere").id],
            ("patient_id", "other"): make_patient("Other, Pat").id,
        }
        db.session.commit()
    return found


@pytest.mark.parametrize(("role", "linked", "view"), VIEWS)
def test_who_sees_what_of_a_patient(enter, world, links, role, linked, view):
    person = enter(role, **{name: links[name, whose] for name, whose in linked.items()})
    query = f"?patient_id={world['john'].id}"
    answer, page = person.get(PATH + query), person.get(f"/patient/{query}")
    part = person.get(f"/patient/widgets/problems{query}")
    if isinstance(view, int):
        assert [each.status_code for each in (answer, page, part)] == [view] * 3
        assert not any(secret in each.text for each in (answer, page, part) for secret in (*SECRETS, "John"))
        return
    assert answer.json["patient_info"]["name"] == "John Doe"
    for text in (answer.text, page.text):
        assert [secret for secret in SECRETS if secret in text] == (list(SECRETS) if view == "whole" else [])
    parts = [person.get(f"/patient/widgets/{key}{query}").text for key in WIDGETS]
    assert view == "whole" or not any(secret in text for text in parts for secret in SECRETS)
    assert part.status_code == (200 if view == "whole" else 404)


def test_the_limited_view_lacks_each_clinical_field_and_says_why(enter, world):
    staff = enter(Role.CLINIC_STAFF, clinic_ids=[world["clinic"].id])
    answer = staff.get(f"{PATH}?patient_id={world['john'].id}").json
    for name in ("health_summary", "medications", "recent_activity", "health_goals"):
        assert answer[name] is None
        assert answer["reasons"][name] == "Your role does not include what is in the chart."
    assert answer["upcoming_care"]["scheduled_tests"] is None
    assert answer["upcoming_care"]["next_appointment"]["location"] == "Downtown"
    assert answer["patient_info"]["contact"]["phone"] == "+1 312 555 0199"
    assert answer["billing_summary"]["outstanding_balance"] == "25.00"
    assert answer["billing_summary"]["recent_charges"][0]["description"] is None
    assert answer["quick_actions"] == []


def test_a_doctor_does_not_see_the_balance(enter, world):
    doctor = enter(Role.DOCTOR, practitioner_id=world["doctor"].id)
    answer = doctor.get(f"{PATH}?patient_id={world['john'].id}").json
    assert answer["billing_summary"] is None
    assert answer["reasons"]["billing_summary"] == "Your role does not include balances."


def test_somebody_of_another_organization_answers_like_nobody(enter, world, neighbour):
    with tenant_scope(neighbour.id):
        foreign = Patient(organization_id=neighbour.id, id=new_id())
        db.session.add(foreign)
        db.session.commit()
    admin = enter(Role.ADMIN)
    answers = [admin.get(f"{PATH}?patient_id={each}") for each in (foreign.id, new_id())]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [a.data.replace(a.headers["X-Request-ID"].encode(), b"id") for a in answers]
    assert bodies[0] == bodies[1]


def test_a_login_without_a_record_is_told_so(enter):
    answer = enter(Role.PATIENT).get(PATH)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "DASH_006")


def test_others_name_the_patient_or_find_them_by_number(enter, world):
    admin = enter(Role.ADMIN)
    assert admin.get(PATH).status_code == 422
    assert "Record number" in admin.get("/patient/").text
    found = admin.send("/patient/find", "/patient/", record_number=" mc-1 ")
    assert found.location == f"/patient/?patient_id={world['john'].id}"
    assert admin.send("/patient/find", "/patient/", record_number="MC-2").status_code == 422


def test_a_look_is_one_line_and_its_polls_are_none_for_an_hour(john, organization, world):
    def lines():
        with tenant_scope(organization.id):
            return db.session.query(AuditEvent).filter(AuditEvent.action == "chart.read").count()

    poll = {"HX-PTag": "none"}
    john.get("/patient/")
    assert lines() == 1
    for key in ("next-visit", "messages", "problems"):
        assert john.get(f"/patient/widgets/{key}", headers=poll).status_code == 200
    assert lines() == 1
    john.get("/patient/widgets/problems")  # not a poll: somebody looks
    assert lines() == 2
    for minutes in range(10, 61, 10):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            john.get("/account")  # polls alone would not keep the login awake
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        john.get("/patient/widgets/problems", headers=poll)
    assert lines() == 3


def test_the_patient_sees_who_has_looked_and_in_which_role(john, another_browser, make_person, world):
    doctor = make_person(Role.DOCTOR, email="d@north.example", practitioner_id=world["doctor"].id)
    another_browser.log_in(doctor.email)
    another_browser.get(f"/patient/?patient_id={world['john'].id}")
    page = john.get("/patient/looks").text
    assert "Doctor" in page
    assert "Opened a patient&#39;s health record" in page
    assert "Doctor" in john.get("/patient/widgets/looks").text


def test_a_message_to_the_practice_is_stored_sealed_and_audited(john, organization, world):
    form = "/patient/messages/new"
    wrong = john.send("/patient/messages/", form, subject="", body="x" * 5001)
    assert wrong.status_code == 422
    assert "Say in a few words what it is about." in wrong.text
    assert "Use at most 5000 characters." in wrong.text
    sent = john.send("/patient/messages/", form, subject="Dizzy", body="In the morning")
    assert sent.location == "/patient/done/message"
    with tenant_scope(organization.id):
        message = db.session.query(Message).filter(Message.sender == "patient").one()
        assert (message.subject, message.body, message.channel) == ("Dizzy", "In the morning", "portal")
        assert message.practitioner_id == world["doctor"].id
        assert b"Dizzy" not in bytes(message.subject_sealed)
        assert db.session.query(AuditEvent).filter(AuditEvent.action == "message.send").count() == 1


def test_requests_become_tasks_that_the_clinic_sees(john, another_browser, make_person, organization, world):
    with tenant_scope(organization.id):
        taken = db.session.query(Medication).one().id
    assert john.send("/patient/refill", "/patient/refill", medicine=str(new_id())).status_code == 422
    assert john.send("/patient/refill", "/patient/refill", medicine=str(taken), note="Two days left").status_code == 303
    assert john.send("/patient/visit", "/patient/visit", reason="", time="any").status_code == 422
    assert john.send("/patient/visit", "/patient/visit", reason="Knee", time="morning").status_code == 303
    with tenant_scope(organization.id):
        tasks = {task.kind: task.title for task in db.session.query(Task)}
    assert tasks == {
        "refill_request": "Refill: Lisinopril. Two days left",
        "visit_request": "Wishes a visit (in the morning). Knee",
    }
    staff = make_person(Role.CLINIC_STAFF, email="s@north.example", clinic_ids=[world["clinic"].id])
    another_browser.log_in(staff.email)
    assert "Wishes a visit (in the morning). Knee" in another_browser.get("/worklist/").text


def test_requests_that_nobody_answers_do_not_pile_up(john):
    wish = {"reason": "Knee", "time": "any"}
    statuses = [john.send("/patient/visit", "/patient/visit", **wish).status_code for _ in range(11)]
    assert statuses == [303] * 10 + [409]


def test_the_page_tells_the_next_visit_in_words_and_names_nobody_in_its_title(john):
    page = john.get("/patient/").text
    for words in ("Tomorrow, Saturday 20 June 2026, at 10:00", "Dr. Sarah Johnson, Cardiology", "1 Sample Street"):
        assert words in page, words
    assert "John" not in page[page.index("<title>") : page.index("</title>")]


def test_a_page_costs_at_most_fifteen_statements(john, organization):
    refresh(organization.id)
    john.get("/patient/")
    for path in ("/patient/", PATH):
        made = _statements(lambda path=path: john.get(path))
        assert len(made) <= 15, [one[:70] + one.split("FROM")[-1][:40] for one in made]


def _statements(call) -> list[str]:
    made: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "SET LOCAL", "ROLLBACK")):
            made.append(statement)

    engine = db.session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        call()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return made
