"""The three nets: each holds when the other two are not there."""

from datetime import date

import pytest
from sqlalchemy import func, select, text

from app.core.tenancy import ScopeMissing, tenant_scope
from app.extensions import db
from app.models import Appointment, Clinic, Patient


def test_a_query_without_a_scope_is_refused(session, organization):
    with pytest.raises(ScopeMissing):
        session.scalars(select(Clinic)).all()


def test_a_count_without_a_scope_is_refused(session, organization):
    with pytest.raises(ScopeMissing):
        session.scalar(select(func.count()).select_from(Clinic))


def test_raw_sql_sees_no_row_without_a_scope_and_only_its_own_with_one(session, organization, neighbour, make_clinic):
    with tenant_scope(organization.id):
        make_clinic("Ours")
        db.session.commit()
    assert session.execute(text("SELECT name FROM clinics")).all() == []
    with tenant_scope(neighbour.id):
        assert session.execute(text("SELECT name FROM clinics")).all() == []
    with tenant_scope(organization.id):
        assert session.execute(text("SELECT name FROM clinics")).scalars().all() == ["Ours"]


def test_a_row_of_another_organization_cannot_be_stored(session, organization, neighbour):
    with tenant_scope(neighbour.id):
        session.add(Clinic(organization_id=organization.id, name="Smuggled", zone="UTC"))
        with pytest.raises(ScopeMissing):
            session.flush()
        session.rollback()


def test_raw_sql_cannot_store_a_row_of_another_organization(session, organization, neighbour):
    insert = text("INSERT INTO clinics (organization_id, id, name, status, zone) VALUES (:o, :o, 'x', 'active', 'UTC')")
    with tenant_scope(neighbour.id), pytest.raises(Exception, match="row-level security"):
        session.execute(insert, {"o": organization.id})


def test_a_scope_inside_another_organizations_scope_is_refused(session, organization, neighbour):
    with tenant_scope(organization.id), pytest.raises(ScopeMissing), tenant_scope(neighbour.id):
        pass


def test_a_sealed_name_opens_only_in_its_own_row(scope, make_patient):
    first, second = make_patient("Test, Ada"), make_patient("Test, Ben")
    second.name_sealed = first.name_sealed
    assert first.name == "Test, Ada"
    with pytest.raises(Exception, match=r"patients\.name_sealed"):
        _ = second.name


def test_every_appointment_statement_carries_the_organization(scope, clinic, make_appointment):
    make_appointment(clinic, date(2026, 6, 10))
    statement = select(Appointment.status, Patient.sex).outerjoin(Patient, Patient.id == Appointment.patient_id)
    assert db.session.execute(statement).all() == [("completed", None)]
