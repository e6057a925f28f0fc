"""What people do about alerts: each may see their own, acknowledge, give away, resolve; a cause has one episode."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from app.core.clock import now
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import new_id
from app.core.permissions import Role
from app.extensions import db
from app.models import Alert, AuditEvent, Equipment, Task
from app.rollups.refresh import current_version, refresh
from app.services import alert_handling, alerts
from app.services.organizations import add_member, create_user


@pytest.fixture
def xray(organization, clinic) -> Equipment:
    device = Equipment(organization_id=organization.id, id=new_id(), clinic_id=clinic.id, name="X-ray 2", kind="xray")
    device.status = "out_of_service"
    db.session.add(device)
    db.session.commit()
    return device


@pytest.fixture
def alert(organization, xray) -> Alert:
    """An open alert of the clinic."""
    alerts.check(organization.id)
    return db.session.scalars(select(Alert)).one()


@pytest.fixture
def staff(make_actor, clinic):
    return make_actor(Role.CLINIC_STAFF, clinics={clinic.id})


@pytest.fixture
def colleague(organization):
    """Makes a person of the organization who can log in: `colleague("Ada", Role.DOCTOR)`."""

    def make(name: str, role: Role, **more):
        user = create_user(f"{name.lower()}@north.example", name, "unusable")
        add_member(organization.id, user.id, [role], **more)
        return user

    return make


def fresh(alert: Alert) -> Alert:
    return db.session.get(Alert, (alert.organization_id, alert.id), populate_existing=True)


@pytest.fixture
def patient_alert(organization, clinic, make_practitioner, make_patient) -> Alert:
    """An overdue follow-up of a doctor's patient."""
    doctor, patient = make_practitioner(), make_patient("Smith, Jane")
    patient.practitioner_id = doctor.id
    due = now().date() - timedelta(days=5)
    whose = {"patient_id": patient.id, "practitioner_id": doctor.id}
    task = Task(organization_id=organization.id, id=new_id(), kind="follow_up", created_day=due, due_day=due, **whose)
    db.session.add(task)
    db.session.commit()
    alerts.check(organization.id)
    return db.session.scalars(select(Alert)).one()


def test_an_acknowledged_alert_stays_open_and_names_who_saw_it_first(alert, staff, clinic):
    alert_handling.acknowledge(staff, alert.id)
    at = fresh(alert).acknowledged_at
    alert_handling.acknowledge(staff, alert.id)
    assert (fresh(alert).acknowledged_name, fresh(alert).acknowledged_at) == ("Test Person", at)
    assert [one.id for one in alerts.open_alerts(staff, clinic.id)] == [alert.id]


def test_an_alert_is_given_to_a_named_colleague_who_may_see_it(alert, staff, clinic, colleague, make_clinic):
    ada = colleague("Ada", Role.CLINIC_STAFF, clinic_ids=[clinic.id])
    far = colleague("Far", Role.CLINIC_STAFF, clinic_ids=[make_clinic("Riverside").id])
    payer = colleague("Bill", Role.BILLING_STAFF)
    boss = colleague("Zoe", Role.ADMIN)
    assert [one.name for one in alert_handling.colleagues_for(staff, alert)] == ["Ada", "Zoe"]
    alert_handling.assign(staff, alert.id, ada.id)
    assert (fresh(alert).taken_by, fresh(alert).taken_name) == (ada.id, "Ada")
    for other in (far.id, payer.id, uuid4()):
        with pytest.raises(Invalid):
            alert_handling.assign(staff, alert.id, other)
    alert_handling.assign(staff, alert.id, boss.id)
    assert fresh(alert).taken_name == "Zoe"
    alert_handling.assign(staff, alert.id, None)
    assert (fresh(alert).taken_by, fresh(alert).taken_at) == (None, None)


