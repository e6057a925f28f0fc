"""Who may ask what, whom the answer names, and when small numbers stay hidden."""

from datetime import timedelta

import pytest

from app.core.actor import Actor, system_actor
from app.core.errors import Forbidden, NotFound
from app.core.permissions import Permission, Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.rows import rows
from app.metrics.run import run
from app.metrics.types import UNNAMED, Query
from app.models import SurveyAnswer
from app.rollups.refresh import refresh
from tests.metrics.conftest import MONDAY, WEEK


@pytest.fixture
def doctors(clinic, make_practitioner, make_appointment, make_invoice):
    """Two doctors: the first with 2 visits, the second with 3, and an invoice of each."""
    found = [make_practitioner(name) for name in ("One", "Two")]
    for count, doctor in enumerate(found, start=2):
        for _ in range(count):
            make_appointment(clinic, MONDAY, practitioner_id=doctor.id)
        make_invoice(clinic, MONDAY, f"{count}00.00", practitioner_id=doctor.id)
    return found


@pytest.mark.parametrize(
    ("role", "metric", "may"),
    [
        (Role.ADMIN, "revenue.charged", True),
        (Role.CLINIC_STAFF, "staff.absence_rate", True),
        (Role.BILLING_STAFF, "revenue.charged", True),
        (Role.BILLING_STAFF, "attendance.booked", False),
        (Role.ANALYST, "attendance.booked", True),
        (Role.DOCTOR, "attendance.booked", True),
        (Role.DOCTOR, "claims.denial_rate", False),
        (Role.PATIENT, "attendance.booked", False),
        (Role.PLATFORM_ADMIN, "attendance.booked", False),
    ],
)
def test_each_metric_asks_for_its_permission(doctors, make_actor, ask, role, metric, may):
    actor = make_actor(role)
    if may:
        assert ask(metric, actor=actor).total
    else:
        with pytest.raises(Forbidden):
            ask(metric, actor=actor)


def test_a_doctor_sees_money_of_their_own_work_only(doctors, make_actor, ask):
    actor = make_actor(Role.DOCTOR, practitioner_id=doctors[0].id)
    result = ask("revenue.charged", "attendance.booked", actor=actor)
    assert result.figure("revenue.charged").value == 200
    assert result.figure("attendance.booked").value == 5


def test_a_doctor_sees_peers_without_their_names(doctors, make_actor, ask):
    actor = make_actor(Role.DOCTOR, practitioner_id=doctors[0].id)
    own, peer = ask("attendance.booked", by=("practitioner",), actor=actor).rows
    assert (own.label, own.own, own.figures["attendance.booked"].value) == ("Dr. One", True, 2)
    assert (peer.label, peer.own) == ("Another doctor", False)
    assert peer.key[0].startswith(UNNAMED)


def test_a_doctor_may_not_ask_for_a_named_peer(doctors, make_actor, ask, clinic):
    actor = make_actor(Role.DOCTOR, practitioner_id=doctors[0].id)
    filters = {"clinic": (clinic.id,), "practitioner": (doctors[1].id,)}
    with pytest.raises(Forbidden):
        ask("attendance.booked", filters=filters, actor=actor)


def test_someone_of_another_clinic_does_not_find_this_one(doctors, make_actor, make_clinic, ask):
    actor = make_actor(Role.CLINIC_STAFF, clinics={make_clinic("Uptown").id})
    with pytest.raises(NotFound):
        ask("attendance.booked", actor=actor)


def test_without_a_filter_only_the_actors_clinics_count(
    doctors, clinic, make_clinic, make_actor, make_appointment, ask
):
    make_appointment(make_clinic("Uptown"), MONDAY)
    assert ask("attendance.booked", filters={}, actor=make_actor(Role.ADMIN)).figure("attendance.booked").value == 6
    staff = make_actor(Role.CLINIC_STAFF, clinics={clinic.id})
    assert ask("attendance.booked", filters={}, actor=staff).figure("attendance.booked").value == 5


