"""The report pages: ask, watch, fetch; and another organization's report that does not exist."""

import pytest
from sqlalchemy import select

from app.config import FileStore
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent, Clinic, Job, ReportRun
from app.reports.formats import html_file
from app.reports.storage import storage
from app.services.background import leases
from app.services.reports import report_building, report_types
from tests.faults.tiny import TINY

JUNE = {"type": "tiny", "period": "dates", "start": "2026-06-01", "last": "2026-06-30", "size": "A4"}


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    monkeypatch.setattr(storage, "root", None)
    monkeypatch.setattr(storage, "store", None)
    storage.use(FileStore(tmp_path.as_uri()))


@pytest.fixture
def clinic_id(organization):
    with tenant_scope(organization.id):
        clinic = Clinic(organization_id=organization.id, id=new_id(), name="Downtown", zone="America/Chicago")
        db.session.add(clinic)
        db.session.commit()
        return clinic.id


@pytest.fixture
def asked(signed_in, clinic_id, organization) -> str:
    """The address of a run that was asked for through the form."""
    answer = signed_in.send("/reports/new", "/reports/new?type=tiny", **JUNE | {"size": "Letter"})
    assert answer.status_code == 303
    return answer.location


def build(organization) -> None:
    """What a worker does, in this process."""
    job_id = db.session.scalars(select(Job.id).where(Job.kind == "report.build")).one()
    lease = leases.claim(job_id)
    with tenant_scope(organization.id):
        report_building.build(lease)


def test_the_library_groups_the_types_by_their_readers_and_leads_to_the_form(signed_in, clinic_id):
    page = signed_in.get("/reports").text
    assert "No report has been made yet." in page
    assert "Running the clinic" in page
    assert 'href="/reports/new?type=tiny"' in page
    form = signed_in.get("/reports/new?type=tiny").text
    assert 'name="period"' in form
    for place in ("saved", "templates", "schedules", "deliveries", "statistics", "webhooks"):
        assert f'href="/reports/{place}"' in page


def test_the_preview_is_the_first_page_under_a_policy_that_lets_nothing_run(signed_in, clinic_id):
    answer = signed_in.send("/reports/preview", "/reports/new?type=tiny", **JUNE)
    assert "Booked visits" in answer.text
    assert answer.headers.getlist("Content-Security-Policy") == [f"sandbox; {html_file.policy()}"]
    assert "June 2026" in answer.text


def test_a_type_that_is_none_or_not_ones_own_is_not_found(signed_in, clinic_id):
    assert signed_in.get("/reports/new?type=none").status_code == 404


def test_a_run_polls_while_it_lasts_and_stops_when_it_is_done(signed_in, asked, organization):
    page = signed_in.get(asked)
    assert f'hx-get="{asked}"' in page.text
    version = page.headers["HX-PTag"]
    unchanged = signed_in.get(asked, headers={"HX-Request": "true", "HX-PTag": version})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    build(organization)
    part = signed_in.get(asked, headers={"HX-Request": "true", "HX-PTag": version})
    assert part.status_code == 200
    assert "hx-get" not in part.text
    assert "<html" not in part.text
    assert f"{asked}/files/pdf" in part.text


def test_the_file_comes_as_an_attachment_that_may_run_nothing(signed_in, asked, organization):
    build(organization)
    answer = signed_in.get(f"{asked}/files/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tiny-2026-06-01.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.getlist("Content-Security-Policy") == [
        "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    ]
    with tenant_scope(organization.id):
        assert "report.download" in set(db.session.scalars(select(AuditEvent.action)))


def test_a_run_can_be_taken_back_and_made_again(signed_in, asked):
    assert signed_in.send(f"{asked}/cancel", asked).status_code == 303
    assert "Taken back" in signed_in.get(asked).text
    again = signed_in.send(f"{asked}/again", asked)
    assert again.status_code == 303
    assert again.location != asked


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("start", "June", "Give both dates"),
        ("last", "2026-05-01", "the first date before the last"),
        ("period", "sometime", "There is no such period."),
        ("size", "A3", "A4 or Letter"),
    ],
)
def test_a_wrong_field_is_shown_at_its_place(signed_in, clinic_id, field, value, words):
    answer = signed_in.send("/reports/new", "/reports/new?type=tiny", **JUNE | {field: value})
    assert answer.status_code == 422
    assert words in answer.text


def test_another_organizations_run_answers_as_a_missing_one(asked, neighbour, make_person, another_browser):
    make_person(Role.ADMIN, email="admin@south.example", places=[neighbour])
    another_browser.log_in("admin@south.example")
    for path in (asked, f"{asked}/files/pdf"):
        foreign, missing = another_browser.get(path), another_browser.get(path.replace(asked[-36:], str(new_id())))
        assert foreign.status_code == missing.status_code == 404
    with tenant_scope(neighbour.id):
        db.session.add(Clinic(organization_id=neighbour.id, id=new_id(), name="Elsewhere", zone="Europe/Berlin"))
        db.session.commit()
    for verb in ("cancel", "again"):
        assert another_browser.send(f"{asked}/{verb}", "/reports").status_code == 404


def test_without_a_form_token_nothing_is_asked_for(signed_in, clinic_id, organization):
    answer = signed_in.post("/reports/new", data=JUNE)
    assert answer.status_code == 400
    with tenant_scope(organization.id):
        assert db.session.scalars(select(ReportRun)).all() == []