def test_a_resolved_alert_ends_with_its_note_and_its_cause_opens_no_other(organization, alert, staff, clinic, xray):
    with pytest.raises(Invalid):
        alert_handling.resolve(staff, alert.id, "  ")
    alert_handling.resolve(staff, alert.id, "Bookings moved to X-ray 1")
    assert alerts.open_alerts(staff, clinic.id) == []
    assert alerts.check(organization.id) == (0, 0)
    ended = alerts.ended_alerts(staff, clinic.id, days=1)
    assert [(one.note, one.resolved_name, one.closed_at) for one in ended] == [
        ("Bookings moved to X-ray 1", "Test Person", None)
    ]
    for again in (alert_handling.acknowledge, alert_handling.take):
        with pytest.raises(Conflict):
            again(staff, alert.id)


def test_once_the_cause_has_stopped_it_may_open_anew(organization, alert, staff, clinic, xray):
    alert_handling.resolve(staff, alert.id, "Repaired")
    xray.status = "in_service"
    db.session.commit()
    assert alerts.check(organization.id) == (0, 1)
    xray.status = "out_of_service"
    db.session.commit()
    assert alerts.check(organization.id) == (1, 0)
    assert len(alerts.open_alerts(staff, clinic.id)) == 1


def test_a_cause_that_gets_graver_after_it_was_resolved_opens_a_new_alert(organization, clinic, xray, staff):
    xray.status, xray.maintenance_due = "in_service", now().date() + timedelta(days=3)
    db.session.commit()
    alerts.check(organization.id)
    (due,) = alerts.open_alerts(staff, clinic.id)
    alert_handling.resolve(staff, due.id, "Booked for Friday")
    xray.maintenance_due = now().date() - timedelta(days=3)
    db.session.commit()
    assert alerts.check(organization.id) == (1, 1)
    (overdue,) = alerts.open_alerts(staff, clinic.id)
    assert (overdue.id == due.id, due.severity, overdue.severity) == (False, "low", "high")


def test_the_length_of_an_episode_ends_with_its_resolution(organization, clinic, xray, staff):
    with time_machine.travel("2026-03-12 15:00:00+00:00", tick=False) as clock:
        alerts.check(organization.id)
        (alert,) = alerts.open_alerts(staff, clinic.id)
        clock.shift(timedelta(minutes=40))
        alert_handling.resolve(staff, alert.id, "Repaired")
        clock.shift(timedelta(hours=3))
        xray.status = "in_service"
        db.session.commit()
        alerts.check(organization.id)
        (ended,) = alerts.ended_alerts(staff, clinic.id, days=1)
        assert alerts.ended_at(ended) - ended.opened_at == timedelta(minutes=40)


def test_the_note_is_sealed(alert, staff):
    alert_handling.resolve(staff, alert.id, "Told Jane Smith to come on Friday")
    stored = db.session.scalars(select(Alert.note_sealed)).one()
    assert b"Jane" not in bytes(stored)


def test_every_step_is_in_the_access_log_without_its_content(patient_alert, make_actor, colleague):
    doctor = make_actor(Role.DOCTOR, practitioner_id=patient_alert.practitioner_id)
    alert_handling.acknowledge(doctor, patient_alert.id)
    alert_handling.take(doctor, patient_alert.id)
    alert_handling.resolve(doctor, patient_alert.id, "Called, comes on Friday")
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action.startswith("alert."))).all()
    assert [line.action for line in lines] == ["alert.acknowledge", "alert.assign", "alert.resolve"]
    assert {line.patient_id for line in lines} == {patient_alert.patient_id}
    assert "Friday" not in str([line.details for line in lines])


