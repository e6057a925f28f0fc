"""The patient dashboard."""
from app.core.permissions import Role
from tests.api.seeds import example, missing
from app.core.tenancy import tenant_scope
from app.extensions import db

PATH = "/api/dashboard/patient/"

def test_it(browser, make_person, organization, make_patient):
    with tenant_scope(organization.id):
        patient = make_patient("Doe, John")
        pid = patient.id
        db.session.commit()
    make_person(Role.PATIENT, email="p@north.example", patient_id=pid)
    browser.log_in("p@north.example")
    answer = browser.get(PATH)
    assert answer.status_code == 200, answer.text
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []
    page = browser.get("/patient/")
    assert page.status_code == 200
    for path in ("messages/", "results/", "refill", "visit", "messages/new", "looks"):
        assert browser.get("/patient/" + path).status_code == 200, path
