"""Each role against each type of report, by page and by program; and what others keep to themselves is not there."""

import pytest

from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.reports.catalogue import REPORTS
from tests.fixtures.clients import Browser

pytestmark = pytest.mark.usefixtures("report_files")
V1, ANALYTICS = "/api/v1/reports/", "/api/analytics/reports/"
MAY = {"date_range": {"start_date": "2026-05-01", "end_date": "2026-05-31"}}
MONEY = {"financial_summary", "payments", "accounts_receivable_aging", "claims", "claim_denials"}
THEIRS = {
    Role.ADMIN: set(REPORTS),
    Role.CLINIC_STAFF: set(REPORTS),
    Role.ANALYST: set(REPORTS),
    Role.DOCTOR: set(REPORTS) - {"staff_productivity"},
    Role.BILLING_STAFF: MONEY | {"custom"},
    Role.PATIENT: set(),
}
LESSER = [Role.DOCTOR, Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST, Role.PATIENT]


@pytest.fixture
def lesser(ask_as, app, organization, clinics, make_practitioner):
    """Somebody of a role, as a program and in a browser; clinic staff and billing staff are of one clinic of two."""

    def of(role: Role):
        more = {"clinic_ids": [clinics[1].id]} if role in (Role.CLINIC_STAFF, Role.BILLING_STAFF) else {}
        if role is Role.DOCTOR:
            with tenant_scope(organization.id):
                more["practitioner_id"] = make_practitioner("Amber").id
                db.session.commit()
        ask, browser = ask_as(role, **more), Browser(app, use_cookies=True)
        browser.log_in(f"{role.value}@north.example")
        return ask, browser

    return of


@pytest.mark.parametrize("role", THEIRS)
def test_a_role_asks_for_its_own_types_and_for_no_other(lesser, role):
    ask, browser = lesser(role)
    made, opened = set(), set()
    for kind in REPORTS:
        figure = "revenue.collected" if role is Role.BILLING_STAFF else "attendance.booked"
        chosen = {"metrics": [figure]} if kind == "custom" else {}
        answer = ask("post", V1, {"title": kind, "report_type": kind, "parameters": MAY | chosen})
        assert answer.status_code in (201, 403), answer.json
        if answer.status_code == 201:
            made.add(kind)
        if browser.get(f"/reports/new?type={kind}").status_code == 200:
            opened.add(kind)
    assert made == opened == THEIRS[role]
    library = browser.get("/reports").text
    assert {kind for kind in REPORTS if f'href="/reports/new?type={kind}"' in library} == THEIRS[role]


@pytest.fixture
def kept(ask_as, app, clinics):
    """What an administrator keeps to themselves: ids of a report of one clinic, its run, its schedule and a webhook."""
    admin = ask_as(Role.ADMIN)
    asked = MAY | {"filters": {"clinic_id": str(clinics[0].id)}}
    report = admin("post", V1, {"title": "Board", "report_type": "financial_summary", "parameters": asked}).json["id"]
    plan = {"report_id": report, "frequency": "monthly", "time": "09:00"}
    browser = Browser(app, use_cookies=True)
    browser.log_in("admin@north.example")
    browser.send("/reports/webhooks", "/reports/webhooks", name="Board", url="https://example.com/hook")
    page = browser.get("/reports/webhooks").text
    return {
        "report": report,
        "run": admin("post", f"{V1}{report}/execute").json["id"],
        "schedule": admin("post", f"{V1}schedules", plan).json["id"],
        "webhook": page.split('href="/reports/webhooks/')[1][:36],
    }


BY_PROGRAM = [
    ("get", V1 + "{report}", None),
    ("patch", V1 + "{report}", {"title": "Mine"}),
    ("delete", V1 + "{report}", None),
    ("post", V1 + "{report}/execute", None),
    ("get", V1 + "{report}/runs", None),
    ("get", V1 + "{report}/download", None),
    ("get", V1 + "runs/{run}", None),
    ("post", V1 + "runs/{run}/cancel", None),
    ("get", V1 + "schedules/{schedule}", None),
    ("patch", V1 + "schedules/{schedule}", {"enabled": False}),
    ("delete", V1 + "schedules/{schedule}", None),
    ("post", V1 + "schedules/{schedule}/run", None),
    ("get", ANALYTICS + "{report}/", None),
    ("patch", ANALYTICS + "{report}/", {"title": "Mine"}),
    ("delete", ANALYTICS + "{report}/", None),
    ("get", ANALYTICS + "{report}/export/?format=pdf", None),
    ("post", ANALYTICS + "{report}/schedule/", {"frequency": "daily", "time": "09:00"}),
]
PAGES = ["{run}", "{run}/files/pdf", "saved/{report}", "schedules/{schedule}", "schedules/{schedule}/edit",
         "schedules/new?report={report}", "webhooks/{webhook}"]  # fmt: skip
FORMS = ["{run}/cancel", "{run}/again", "saved/{report}/run", "saved/{report}/share", "saved/{report}/delete",
         "schedules/{schedule}/state", "schedules/{schedule}/run", "webhooks/{webhook}/secret",
         "webhooks/{webhook}/test", "webhooks/{webhook}/state", "webhooks/{webhook}/remove"]  # fmt: skip


@pytest.mark.parametrize("role", LESSER)
def test_what_an_administrator_keeps_is_not_there_for_anybody_else(kept, lesser, role):
    ask, browser = lesser(role)
    # Patients have no way in at all; for the others it does not exist.
    expected = 403 if role is Role.PATIENT else 404
    answers = {
        f"{method} {path}": ask(method, path.format(**kept), body).status_code for method, path, body in BY_PROGRAM
    }
    answers |= {page: browser.get(f"/reports/{page}".format(**kept)).status_code for page in PAGES}
    answers |= {
        form: browser.send(f"/reports/{form}".format(**kept), "/account", state="ended").status_code for form in FORMS
    }
    assert {what: status for what, status in answers.items() if status != expected} == {}


@pytest.mark.parametrize("role", LESSER)
def test_lists_of_lesser_roles_name_nothing_that_an_administrator_keeps(kept, lesser, role):
    ask, browser = lesser(role)
    lists = [ask("get", path).text for path in (V1, ANALYTICS, V1 + "schedules", V1 + "templates")]
    lists += [browser.get(f"/reports{page}").text for page in ("", "/saved", "/schedules", "/deliveries", "/webhooks")]
    assert not [each for text in lists for each in kept.values() if each in text]
