"""An id of somebody else in a query or a form answers like one that does not exist."""

import pytest

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Clinic, Patient, Practitioner
from app.rollups.refresh import refresh

# Where an id stands in a query: path, argument, whose it is, and the roles that may open the path.
ASKED = [
    ("/doctor/", "doctor_id", "doctor", (Role.ADMIN, Role.DOCTOR)),
    ("/doctor/", "clinic_id", "clinic", (Role.ADMIN, Role.DOCTOR)),
    ("/doctor/schedule/", "doctor_id", "doctor", (Role.ADMIN, Role.DOCTOR)),
    ("/doctor/widgets/booked", "doctor_id", "doctor", (Role.ADMIN, Role.DOCTOR)),
    ("/api/dashboard/doctor/", "doctor_id", "doctor", (Role.ADMIN, Role.DOCTOR)),
    ("/api/dashboard/doctor/analytics/", "doctor_id", "doctor", (Role.ADMIN, Role.DOCTOR)),
    ("/api/dashboard/doctor/analytics/", "clinic_id", "clinic", (Role.DOCTOR,)),
    ("/patient/", "patient_id", "patient", (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.PATIENT)),
    ("/patient/widgets/contact", "patient_id", "patient", (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF)),
    ("/api/dashboard/patient/", "patient_id", "patient", (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.PATIENT)),
    ("/billing/", "clinic_id", "clinic", (Role.ADMIN, Role.DOCTOR, Role.BILLING_STAFF)),
    ("/api/billing/dashboard/", "clinic_id", "clinic", (Role.ADMIN, Role.DOCTOR, Role.BILLING_STAFF)),
    ("/analytics/", "clinic_id", "clinic", (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.ANALYST)),
    ("/api/analytics/dashboard/", "clinic_id", "clinic", (Role.ADMIN, Role.DOCTOR, Role.CLINIC_STAFF, Role.ANALYST)),
]


@pytest.fixture
def theirs(organization, neighbour, make_clinic):
    """A clinic, a doctor and a patient of another organization."""
    with tenant_scope(organization.id):
        make_clinic()
        db.session.commit()
    refresh(organization.id)
    with tenant_scope(neighbour.id):
        made = {
            "clinic": Clinic(organization_id=neighbour.id, id=new_id(), name="Theirs", zone="UTC"),
            "doctor": Practitioner(organization_id=neighbour.id, id=new_id(), name="Theirs"),
            "patient": Patient(organization_id=neighbour.id, id=new_id()),
        }
        db.session.add_all(made.values())
        db.session.commit()
        return {name: row.id for name, row in made.items()}


@pytest.fixture
def person(browser, make_person, organization, make_practitioner, make_patient):
    """Logs in as a role, a doctor and a patient as one of the organization's own."""

    def enter(role):
        with tenant_scope(organization.id):
            links = {
                Role.DOCTOR: {"practitioner_id": make_practitioner("Own").id},
                Role.PATIENT: {"patient_id": make_patient("Own, Pat").id},
            }
            db.session.commit()
        browser.log_in(make_person(role, email="one@north.example", **links.get(role, {})).email)
        return browser

    return enter


@pytest.mark.parametrize(
    ("path", "name", "whose", "role"), [(*asked, role) for *asked, roles in ASKED for role in roles], ids=str
)
def test_an_id_in_a_query(person, theirs, path, name, whose, role):
    visitor = person(role)
    found = [visitor.get(path, query_string={name: id_}) for id_ in (theirs[whose], new_id())]
    assert [answer.status_code for answer in found] == [404, 404]
    bodies = [a.data.replace(a.headers["X-Request-ID"].encode(), b"id") for a in found]
    assert bodies[0].replace(str(theirs[whose]).encode(), b"") == bodies[1].replace(
        str(found[1].request.args.get(name)).encode(), b""
    )


@pytest.mark.parametrize(("field", "whose"), [("clinic", "clinic"), ("practitioner", "doctor")])
def test_an_id_in_a_form(signed_in, theirs, field, whose):
    sent = {"metric": "revenue.collected", "value": "100", "since": "2026-11-01"}
    for id_ in (theirs[whose], new_id()):
        page = signed_in.send("/targets/", page="/targets/", **sent, **{field: str(id_)})
        assert page.status_code == 422
        assert "Choose one of your" in page.text
        assert "Theirs" not in page.text