def test_another_organizations_rows_never_count(organization, neighbour, make_clinic, make_appointment):
    with tenant_scope(organization.id):
        make_appointment(make_clinic(), MONDAY)
        db.session.commit()
    refresh(organization.id)
    query = Query(("attendance.booked",), WEEK)
    assert run(query, system_actor(organization.id)).figure("attendance.booked").value == 1
    theirs = run(query, system_actor(neighbour.id)).figure("attendance.booked")
    assert (theirs.value, theirs.reason_code) == (None, "not_recorded")


def test_an_analyst_sees_no_small_numbers_and_clinic_staff_do(doctors, make_actor, ask):
    assert ask("attendance.booked", actor=make_actor(Role.CLINIC_STAFF)).figure("attendance.booked").value == 5
    hidden = ask("attendance.booked", actor=make_actor(Role.ANALYST)).figure("attendance.booked")
    assert (hidden.value, hidden.numerator, hidden.n, hidden.reason_code) == (None, None, None, "too_few")


def test_a_rate_is_hidden_when_its_parts_are_small(clinic, make_appointment, make_actor, ask):
    for _ in range(20):
        make_appointment(clinic, MONDAY)
    make_appointment(clinic, MONDAY, "no_show")
    assert (
        ask("attendance.no_show_rate", actor=make_actor(Role.ANALYST)).figure("attendance.no_show_rate").value is None
    )


def test_zero_may_be_shown(clinic, make_appointment, make_actor, ask):
    for _ in range(20):
        make_appointment(clinic, MONDAY)
    assert ask("attendance.no_show_rate", actor=make_actor(Role.ANALYST)).figure("attendance.no_show_rate").value == 0


def test_a_lone_hidden_row_takes_the_smallest_shown_one_with_it(
    clinic, make_department, make_appointment, make_actor, ask
):
    for name, count in (("A", 3), ("B", 15), ("C", 20)):
        department = make_department(clinic, name)
        for _ in range(count):
            make_appointment(clinic, MONDAY, department_id=department.id)
    result = ask("attendance.booked", by=("department",), actor=make_actor(Role.ANALYST))
    assert [row.figures["attendance.booked"].value for row in result.rows] == [None, None, 20]
    assert result.figure("attendance.booked").value == 38


def test_a_wall_sees_no_small_numbers(organization, clinic, make_appointment, ask):
    make_appointment(clinic, MONDAY)
    granted = frozenset({Permission.METRICS_OPERATIONS})
    wall = Actor(organization.id, None, "Wall", frozenset(), frozenset({clinic.id}), granted=granted)
    assert ask("attendance.booked", actor=wall).figure("attendance.booked").value is None


def test_a_score_of_few_answers_is_too_few_for_anyone(clinic, make_appointment, ask):
    for _ in range(29):
        db.session.add(SurveyAnswer(clinic_id=clinic.id, asked_day=MONDAY, recommend=10))
    few = ask("satisfaction.nps").figure("satisfaction.nps")
    assert (few.value, few.reason_code) == (None, "too_few")
    db.session.add(SurveyAnswer(clinic_id=clinic.id, asked_day=MONDAY + timedelta(days=1), recommend=0))
    assert ask("satisfaction.nps").figure("satisfaction.nps").value == pytest.approx(100 * 28 / 30)


def test_records_are_listed_only_for_those_who_may_read_them(doctors, clinic, make_actor):
    query = Query((), WEEK, filters={"clinic": (clinic.id,)})
    with pytest.raises(Forbidden):
        rows("attendance.booked", query, make_actor(Role.ANALYST))


def test_a_doctor_lists_their_own_records_only(doctors, clinic, make_actor):
    query = Query((), WEEK, filters={"clinic": (clinic.id,)})
    found = rows("attendance.booked", query, make_actor(Role.DOCTOR, practitioner_id=doctors[0].id)).records
    assert {row.practitioner_id for row in found} == {doctors[0].id}
    assert len(found) == 2
