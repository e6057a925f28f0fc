"""The worklist shows the longest overdue follow-ups of one clinic, and each look at it leaves a trace."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.permissions import Role
from app.extensions import db
from app.models import AuditEvent, Task
from app.services import worklist


@pytest.fixture
def make_follow_up(organization):
    def make(clinic, patient, days_overdue: int, **more) -> Task:
        due = today(clinic.zone) - timedelta(days=days_overdue)
        task = Task(
            organization_id=organization.id,
            id=new_id(),
            clinic_id=clinic.id,
            patient_id=patient.id,
            kind="follow_up",
            created_day=date(2026, 1, 1),
            due_day=due,
            **more,
        )
        task.title = "Blood pressure check"
        db.session.add(task)
        db.session.flush()
        return task

    return make


@pytest.fixture
def staff(make_actor, clinic):
    return make_actor(Role.CLINIC_STAFF, clinics={clinic.id})


def test_the_longest_overdue_comes_first_and_today_is_not_overdue(clinic, make_patient, make_follow_up, staff):
    for name, days in (("Test, Ten", 10), ("Test, Thirty", 30), ("Test, Today", 0), ("Test, Twenty", 20)):
        make_follow_up(clinic, make_patient(name), days)
    found = worklist.overdue_follow_ups(staff, clinic, limit=2)
    assert [(row.patient, row.days) for row in found.rows] == [("Test, Thirty", 30), ("Test, Twenty", 20)]
    assert found.total == 3


def test_each_patient_shown_leaves_a_line_in_the_audit_log(clinic, make_patient, make_follow_up, staff):
    patients = [make_patient(name) for name in ("Test, One", "Test, Two")]
    for patient in patients:
        make_follow_up(clinic, patient, 3)
    worklist.overdue_follow_ups(staff, clinic)
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "worklist.read")).all()
    assert {line.patient_id for line in lines} == {patient.id for patient in patients}


def test_a_page_that_asks_again_leaves_lines_only_for_whom_it_shows_anew(clinic, make_patient, make_follow_up, staff):
    make_follow_up(clinic, make_patient("Test, One"), 3)
    worklist.overdue_follow_ups(staff, clinic)
    make_follow_up(clinic, make_patient("Test, Two"), 3)
    for _ in range(2):
        worklist.overdue_follow_ups(staff, clinic, asks_again=True)
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "worklist.read")).all()
    assert len(lines) == 2


def test_a_booked_follow_up_leaves_the_list_and_undo_brings_it_back(clinic, make_patient, make_follow_up, staff):
    task = make_follow_up(clinic, make_patient(), 5)
    worklist.finish(staff, task.id)
    assert worklist.overdue_follow_ups(staff, clinic).total == 0
    worklist.reopen(staff, task.id)
    assert worklist.overdue_follow_ups(staff, clinic).total == 1


def test_a_task_of_another_clinic_answers_like_none(clinic, make_clinic, make_patient, make_follow_up, make_actor):
    task = make_follow_up(clinic, make_patient(), 5)
    elsewhere = make_actor(Role.CLINIC_STAFF, clinics={make_clinic("Elsewhere").id})
    with pytest.raises(NotFound):
        worklist.log_contact(elsewhere, task.id, "no_answer")
