"""The doctor dashboard: a doctor's own day on the page and over the API, in the fields of the specification."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Affiliation,
    AppointmentType,
    AuditEvent,
    Condition,
    Medication,
    Message,
    Preparation,
    Result,
    Target,
    Task,
)
from app.rollups.refresh import refresh
from tests.api.seeds import example, missing, unexplained

PATH = "/api/dashboard/doctor/"
ANALYTICS = "/api/dashboard/doctor/analytics/"
TODAY = date(2026, 11, 19)  # a Thursday
NOW = datetime(2026, 11, 19, 18, tzinfo=UTC)  # noon in Chicago


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def store(organization):
    """Stores a record with its sealed texts."""

    def make(model, texts=None, **values):
        row = model(organization_id=organization.id, id=new_id(), **values)
        for name, text in (texts or {}).items():
            setattr(row, name, text)
        db.session.add(row)
        db.session.flush()
        return row

    return make


@pytest.fixture
def downtown(organization, make_clinic):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    return clinic


@pytest.fixture
def ada(organization, downtown, make_practitioner, store):
    """A cardiologist of Downtown."""
    with tenant_scope(organization.id):
        doctor = make_practitioner("Example, Ada", specialty="Cardiology", license_number="IL-1")
        store(Affiliation, practitioner_id=doctor.id, clinic_id=downtown.id, role="attending", is_primary=True)
        db.session.commit()
    return doctor


@pytest.fixture
def ben(organization, make_practitioner):
    """A colleague."""
    with tenant_scope(organization.id):
        doctor = make_practitioner("Sample, Ben")
        db.session.commit()
    return doctor


@pytest.fixture
def day(organization, downtown, ada, ben, store, make_patient, make_appointment, make_payment):
    """Ada's day: two completed, one cancelled, one missed, John to come at 14:30; one of Ben's beside it."""
    with tenant_scope(organization.id):
        john = make_patient("Doe, John", birth_date=date(1981, 11, 20))
        jane, bob = make_patient("Smith, Jane"), make_patient("Wilson, Bob")
        follow_up = store(AppointmentType, name="Follow-up", minutes=30)
        store(Preparation, appointment_type_id=follow_up.id, audience="doctor", position=1, text="Recent labs")
        store(Preparation, appointment_type_id=follow_up.id, audience="patient", position=1, text="Bring your diary")
        own = {"practitioner_id": ada.id}
        make_appointment(downtown, date(2026, 10, 15), at=time(9), patient_id=john.id, **own)
        stamps = {"arrived": -5, "finished": 40}
        make_appointment(downtown, TODAY, at=time(8), patient_id=jane.id, started=10, **stamps, **own)
        make_appointment(downtown, TODAY, at=time(9), patient_id=bob.id, started=20, **stamps, **own)
        make_appointment(downtown, TODAY, "cancelled", at=time(10), cancelled_by="clinic", **own)
        make_appointment(downtown, TODAY, "no_show", at=time(11), **own)
        coming = make_appointment(
            downtown, TODAY, "booked", time(14, 30), patient_id=john.id, appointment_type_id=follow_up.id, **own
        )
        coming.note = "Blood pressure check"
        make_appointment(downtown, TODAY, practitioner_id=ben.id, patient_id=make_patient("Other, Pat").id)
        make_payment(downtown, TODAY, "250.00", practitioner_id=ada.id)
        make_payment(downtown, TODAY, "999.00", practitioner_id=ben.id)
        current = {"patient_id": john.id, "status": "active"}
        store(Condition, {"name": "Hypertension"}, **current, kind="hypertension", onset_day=date(2019, 1, 1))
        store(Condition, {"name": "Cold"}, **current, onset_day=date(2026, 11, 1))
        task = {"kind": "follow_up", "created_day": TODAY, "due_day": TODAY - timedelta(days=14)}
        store(Task, {"title": "Check-up"}, patient_id=jane.id, clinic_id=downtown.id, **task, **own)
        for substance in ("warfarin", "aspirin"):
            store(Medication, patient_id=bob.id, status="active", substance=substance, **own)
        store(Result, {"name": "Sodium"}, patient_id=jane.id, status="final", review="pending", issued_at=NOW, **own)
        message = {"sender": "patient", "sent_at": NOW, "local_day": TODAY}
        store(Message, {"subject": "My pills"}, patient_id=bob.id, **message, **own)
        db.session.commit()
    refresh(organization.id)
    return coming


@pytest.fixture
def doctor(browser, make_person, ada):
    """A browser in which Ada is logged in."""
    browser.log_in(make_person(Role.DOCTOR, email="ada@north.example", practitioner_id=ada.id).email)
    return browser


def test_every_field_of_the_specification_is_answered(doctor, day):
    answer = doctor.get(PATH)
    assert answer.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []
    assert unexplained(example("dashboards-module.md", PATH), answer.json) == []


def test_today_is_the_doctors_own_and_its_parts_add_up(doctor, day):
    today = doctor.get(PATH).json["today_metrics"]
    assert today["appointments"] == {
        "total": 5,
        "completed": 2,
        "in_progress": 0,
        "upcoming": 1,
        "cancelled": 1,
        "no_show": 1,
    }
    assert today["patients"] == {"new": 2, "returning": 0, "total_seen": 2}
    assert today["efficiency"]["avg_appointment_duration"] == 25.0  # 30 and 20 minutes
    assert today["efficiency"]["on_time_percentage"] == 0.5  # begun 10 and 20 minutes after the planned start
    assert today["revenue"]["generated"] == "250.00"


def test_a_clinics_target_is_no_target_of_one_doctor(doctor, day, downtown, store, organization):
    with tenant_scope(organization.id):
        target = {"metric": "revenue.collected", "value": 2000, "valid_from": date(2026, 1, 1)}
        store(Target, clinic_id=downtown.id, set_by="Test", set_at=NOW, **target)
        db.session.commit()
    answer = doctor.get(PATH, query_string={"clinic_id": downtown.id}).json
    assert answer["today_metrics"]["revenue"] == {"generated": "250.00", "target": None, "achievement_rate": None}
    assert answer["reasons"]["today_metrics.revenue.target"] == "No target is set for one doctor."


def test_a_target_of_the_doctor_makes_the_money_a_share_of_it(doctor, day, downtown, ada, ben, store, organization):
    with tenant_scope(organization.id):
        target = {"metric": "revenue.collected", "valid_from": date(2026, 1, 1), "set_by": "Test", "set_at": NOW}
        store(Target, practitioner_id=ada.id, value=1000, **target)
        store(Target, practitioner_id=ben.id, value=7, **target)
        store(Target, clinic_id=downtown.id, practitioner_id=ada.id, value=500, **target)
        db.session.commit()
    answers = [doctor.get(PATH, query_string=asked).json for asked in ({}, {"clinic_id": downtown.id})]
    assert [one["today_metrics"]["revenue"] for one in answers] == [
        {"generated": "250.00", "target": "1000.00", "achievement_rate": 0.25},
        {"generated": "250.00", "target": "500.00", "achievement_rate": 0.5},
    ]
    assert "25% of $1,000" in doctor.get("/doctor/").text


def test_who_comes_next_is_told_with_what_the_doctor_needs(doctor, day):
    (visit,) = doctor.get(PATH).json["upcoming_appointments"]
    assert visit["patient"]["name"] == "Doe, John"
    assert visit["patient"]["age"] == 44  # 45 tomorrow
    assert visit["patient"]["last_visit"] == "2026-10-15"
    assert visit["patient"]["condition"] == "Hypertension"  # known to the rules, though the cold is newer
    assert datetime.fromisoformat(visit["scheduled_time"]) == datetime(2026, 11, 19, 20, 30, tzinfo=UTC)
    assert (visit["type"], visit["duration_minutes"], visit["notes"]) == ("Follow-up", 30, "Blood pressure check")
    assert visit["preparation_required"] == ["Recent labs"]


def test_patients_who_should_not_wait_come_by_urgency(doctor, day):
    interaction, follow_up = doctor.get(PATH).json["patient_alerts"]
    assert (interaction["type"], interaction["patient_name"]) == ("medication_interaction", "Wilson, Bob")
    assert (interaction["priority"], interaction["medications"]) == ("critical", ["Warfarin", "Aspirin"])
    assert (follow_up["type"], follow_up["message"]) == ("overdue_followup", "Check-up: overdue by 2 weeks")
    assert (follow_up["priority"], follow_up["last_visit"]) == ("high", "2026-11-19")


def test_quick_actions_count_and_lead_to_pages_that_open(doctor, day):
    actions = {one["action"]: one for one in doctor.get(PATH).json["quick_actions"]}
    assert {name: one["count"] for name, one in actions.items()} == {
        "view_schedule": 5,
        "patient_alerts": 2,
        "pending_results": 1,
        "messages": 1,
    }
    shown = {name: doctor.get(one["url"]) for name, one in actions.items()}
    assert {page.status_code for page in shown.values()} == {200}
    assert "did not come" in shown["view_schedule"].text
    assert "Sodium" in shown["pending_results"].text
    assert "My pills" in shown["messages"].text
    assert "FDA label of warfarin" in shown["patient_alerts"].text


def test_the_weeks_of_the_month_add_up_to_the_month(doctor, day, organization, downtown, ada, make_appointment):
    with tenant_scope(organization.id):
        for on in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)):
            make_appointment(downtown, on, practitioner_id=ada.id)
        db.session.commit()
    refresh(organization.id)
    weeks = doctor.get(PATH).json["monthly_trends"]["appointments"]
    assert [(week["start"], week["end"], week["total"]) for week in weeks] == [
        ("2026-11-01", "2026-11-01", 1),  # a Sunday: the first week is cut at the month's edge
        ("2026-11-02", "2026-11-08", 2),
        ("2026-11-09", "2026-11-15", 0),
        ("2026-11-16", "2026-11-22", 5),
    ]
    assert [week["partial"] for week in weeks] == [False, False, False, True]


def test_last_week_says_who_paid(doctor, day, organization, downtown, ada, make_payment, make_appointment):
    with tenant_scope(organization.id):
        make_appointment(downtown, date(2026, 11, 10), practitioner_id=ada.id)
        make_payment(downtown, date(2026, 11, 10), "65.00", method="insurance", practitioner_id=ada.id)
        make_payment(downtown, date(2026, 11, 11), "35.00", practitioner_id=ada.id)
        db.session.commit()
    refresh(organization.id)
    week = doctor.get(PATH).json["weekly_summary"]
    assert week["period"] == "2026-11-09 to 2026-11-15"
    assert week["appointments"]["total"] == 1
    assert week["revenue"]["weekly_total"] == "100.00"
    assert week["revenue"]["insurance_vs_private"] == {"insurance": 0.65, "private": 0.35}


def test_the_page_shows_the_day_first_then_the_figures(doctor, day):
    page = doctor.get("/doctor/").text
    assert page.index("Doe, John") < page.index("Collected")
    for words in ("44 years, last visit 15 Oct 2026", "Blood pressure check", "Recent labs", "Hypertension"):
        assert words in page, words
    assert "2 completed + 1 to come + 1 cancelled + 1 no-show" in page
    assert "Ben Sample" not in page
    # A tile counts the day up to now, the list beside it the whole day: the words tell them apart.
    assert "Booked visits so far" in page
    assert page.index("Booked visits so far") < page.index(">Booked<")


def lines(organization) -> int:
    with tenant_scope(organization.id):
        named = db.session.query(AuditEvent).filter(AuditEvent.action == "doctor_patients.read")
        return named.count()


def test_an_opened_page_leaves_a_line_for_each_patient_and_its_polls_none(doctor, day, organization):
    page = doctor.get("/doctor/")
    assert lines(organization) == 3  # John, Jane and Bob
    doctor.get("/doctor/widgets/visits", headers={"HX-PTag": "old"})
    assert lines(organization) == 3
    doctor.get("/doctor/")
    assert lines(organization) == 6
    assert page.headers["Cache-Control"] == "no-store"


def test_whom_a_poll_brings_anew_gets_a_line(doctor, day, organization, downtown, ada, make_patient, make_appointment):
    doctor.get("/doctor/")
    with tenant_scope(organization.id):
        make_appointment(
            downtown, TODAY, "booked", time(15), practitioner_id=ada.id, patient_id=make_patient("Lee, Ann").id
        )
        db.session.commit()
    refresh(organization.id)
    assert "Lee, Ann" in doctor.get("/doctor/widgets/visits", headers={"HX-PTag": "old"}).text
    assert lines(organization) == 4


def test_nothing_of_a_patient_is_kept_in_redis(doctor, day):
    from app.extensions import store as redis

    for widget in ("visits", "patients", "results", "messages", "today"):
        doctor.get(f"/doctor/widgets/{widget}", headers={"HX-PTag": "old"})
    boards = [name for name in redis.client.scan_iter("mc:board:*") if redis.client.type(name) == b"hash"]
    kept = [html for name in boards for html in redis.client.hvals(name)]
    assert kept
    assert not any(b"Doe" in html or b"Wilson" in html or b"Smith" in html for html in kept)


@pytest.fixture
def sent():
    """The statements of a request, without those that open and close its transaction."""
    found = []

    def note(_connection, _cursor, statement, *_more):
        if not statement.startswith(("SET LOCAL", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/doctor/", PATH, ANALYTICS])
def test_it_costs_fifteen_statements_however_many_patients_there_are(doctor, day, sent, path):
    doctor.get(path)
    sent.clear()
    assert doctor.get(path, query_string={"period": "week"}).status_code == 200
    assert len(sent) <= 15


@pytest.mark.parametrize("path", [PATH, ANALYTICS, "/doctor/", "/doctor/schedule/", "/doctor/results/"])
def test_a_doctor_sees_nobody_elses(doctor, day, ben, path):
    assert doctor.get(path, query_string={"doctor_id": ben.id}).status_code == 403
    assert doctor.get(path, query_string={"doctor_id": new_id()}).status_code == 404
    assert doctor.get(path, query_string={"doctor_id": "x"}).status_code == 422


def test_the_refusal_of_a_colleagues_dashboard_says_its_code(doctor, day, ben):
    assert doctor.get(PATH, query_string={"doctor_id": ben.id}).json["error"]["code"] == "DASH_006"


def test_an_administrator_names_the_doctor(signed_in, day, ada, ben):
    assert signed_in.get(PATH).status_code == 422
    assert signed_in.get(PATH, query_string={"doctor_id": ada.id}).json["doctor_info"]["name"] == "Dr. Ada Example"
    assert signed_in.get(PATH, query_string={"doctor_id": ben.id}).json["today_metrics"]["appointments"]["total"] == 1
    assert "Dr. Ada Example" in signed_in.get("/doctor/").text  # the first by name
    assert "Dr. Ben Sample" in signed_in.get("/doctor/", query_string={"doctor_id": ben.id}).text


def test_a_doctor_of_another_organization_does_not_exist(signed_in, day, neighbour):
    from app.models import Practitioner

    with tenant_scope(neighbour.id):
        foreign = Practitioner(organization_id=neighbour.id, id=new_id(), name="Theirs")
        db.session.add(foreign)
        db.session.commit()
    for path in (PATH, ANALYTICS, "/doctor/"):
        assert signed_in.get(path, query_string={"doctor_id": foreign.id}).status_code == 404


def test_a_login_without_a_doctor_is_told_so(browser, make_person, day):
    browser.log_in(make_person(Role.DOCTOR, email="lost@north.example").email)
    answer = browser.get(PATH)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "DASH_006")


@pytest.mark.parametrize(
    "role", [Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST, Role.PATIENT, Role.PLATFORM_ADMIN], ids=str
)
def test_nobody_else_may_open_it(browser, make_person, day, ada, role):
    browser.log_in(make_person(role, email="other@north.example").email)
    for path in (PATH, ANALYTICS):
        answer = browser.get(path, query_string={"doctor_id": ada.id})
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "DASH_002")
    for path in ("/doctor/", "/doctor/schedule/", "/doctor/alerts/", "/doctor/results/", "/doctor/messages/"):
        assert browser.get(path, query_string={"doctor_id": ada.id}).status_code == 403


def test_analytics_tells_a_period_step_by_step_and_beside_the_one_before(doctor, day):
    asked = {"start_date": "2026-11-18", "end_date": "2026-11-19"}
    answer = doctor.get(ANALYTICS, query_string=asked).json
    booked = next(one for one in answer["metrics"] if one["metric"] == "attendance.booked")
    assert (booked["value"], booked["previous"]) == (5, 0)
    assert [(point["start"], point["value"]) for point in booked["series"]] == [("2026-11-18", 0), ("2026-11-19", 5)]
    assert {part["label"]: part["figures"]["attendance.booked"] for part in answer["breakdowns"]["weekday"]} == {
        "Thursday": 5
    }
    assert answer["comparison"] == {"start_date": "2026-11-16", "end_date": "2026-11-17"}
    alone = doctor.get(ANALYTICS, query_string=asked | {"comparison": "false"}).json
    assert alone["comparison"] is None
    assert doctor.get(ANALYTICS, query_string={"comparison": "perhaps"}).status_code == 422


def test_analytics_is_of_one_clinic_where_one_is_named(doctor, day, downtown):
    answer = doctor.get(ANALYTICS, query_string={"period": "month", "clinic_id": downtown.id})
    assert (answer.status_code, answer.json["clinic_id"]) == (200, str(downtown.id))
    assert doctor.get(ANALYTICS, query_string={"clinic_id": new_id()}).status_code == 404


def test_colleagues_are_dots_without_a_name_and_only_where_there_are_enough(
    doctor, day, organization, downtown, make_practitioner, make_appointment
):
    asked = {"start_date": "2026-11-19"}
    assert doctor.get(ANALYTICS, query_string=asked).json["peers"][0]["others"] is None
    with tenant_scope(organization.id):
        for number in range(4):
            other = make_practitioner(f"Colleague {number}")
            stamps = {"arrived": 0, "started": 5 * number, "finished": 40}
            make_appointment(downtown, TODAY, practitioner_id=other.id, **stamps)
            make_appointment(downtown, TODAY - timedelta(days=7), practitioner_id=other.id, **stamps)
        db.session.commit()
    refresh(organization.id)
    peers = doctor.get(ANALYTICS, query_string=asked).json["peers"][0]
    assert peers["own"] == {"value": 0.5, "counted": 2}
    assert peers["others"] == [{"value": 1.0, "counted": 1}] * 4
    page = doctor.get("/doctor/").text
    assert "4 colleagues" in page
    assert "Colleague 0" not in page