def test_alerts_about_patients_are_for_their_doctor_and_the_administration(
    patient_alert, make_actor, make_practitioner, clinic
):
    own = make_actor(Role.DOCTOR, practitioner_id=patient_alert.practitioner_id)
    for actor in (own, make_actor(Role.ADMIN)):
        assert [one.id for one in alerts.open_patient_alerts(actor)] == [patient_alert.id]
        assert alert_handling.alert_for(actor, patient_alert.id).id == patient_alert.id
    others = (
        make_actor(Role.DOCTOR, practitioner_id=make_practitioner("Other").id),
        make_actor(Role.CLINIC_STAFF, clinics={clinic.id}),
        make_actor(Role.BILLING_STAFF),
    )
    for actor in others:
        assert alerts.open_patient_alerts(actor) == []
        assert alerts.open_alerts(actor, None) == []
        with pytest.raises(NotFound):
            alert_handling.alert_for(actor, patient_alert.id)
    for role in (Role.PATIENT, Role.ANALYST):
        actor = make_actor(role, patient_id=patient_alert.patient_id if role is Role.PATIENT else None)
        assert alerts.open_patient_alerts(actor) == []
        with pytest.raises(Forbidden):
            alert_handling.alert_for(actor, patient_alert.id)


def test_an_alert_about_a_patient_is_given_to_those_alone_who_may_open_the_chart(
    patient_alert, make_actor, colleague, make_practitioner
):
    doctor = make_actor(Role.DOCTOR, practitioner_id=patient_alert.practitioner_id)
    treats = colleague("Ada", Role.DOCTOR, practitioner_id=patient_alert.practitioner_id)
    stranger = colleague("Ben", Role.DOCTOR, practitioner_id=make_practitioner("Ben").id)
    colleague("Cleo", Role.CLINIC_STAFF)
    colleague("Dana", Role.ADMIN)
    assert [one.name for one in alert_handling.colleagues_for(doctor, patient_alert)] == ["Ada", "Dana"]
    alert_handling.assign(doctor, patient_alert.id, treats.id)
    with pytest.raises(Invalid):
        alert_handling.assign(doctor, patient_alert.id, stranger.id)


def test_names_are_shown_with_a_line_for_each_and_once_an_hour(patient_alert, make_actor):
    doctor = make_actor(Role.DOCTOR, practitioner_id=patient_alert.practitioner_id)
    for _ in range(2):
        found = alert_handling.names_for(doctor, alerts.open_patient_alerts(doctor))
        assert found == {patient_alert.patient_id: "Smith, Jane"}
    lines = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "alerts.read")).all()
    assert [line.patient_id for line in lines] == [patient_alert.patient_id]


def test_money_is_told_to_those_alone_who_may_see_money(organization, clinic, make_invoice, make_actor, xray):
    day = now().date()
    for _ in range(11):
        make_invoice(clinic, day - timedelta(days=90), due_day=day - timedelta(days=60))
    db.session.commit()
    refresh(organization.id)
    assert alerts.check(organization.id) == (2, 0)

    def rules(*roles: Role) -> set[str]:
        return {one.rule for one in alerts.open_alerts(make_actor(*roles), clinic.id)}

    assert rules(Role.CLINIC_STAFF) == {"receivables.long_overdue", "equipment.out_of_service"}
    assert rules(Role.BILLING_STAFF) == {"receivables.long_overdue"}
    assert rules(Role.DOCTOR) == {"equipment.out_of_service"}
    assert rules(Role.PATIENT) == set()


def test_another_clinics_alert_is_none(alert, make_actor, make_clinic):
    elsewhere = make_actor(Role.CLINIC_STAFF, clinics={make_clinic("Riverside").id})
    with pytest.raises(NotFound):
        alert_handling.acknowledge(elsewhere, alert.id)


def test_pages_are_told_that_an_alert_changed(organization, clinic, xray, staff):
    before = current_version(organization.id, clinic.id)
    alerts.check(organization.id)
    opened = current_version(organization.id, clinic.id)
    alerts.check(organization.id)
    (alert,) = alerts.open_alerts(staff, clinic.id)
    assert current_version(organization.id, clinic.id) == opened > before
    alert_handling.take(staff, alert.id)
    assert current_version(organization.id, clinic.id) > opened
