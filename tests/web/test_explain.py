"""Explain this number: the page has the figure of the metric, its rows add up to it; who sees which names."""

import csv
import io
import re
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
import time_machine
from sqlalchemy import func, select

from app.core.ids import new_id
from app.core.period import Span, period_of
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.catalogue import METRICS
from app.metrics.run import run
from app.metrics.types import Query
from app.models import AuditEvent, Clinic, SurveyAnswer
from app.rollups.refresh import refresh

KEY = "attendance.no_show_rate"
MONDAY = date(2026, 6, 8)
WEEK = {"period": "custom", "start": "2026-06-08", "end": "2026-06-14"}


@pytest.fixture(autouse=True)
def friday():
    """It is Friday 19 June 2026, 10:00 in Chicago: the week of MONDAY is over."""
    with time_machine.travel(datetime(2026, 6, 19, 15, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def week(clinic, make_patient, make_appointment) -> Clinic:
    """Nine visits and three no-shows of different patients, one of them with a name like a formula; one cancelled."""
    for number in range(9):
        make_appointment(clinic, MONDAY, patient_id=make_patient(f"Sample, Hana {number}").id)
    for name in ("Test, Gil", "Demo, Ivo", "=1+1"):
        make_appointment(clinic, MONDAY, "no_show", patient_id=make_patient(name).id)
    make_appointment(clinic, MONDAY, "cancelled", cancelled_by="clinic", patient_id=make_patient("Mock, Juno").id)
    db.session.commit()
    refresh(clinic.organization_id)
    return clinic


@pytest.fixture
def foreign_clinic(session, neighbour) -> Clinic:
    """A clinic of another organization; ask for it before the scope of one's own is open."""
    with tenant_scope(neighbour.id):
        theirs = Clinic(organization_id=neighbour.id, id=new_id(), name="Theirs", zone="UTC")
        session.add(theirs)
        session.commit()
    return theirs


def _address(what: str, clinic: Clinic, **more: str) -> str:
    args = WEEK | {"clinic": str(clinic.id)} | more
    return f"/metrics-catalogue/{KEY}/{what}?{urlencode(args)}"


def _lines(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def _read_lines(clinic: Clinic) -> int:
    with tenant_scope(clinic.organization_id):
        query = select(func.count()).where(
            AuditEvent.organization_id == clinic.organization_id,
            AuditEvent.action == "metric.rows",
            AuditEvent.patient_id.is_not(None),
        )
        return db.session.scalars(query).one()


def test_the_figure_of_the_page_is_that_of_the_metric_and_the_number_of_its_rows(signed_in, week, system):
    period = period_of(Span.WEEK, MONDAY)
    figure = run(Query((KEY,), period, filters={"clinic": (week.id,)}), system).figure(KEY)
    page = signed_in.get(_address("explain", week)).text
    assert (figure.numerator, figure.denominator) == (3, 12)
    assert "25.0%" in page
    assert "1 of 13 booked visits are left out" in page
    counts = {
        part: len(_lines(signed_in.get(_address("rows.csv", week, part=part))))
        for part in ("numerator", "denominator", "excluded")
    }
    assert counts == {"numerator": 3, "denominator": 12, "excluded": 1}


def test_each_patient_who_is_shown_leaves_a_line_in_the_audit_log(signed_in, week):
    page = signed_in.get(_address("explain", week)).text
    assert "Test, Gil" in page
    assert _read_lines(week) == 3
    assert "Mock, Juno" in signed_in.get(_address("rows", week, part="excluded")).text
    assert _read_lines(week) == 4


def test_who_may_not_read_records_sees_the_figure_and_no_name(browser, make_person, week):
    browser.log_in(make_person(Role.ANALYST, email="analyst@north.example").email)
    page = browser.get(_address("explain", week))
    assert page.status_code == 200
    assert "Test, Gil" not in page.text
    assert "Rows as CSV" not in page.text
    assert browser.get(_address("rows", week)).status_code == 403
    assert browser.get(_address("rows.csv", week)).status_code == 403
    assert _read_lines(week) == 0


def test_a_clinic_of_another_organization_does_not_exist(signed_in, foreign_clinic, week):
    for what in ("explain", "rows", "rows.csv"):
        assert signed_in.get(_address(what, foreign_clinic)).status_code == 404
    assert signed_in.get(f"/api/metrics/{KEY}?clinic={foreign_clinic.id}").status_code == 404


def test_a_clinic_outside_the_list_of_a_person_does_not_exist_for_them(browser, make_person, make_clinic, week):
    other = make_clinic("Lakeside")
    db.session.commit()
    browser.log_in(make_person(Role.CLINIC_STAFF, email="staff@north.example", clinic_ids=[other.id]).email)
    assert browser.get(_address("explain", week)).status_code == 404
    assert browser.get(_address("rows.csv", week)).status_code == 404
    assert browser.get(_address("explain", other)).status_code == 200


def test_a_doctor_sees_their_own_patients_alone(
    browser, make_person, make_practitioner, make_patient, make_appointment, week
):
    doctor = make_practitioner()
    make_appointment(week, MONDAY, "no_show", practitioner_id=doctor.id, patient_id=make_patient("Own, Olga").id)
    db.session.commit()
    refresh(week.organization_id)
    person = make_person(Role.DOCTOR, email="doctor@north.example", practitioner_id=doctor.id)
    browser.log_in(person.email)
    page = browser.get(_address("explain", week)).text
    assert "Own, Olga" in page
    assert "Test, Gil" not in page
    assert "the figure counts everybody" in page
    assert [line["patient"] for line in _lines(browser.get(_address("rows.csv", week)))] == ["Own, Olga"]


def test_no_cell_of_the_file_is_a_formula(signed_in, week):
    names = {line["patient"] for line in _lines(signed_in.get(_address("rows.csv", week)))}
    assert names == {"Test, Gil", "Demo, Ivo", "'=1+1"}


def test_answers_to_surveys_stand_in_the_order_of_the_day_that_heads_them(signed_in, clinic):
    """They count on the day of asking; the days of answering run crosswise to it."""
    for asked, answered in ((0, 3), (1, 1), (2, 2)):
        at = datetime.combine(MONDAY + timedelta(days=answered), time(15), UTC)
        where = {"organization_id": clinic.organization_id, "clinic_id": clinic.id}
        day = MONDAY + timedelta(days=asked)
        db.session.add(SurveyAnswer(id=new_id(), asked_day=day, answered_at=at, recommend=10, **where))
    db.session.commit()
    refresh(clinic.organization_id)
    page = signed_in.get("/metrics-catalogue/satisfaction.replies/rows?" + urlencode(WEEK)).text
    heads = re.findall(r"<th[^>]*scope=\"col\"[^>]*>(.*?)</th>", page, re.DOTALL)
    assert [re.sub(r"<[^>]+>", "", head).strip() for head in heads][:2] == ["Asked", "Answered"]
    rows = page.partition("<tbody>")[2].split("<tr")[1:]
    firsts = [re.search(r"<t[hd][^>]*>([^<]+)<", row)[1].strip() for row in rows]
    assert firsts == [f"{(MONDAY + timedelta(days=number)):%-d %b %Y}" for number in range(3)]


def test_a_page_says_how_many_people_opened_it(signed_in, week, another_browser, make_person):
    assert "Opened by 1 person in 30 days" in signed_in.get(_address("explain", week)).text
    another_browser.log_in(make_person(Role.ANALYST, email="analyst@north.example").email)
    assert "Opened by 2 people in 30 days" in another_browser.get(_address("explain", week)).text


def test_the_trend_can_be_read_as_a_table(signed_in, week):
    assert "<svg" in signed_in.get(_address("explain", week)).text
    assert signed_in.get(_address("explain", week, table="trend")).status_code == 200


@pytest.mark.parametrize("args", ["clinic=nonsense", "period=never", "period=custom&start=2026-06-09&end=2026-06-08"])
def test_an_address_that_makes_no_sense_is_refused(signed_in, week, args):
    expected = 400 if args.startswith("period") else 422  # a period that is none is DASH_004
    assert signed_in.get(f"/metrics-catalogue/{KEY}/explain?{args}").status_code == expected


def test_every_figure_of_the_board_leads_to_its_explanation(signed_in, week):
    board = signed_in.get(f"/clinics/{week.id}/?{urlencode(WEEK)}").text
    links = set(map(unescape, re.findall(r'href="(/metrics-catalogue/[^"]+/explain[^"]*)"', board)))
    assert len(links) > 20
    assert {link: signed_in.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    tile = next(link for link in links if f"{KEY}/explain" in link and "start=2026-06-08" in link)
    assert "25.0%" in signed_in.get(tile).text


def test_every_metric_can_be_explained(signed_in, week):
    failed = {
        key: status
        for key in METRICS
        if (status := signed_in.get(f"/metrics-catalogue/{key}/explain?clinic={week.id}&period=month").status_code)
        != 200
    }
    assert failed == {}


def test_programs_get_the_same_figure_with_its_definition(program, bearer, week):
    address = _address("", week).replace("/metrics-catalogue/", "/api/metrics/").replace("/?", "?")
    answer = program.get(address + "&by=department&step=day", headers=bearer)
    assert answer.status_code == 200
    assert answer.json["figure"] | {"value": 0.25, "numerator": 3, "denominator": 12, "n": 12} == answer.json["figure"]
    assert answer.json["metric"]["key"] == KEY
    assert answer.json["metric"]["version"] == 2
    assert len(answer.json["figure"]["series"]) == 7
    assert [row["label"] for row in answer.json["rows"]] == ["No department named"]


def test_the_catalogue_for_programs_holds_what_the_caller_may_see(program, bearer):
    found = {one["key"] for one in program.get("/api/metrics/", headers=bearer).json["metrics"]}
    assert {KEY, "revenue.collected"} <= found
