"""Alerts open once an episode, follow their rule while it holds, and close by themselves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.core.ids import new_id
from app.core.permissions import Role
from app.extensions import db
from app.models import Alert, Equipment, OrganizationSettings
from app.services import alert_handling, alerts


@pytest.fixture
def xray(organization, clinic) -> Equipment:
    device = Equipment(
        organization_id=organization.id,
        id=new_id(),
        clinic_id=clinic.id,
        name="X-ray 2",
        kind="xray",
        status="out_of_service",
    )
    db.session.add(device)
    db.session.commit()
    return device


def standing() -> list[Alert]:
    return list(
        db.session.scalars(select(Alert).where(Alert.closed_at.is_(None)).execution_options(populate_existing=True))
    )


def test_a_device_out_of_service_opens_one_alert_however_often_it_is_checked(organization, xray):
    assert alerts.check(organization.id) == (1, 0)
    assert alerts.check(organization.id) == (0, 0)
    (alert,) = standing()
    assert (alert.rule, alert.title) == ("equipment.out_of_service", "X-ray 2 out of service")


def test_the_alert_closes_when_the_device_works_again(organization, xray):
    alerts.check(organization.id)
    xray.status = "in_service"
    db.session.commit()
    assert alerts.check(organization.id) == (0, 1)
    assert standing() == []


def test_a_taken_alert_names_who_took_it(organization, clinic, xray, make_actor):
    alerts.check(organization.id)
    (alert,) = standing()
    alert_handling.take(make_actor(Role.CLINIC_STAFF, clinics={clinic.id}), alert.id)
    assert standing()[0].taken_name == "Test Person"


def test_long_waits_open_only_after_three_checks_in_a_row(organization, clinic, make_department, make_appointment):
    cardiology = make_department(clinic)
    for _ in range(5):
        make_appointment(clinic, today(clinic.zone), arrived=0, started=31, finished=50, department_id=cardiology.id)
    db.session.commit()
    from app.rollups.refresh import refresh

    refresh(organization.id)
    assert [alerts.check(organization.id)[0] for _ in range(3)] == [0, 0, 1]
    assert standing()[0].evidence["words"] == "90th percentile 31 min, limit 25."


def test_a_higher_limit_of_the_organization_keeps_it_quiet(organization, clinic, xray):
    settings = db.session.scalars(select(OrganizationSettings)).one()
    settings.values = {"maintenance_days": 1}
    xray.status, xray.maintenance_due = "in_service", today(clinic.zone) + timedelta(days=5)
    db.session.commit()
    assert alerts.check(organization.id) == (0, 0)
