"""The access log as people read it: words instead of keys, names for those who may know them, an act in one row."""

import ast
import re
from pathlib import Path

import pytest

from app.config import REPOSITORY
from app.core.actor import Actor
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent
from app.models.keyring import keyring
from app.services import audit
from app.web.audit_words import ACTIONS

KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.fixture
def jane(organization, make_clinic, make_patient):
    with tenant_scope(organization.id):
        patient = make_patient("Smith, Jane", home_clinic_id=make_clinic().id)
        patient.record_number = "MC-7"
        patient.record_number_index = keyring(organization.id).blind("record_number_index", "MC-7")
        db.session.commit()
    return patient


def cells(page: str) -> list[list[str]]:
    """The texts of the log's rows."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in body.split("<tr")[1:])
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in rows]


def test_the_administrator_reads_who_was_looked_at_and_leaves_a_line_of_it(signed_in, jane, organization):
    signed_in.get(f"/patient/?patient_id={jane.id}")
    page = signed_in.get("/audit").text
    assert ["opened a patient&#39;s health record", "Smith, Jane MC-7"] in [row[2:4] for row in cells(page)]
    assert not KEY.search(page.partition("<tbody>")[2])
    again = cells(signed_in.get("/audit").text)
    assert again[0][2:4] == ["saw a patient in the access log", "Smith, Jane MC-7"]
    signed_in.get("/audit")
    with tenant_scope(organization.id):
        lines = db.session.query(AuditEvent).filter_by(action="log.read")
        assert [line.patient_id for line in lines] == [jane.id]  # one stands for an hour


def test_a_page_that_showed_several_patients_is_one_row(signed_in, jane, organization, make_patient):
    with tenant_scope(organization.id):
        others = [make_patient(f"Doe, {name}") for name in "ABCDEFG"]
        actor = Actor(organization.id, None, "Night desk", frozenset(), request_id="r1")
        audit.record_reads(actor, "worklist.read", "patient", [jane.id, *(one.id for one in others)])
        db.session.commit()
    (row,) = (row for row in cells(signed_in.get("/audit").text) if row[1] == "Night desk")
    assert row[2] == "saw a patient in a worklist"
    assert row[3].count(";") == 4
    assert row[3].endswith("and 3 more")


def test_who_may_not_open_a_record_reads_no_name_in_their_own_lines(
    browser, make_person, jane, organization, make_clinic
):
    with tenant_scope(organization.id):
        elsewhere = make_clinic(name="Elsewhere")
        db.session.commit()
    browser.log_in(make_person(Role.CLINIC_STAFF, clinic_ids=[elsewhere.id]).email)
    assert browser.get(f"/patient/?patient_id={jane.id}").status_code == 404
    page = browser.get("/audit/own").text
    assert "Smith" not in page
    assert "MC-7" not in page
    assert ["patient", "refused"] in [[row[3], row[5]] for row in cells(page)]


def test_a_person_is_named_and_the_log_is_said_to_be_whole(signed_in, admin):
    page = signed_in.get("/audit").text
    assert ["logged in", admin.user.name] in [row[2:4] for row in cells(page)]
    assert "none was changed, none is missing" in page


def _recorded() -> set[str]:
    """The actions that the code writes down by name."""
    found: set[str] = set()
    for path in Path(REPOSITORY, "app").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            name = ast.unparse(call.func)
            if name in ("audit.record", "audit.record_reads"):
                found |= {one.value for one in call.args[1:2] if isinstance(one, ast.Constant)}
            if name == "audit.record_lists":
                found |= {one.value for one in ast.walk(call.args[2]) if isinstance(one, ast.Constant)}
    return found


def test_every_action_that_is_recorded_has_words():
    assert len(_recorded()) > 50
    assert _recorded() - ACTIONS.keys() == set()
