"""The pages of alerts: lists, one alert with its forms, and who is let in."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.ids import new_id
from app.core.permissions import Role
from app.extensions import db
from app.models import Alert, Equipment, Task
from app.services import alerts


@pytest.fixture
def found(organization, clinic, make_practitioner, make_patient) -> dict[str, Alert]:
    """An open alert about a device and one about a doctor's patient, by kind."""
    doctor, patient = make_practitioner(), make_patient("Smith, Jane")
    patient.practitioner_id = doctor.id
    due = now().date() - timedelta(days=20)
    whose = {"patient_id": patient.id, "practitioner_id": doctor.id}
    rows = (
        Task(organization_id=organization.id, id=new_id(), kind="follow_up", created_day=due, due_day=due, **whose),
        Equipment(
            organization_id=organization.id,
            id=new_id(),
            clinic_id=clinic.id,
            name="X-ray 2",
            kind="xray",
            status="out_of_service",
        ),
    )
    db.session.add_all(rows)
    db.session.commit()
    alerts.check(organization.id)
    return {"patient" if one.patient_id else "device": one for one in db.session.scalars(select(Alert))}


def test_what_concerns_the_whole_organization_stands_on_the_page_of_each_clinic(
    browser, make_person, organization, clinic, make_clinic
):
    other = make_clinic(name="Harbor")
    missed = Alert(
        organization_id=organization.id,
        id=new_id(),
        rule="schedule_missed",
        subject=str(new_id()),
        severity="high",
        title="A scheduled report did not run: All clinics",
        evidence={"words": "It was due and has not been made."},
        opened_at=now(),
        seen_at=now(),
    )
    db.session.add(missed)
    db.session.commit()
    browser.log_in(make_person(Role.ADMIN).email)
    for place in (clinic, other):
        assert missed.title in browser.get(f"/alerts/?clinic={place.id}").text
    missed.closed_at = now()
    db.session.commit()
    page = browser.get(f"/alerts/?clinic={clinic.id}").text
    assert "No open alerts." in page
    assert missed.title in page  # among those that ended


def test_the_bell_counts_on_every_page_what_its_page_lists(browser, make_person, found, clinic, make_clinic):
    other = make_clinic(name="Harbor")
    db.session.commit()
    browser.log_in(make_person(Role.ADMIN).email)
    for path in ("/account", "/alerts/", "/metrics-catalogue/", "/users/", f"/clinics/{clinic.id}/"):
        assert 'aria-label="1 open alert"' in browser.get(path).text, path
    every = browser.get("/alerts/").text
    assert found["device"].title in every
    assert f'href="/alerts/?clinic={other.id}"' in every  # the choice of clinics
    assert f'href="/worklist/?clinic={other.id}"' in browser.get("/worklist/").text
    assert 'aria-label="0 open alerts"' in browser.get(f"/clinics/{other.id}/").text
    assert found["device"].title not in browser.get(f"/alerts/?clinic={other.id}").text


def test_the_page_of_an_alert_says_what_was_found_and_takes_what_is_done(browser, make_person, found, clinic):
    person = make_person(Role.CLINIC_STAFF, clinic_ids=[clinic.id])
    browser.log_in(person.email)
    page = f"/alerts/{found['device'].id}/"
    shown = browser.get(page).text
    assert "X-ray 2 out of service" in shown
    assert "Move its bookings to another device." in shown
    browser.send(page + "acknowledge", page)
    assert "Pat Example, " in browser.get(page).text
    refused = browser.send(page + "assign", page, user=str(new_id()))
    assert (refused.status_code, "Choose somebody who may look after this alert." in refused.text) == (422, True)
    browser.send(page + "assign", page, user=str(person.user.id))
    assert "Looked after by" in browser.get(page).text
    refused = browser.send(page + "resolve", page, note=" ")
    assert (refused.status_code, "Write what was done" in refused.text) == (422, True)
    browser.send(page + "resolve", page, note="Moved to <b>X-ray 1</b>")
    shown = browser.get(page).text
    assert "Moved to &lt;b&gt;X-ray 1&lt;/b&gt;" in shown
    assert "Resolve alert" not in shown
    listed = browser.get(f"/alerts/?clinic={clinic.id}").text
    assert "No open alerts." in listed
    assert "Resolved by Pat Example" in listed


def test_an_ended_alert_takes_nothing_more(browser, make_person, found, organization):
    browser.log_in(make_person(Role.ADMIN).email)
    page = f"/alerts/{found['device'].id}/"
    browser.send(page + "resolve", page, note="Done")
    assert browser.send(page + "resolve", "/account", note="Again").status_code == 409


def test_a_patients_name_stands_on_the_doctors_page_alone(browser, make_person, found):
    doctor = make_person(Role.DOCTOR, practitioner_id=found["patient"].practitioner_id)
    browser.log_in(doctor.email)
    assert "Smith, Jane" in browser.get("/alerts/patients/").text
    assert "Smith, Jane" in browser.get(f"/alerts/{found['patient'].id}/").text
    assert "Smith" not in browser.get("/alerts/").text


@pytest.mark.parametrize("role", [Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST, Role.PATIENT])
def test_nobody_else_finds_the_patients_alert(browser, make_person, found, role):
    browser.log_in(make_person(role).email)
    page = f"/alerts/{found['patient'].id}/"
    assert browser.get(page).status_code == (404 if role in (Role.CLINIC_STAFF, Role.BILLING_STAFF) else 403)
    assert browser.get("/alerts/patients/").status_code == 403
    for step in ("acknowledge", "assign", "resolve", "take"):
        assert browser.send(page + step, "/account", note="x").status_code in (403, 404), step
    assert db.session.get(Alert, (found["patient"].organization_id, found["patient"].id)).acknowledged_at is None
