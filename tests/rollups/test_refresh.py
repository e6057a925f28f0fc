"""Rollups: a change marks its days, a refresh recomputes them, and the data version moves."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.core import versions
from app.core.ids import new_id
from app.models import DirtyMark, VisitDay
from app.rollups import visit_days
from app.rollups.families.appointments import APPOINTMENTS
from app.rollups.marks import mark_rows
from app.rollups.refresh import rebuild, refresh, stored_versions
from app.rollups.tables import CLINIC, DOCTOR, TABLES

MONDAY = date(2026, 6, 8)
FACTS = TABLES["appointments"].c


@pytest.fixture
def facts(session, organization, clinic):
    """The facts of the clinic's days by day: {day: row}."""

    def read(grain: str = CLINIC):
        rows = session.execute(
            select(TABLES["appointments"]).where(FACTS.organization_id == organization.id, FACTS.grain == grain)
        )
        return {row.day: row for row in rows}

    return read


def test_a_refresh_sums_up_the_day_that_changed(session, organization, clinic, make_appointment, facts):
    make_appointment(clinic, MONDAY, "completed", arrived=0, started=10)
    make_appointment(clinic, MONDAY, "completed", arrived=0, started=30)
    make_appointment(clinic, MONDAY, "no_show")
    session.commit()
    assert refresh(organization.id).days["appointments"] == 1
    row = facts()[MONDAY]
    assert (row.booked, row.completed, row.no_show, row.wait_sum) == (3, 2, 1, 40)
    assert (row.wait_values, row.wait_counts) == ([10, 30], [1, 1])


def test_a_moved_appointment_leaves_its_old_day_empty(session, organization, clinic, make_appointment, facts):
    moved = make_appointment(clinic, MONDAY)
    session.commit()
    refresh(organization.id)
    moved.local_day = MONDAY + timedelta(days=1)
    session.commit()
    refresh(organization.id)
    assert list(facts()) == [MONDAY + timedelta(days=1)]


def test_a_deleted_appointment_leaves_no_fact(session, organization, clinic, make_appointment, facts):
    gone = make_appointment(clinic, MONDAY)
    session.commit()
    refresh(organization.id)
    session.delete(gone)
    session.commit()
    refresh(organization.id)
    assert facts() == {}


def test_each_doctor_has_a_row_and_the_clinic_one(
    session, organization, clinic, make_practitioner, make_appointment, facts
):
    for doctor in (make_practitioner("One"), make_practitioner("Two")):
        make_appointment(clinic, MONDAY, practitioner_id=doctor.id)
    session.commit()
    refresh(organization.id)
    assert facts()[MONDAY].booked == 2
    doctors = select(func.count()).where(FACTS.organization_id == organization.id, FACTS.grain == DOCTOR)
    assert session.scalar(doctors) == 2


def test_nothing_dirty_is_nothing_done(organization, clinic):
    refresh(organization.id)
    assert not refresh(organization.id)


def test_the_versions_of_the_clinic_and_the_organization_move(session, organization, clinic, make_appointment):
    make_appointment(clinic, MONDAY)
    session.commit()
    moved = refresh(organization.id).versions
    assert moved == {None: 1, clinic.id: 1}
    assert versions.current(organization.id) == versions.current(organization.id, clinic.id) == 1


def test_versions_come_back_when_redis_has_lost_them(session, organization, clinic, make_appointment):
    make_appointment(clinic, MONDAY)
    session.commit()
    refresh(organization.id)
    versions.store.client.flushdb()
    assert versions.current(organization.id, clinic.id) is None
    assert stored_versions(organization.id) == {None: 1, clinic.id: 1}
    assert versions.current(organization.id, clinic.id) == 1


def test_a_commit_of_changed_records_rings_the_bell(session, organization, clinic, make_appointment):
    session.commit()
    versions.wait(0.1)
    make_appointment(clinic, MONDAY)
    assert versions.wait(0.1) == set()
    session.commit()
    assert versions.wait(0.1) == {organization.id}


def test_a_change_that_is_rolled_back_leaves_no_mark(session, organization, clinic, make_appointment):
    session.commit()
    make_appointment(clinic, MONDAY)
    session.rollback()
    mine = select(func.count()).where(DirtyMark.organization_id == organization.id)
    assert session.scalar(mine) == 0


def test_bulk_marks_name_each_day_once(session, organization, clinic):
    row = {"clinic_id": clinic.id, "local_day": MONDAY, "patient_id": None}
    assert mark_rows(session, organization.id, "appointments", [row, row, row]) == 1
    assert mark_rows(session, organization.id, "patients", [{"id": new_id()}]) == 0


def test_visit_days_know_the_visit_before_and_after(session, organization, clinic, make_patient, make_appointment):
    patient = make_patient()
    days = [MONDAY, MONDAY + timedelta(days=10), MONDAY + timedelta(days=300)]
    for day in days:
        make_appointment(clinic, day, patient_id=patient.id)
    session.commit()
    refresh(organization.id)
    rows = session.scalars(select(VisitDay).where(VisitDay.organization_id == organization.id).order_by(VisitDay.day))
    assert [(row.day, row.prev_org, row.next_org) for row in rows] == [
        (days[0], None, days[1]),
        (days[1], days[0], days[2]),
        (days[2], days[1], None),
    ]


def test_visit_days_are_worked_out_once_where_nothing_is_known_of_the_table(
    session, organization, clinic, make_patient
):
    patients = [make_patient().id for _ in range(3)]
    statement = visit_days._forget()
    bound = {"organization": organization.id, "patients": patients}
    plan = session.connection().exec_driver_sql(f"EXPLAIN {statement.text}", bound).scalars().all()
    assert any("CTE Scan on fresh" in line for line in plan), plan


def test_a_visit_between_two_changes_both_neighbours(session, organization, clinic, make_patient, make_appointment):
    patient, first, last = make_patient(), MONDAY, MONDAY + timedelta(days=20)
    make_appointment(clinic, first, patient_id=patient.id)
    make_appointment(clinic, last, patient_id=patient.id)
    session.commit()
    refresh(organization.id)
    middle = MONDAY + timedelta(days=10)
    make_appointment(clinic, middle, patient_id=patient.id)
    session.commit()
    assert refresh(organization.id).days["patients"] == 3
    rows = session.scalars(select(VisitDay).where(VisitDay.organization_id == organization.id).order_by(VisitDay.day))
    assert [row.prev_clinic for row in rows] == [None, first, middle]


def test_a_rebuild_computes_days_without_a_mark(session, organization, clinic, make_appointment, facts):
    make_appointment(clinic, MONDAY)
    session.commit()
    refresh(organization.id)
    session.execute(TABLES["appointments"].update().where(FACTS.organization_id == organization.id).values(booked=9))
    session.commit()
    assert rebuild(organization.id)
    assert facts()[MONDAY].booked == 1


def test_every_family_fills_its_table(session, organization, clinic):
    from app.rollups.catalogue import FAMILIES
    from app.rollups.recompute import recompute

    for family in FAMILIES.values():
        assert recompute(session, family, organization.id, [(clinic.id, MONDAY)]) == 1
    assert APPOINTMENTS.outcomes
