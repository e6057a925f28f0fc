"""Every query parameter of every dashboard's address: a wrong value is refused by name, an unknown one too."""

import pytest

from app.core.ids import new_id
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.rollups.refresh import refresh

CLINIC, DOCTOR, PERIODS = "/api/clinics/{}/dashboard/", "/api/dashboard/doctor/", "/api/dashboard/doctor/analytics/"
PATIENT, BILLING, ANALYTICS = "/api/dashboard/patient/", "/api/billing/dashboard/", "/api/analytics/dashboard/"
ADMIN = "/api/dashboard/admin/"
ALL = (CLINIC, DOCTOR, PERIODS, PATIENT, BILLING, ANALYTICS, ADMIN)
WITH_PERIODS = (CLINIC, DOCTOR, PERIODS, BILLING, ANALYTICS)
NOBODY = str(new_id())

WRONG = [
    *((path, "perod=month", 422, "perod") for path in ALL),
    *((path, "download=yes", 422, "download") for path in ALL),
    *((path, "period=fortnight", 400, "period") for path in WITH_PERIODS),
    *((path, "period=custom", 400, "start") for path in WITH_PERIODS),
    *((path, "start=2026-02-30&end=2026-03-01", 400, "start") for path in WITH_PERIODS),
    *((path, "start=2026-03-02&end=2026-03-01", 400, "end") for path in WITH_PERIODS),
    *((path, "period=month&start=2026-03-01", 400, "start") for path in WITH_PERIODS),
    *((path, "period=week&period=month", 422, "period") for path in WITH_PERIODS),
    *((path, "clinic_id=first", 422, "clinic_id") for path in (DOCTOR, PERIODS, BILLING, ANALYTICS)),
    *((path, "doctor_id=first", 422, "doctor_id") for path in (DOCTOR, PERIODS)),
    *((path, f"clinic_id={NOBODY}", 404, None) for path in (DOCTOR, PERIODS, BILLING, ANALYTICS)),
    *((path, f"doctor_id={NOBODY}", 404, None) for path in (DOCTOR, PERIODS)),
    (PATIENT, "patient_id=first", 422, "patient_id"),
    (PATIENT, f"patient_id={NOBODY}", 404, None),
    (PERIODS, "comparison=perhaps", 422, "comparison"),
    (PERIODS, "start_date=yesterday", 400, "start_date"),
    (PERIODS, "end_date=2026-03-01", 400, "start_date"),
    (PERIODS, "start_date=2026-03-02&end_date=2026-03-01", 400, "end_date"),
    (PERIODS, "period=month&start_date=2026-03-01", 400, "start_date"),
    (PERIODS, "start=2026-03-01&end=2026-03-02&start_date=2026-03-01", 400, "start_date"),
    (ANALYTICS, "metrics=attendance.no_shows,made.up", 422, "metrics"),
    (ANALYTICS, "department=Alchemy", 404, "department"),
    (ANALYTICS, "department=%00", 404, "department"),
]
# Each page, and an id that stands in its address.
PAGES = (("/doctor/", "doctor_id"), ("/doctor/", "clinic_id"), ("/patient/", "patient_id"))
PAGES += (("/billing/", "clinic_id"), ("/analytics/", "clinic_id"))


@pytest.fixture
def clinic(organization, make_clinic):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    refresh(organization.id)
    return clinic


@pytest.fixture
def doctor(organization, clinic, make_practitioner):
    with tenant_scope(organization.id):
        found = make_practitioner("Example, Ada")
        db.session.commit()
    return found


def test_a_wrong_value_is_refused_by_the_name_of_its_parameter(signed_in, clinic, doctor):
    for path, query, status, field in WRONG:
        whose = f"&doctor_id={doctor.id}" if path in (DOCTOR, PERIODS) and "doctor_id" not in query else ""
        answer = signed_in.get(f"{path.format(clinic.id)}?{query}{whose}")
        error = answer.json["error"]
        assert (answer.status_code, error["details"].get("field")) == (status, field), (path, query, error)
        assert status != 400 or error["code"] == "DASH_004", (path, query)


@pytest.mark.parametrize(("path", "name"), PAGES)
def test_a_page_names_the_parameter_too(signed_in, clinic, path, name):
    page = signed_in.get(f"{path}?{name}=first")
    assert page.status_code == 422
    assert f"What {name} says is no id." in page.text


def test_a_page_takes_no_notice_of_what_others_add_to_its_address(signed_in, clinic):
    assert signed_in.get("/billing/?utm_source=mail").status_code == 200


def test_a_right_value_of_each_is_taken(signed_in, clinic, doctor):
    for path in WITH_PERIODS:
        whose = f"&doctor_id={doctor.id}" if path in (DOCTOR, PERIODS) else ""
        for name in ("day", "today", "week", "month", "quarter", "year", ""):
            answer = signed_in.get(f"{path.format(clinic.id)}?period={name}&download=0{whose}")
            assert answer.status_code == 200, (path, name, answer.json)
