"""From an id to a row: only one's own, and no patient without a line in the log."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.errors import Forbidden, NotFound
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Affiliation, AuditEvent, Clinic
from app.services import access


def _lines() -> list[tuple[str, str, object]]:
    return [(line.action, line.outcome, line.patient_id) for line in db.session.query(AuditEvent)]


def test_a_clinic_of_somebody_else_and_one_that_does_not_exist_are_refused_alike(scope, make_clinic, make_actor):
    mine, other = make_clinic("Mine"), make_clinic("Other")
    staff = make_actor(Role.CLINIC_STAFF, clinics={mine.id})
    assert access.clinic_for(staff, mine.id) is mine
    assert access.clinics_for(staff) == [mine]
    for clinic_id in (other.id, uuid4()):
        with pytest.raises(NotFound, match=r"There is no such clinic\."):
            access.clinic_for(staff, clinic_id)


def test_a_clinic_of_another_organization_does_not_exist(session, make_actor, organization, neighbour):
    with tenant_scope(neighbour.id):
        foreign = Clinic(organization_id=neighbour.id, name="Theirs", zone="UTC")
        session.add(foreign)
        session.commit()
    with tenant_scope(organization.id), pytest.raises(NotFound):
        access.clinic_for(make_actor(Role.ADMIN), foreign.id)


def test_reading_a_patient_leaves_a_line_in_the_same_transaction(scope, make_patient, make_actor):
    patient = make_patient()
    assert access.patient_for(make_actor(Role.ADMIN), patient.id).name == "Test, Pat"
    assert _lines() == [("patient.read", "ok", patient.id)]
    db.session.rollback()
    assert _lines() == []


def test_without_the_line_there_is_no_patient(scope, make_patient, make_actor):
    patient = make_patient()
    db.session.commit()
    db.session.execute(text("RESET ROLE"))
    db.session.execute(text("REVOKE INSERT ON audit_events FROM mediconnect_app"))
    db.session.execute(text("SET LOCAL ROLE mediconnect_app"))
    with pytest.raises(Exception, match="permission denied"):
        access.patient_for(make_actor(Role.ADMIN), patient.id)


def test_a_refused_patient_leaves_a_line_too(scope, make_patient, make_actor):
    patient = make_patient()
    with pytest.raises(NotFound):
        access.patient_for(make_actor(Role.BILLING_STAFF), patient.id)
    assert _lines() == [("patient.read", "refused", None)]


def test_a_doctor_reads_their_own_patients_and_those_they_have_seen(
    scope, clinic, make_practitioner, make_patient, make_appointment, make_actor
):
    doctor = make_practitioner()
    usual = make_patient("Usual", practitioner_id=doctor.id)
    seen, stranger = make_patient("Seen"), make_patient("Stranger")
    make_appointment(clinic, date(2026, 6, 10), practitioner_id=doctor.id, patient_id=seen.id)
    actor = make_actor(Role.DOCTOR, practitioner_id=doctor.id)
    assert access.patient_for(actor, usual.id) is usual
    assert access.patient_for(actor, seen.id) is seen
    with pytest.raises(NotFound):
        access.patient_for(actor, stranger.id)


def test_staff_read_the_patients_of_their_clinics(scope, make_clinic, make_patient, make_appointment, make_actor):
    mine, other = make_clinic("Mine"), make_clinic("Other")
    home, visitor, stranger = (
        make_patient(home_clinic_id=mine.id),
        make_patient(),
        make_patient(home_clinic_id=other.id),
    )
    make_appointment(mine, date(2026, 6, 10), patient_id=visitor.id)
    staff = make_actor(Role.CLINIC_STAFF, clinics={mine.id})
    assert access.patient_for(staff, home.id) is home
    assert access.patient_for(staff, visitor.id) is visitor
    with pytest.raises(NotFound):
        access.patient_for(staff, stranger.id)


def test_a_patient_reads_themselves_and_nobody_else(scope, make_patient, make_actor):
    me, other = make_patient("Me"), make_patient("Other")
    actor = make_actor(Role.PATIENT, patient_id=me.id)
    assert access.patient_for(actor, me.id) is me
    with pytest.raises(NotFound):
        access.patient_for(actor, other.id)


def test_a_doctor_sees_no_other_doctor_and_staff_those_of_their_clinics(
    scope, organization, make_clinic, make_practitioner, make_actor
):
    mine = make_clinic("Mine")
    here, elsewhere = make_practitioner("Here"), make_practitioner("Elsewhere")
    db.session.add(Affiliation(organization_id=organization.id, practitioner_id=here.id, clinic_id=mine.id))
    db.session.flush()
    staff = make_actor(Role.CLINIC_STAFF, clinics={mine.id})
    assert access.practitioner_for(staff, here.id) is here
    with pytest.raises(NotFound):
        access.practitioner_for(staff, elsewhere.id)
    doctor = make_actor(Role.DOCTOR, practitioner_id=here.id)
    with pytest.raises(NotFound):
        access.practitioner_for(doctor, elsewhere.id)


def test_imports_are_for_those_who_may_read_data(scope, make_actor):
    with pytest.raises(Forbidden):
        access.import_run_for(make_actor(Role.DOCTOR), uuid4())
