"""What no report can be made of is refused when it is asked for, field by field, and leaves no run and no report."""

import pytest
from sqlalchemy import func, select

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Report, ReportRun, ReportSchedule

pytestmark = pytest.mark.usefixtures("report_files")
MAY = {"date_range": {"start_date": "2026-05-01", "end_date": "2026-05-31"}}
CROSSED = {"date_range": {"start_date": "2026-05-31", "end_date": "2026-05-01"}}
ANALYTICS, V1 = "/api/analytics/reports/", "/api/v1/reports/"
NOBODY = str(new_id())
WRONG = [
    ("payments", MAY | {"metrics": ["attendance.booked"]}, "metrics", 400),
    ("payments", MAY | {"metrics": ["revenue.collected", "attendance.booked"]}, "metrics", 400),
    ("no_shows", MAY | {"metrics": ["satisfaction"]}, "metrics", 400),
    ("no_shows", MAY | {"metrics": ["no.such"]}, "metrics", 400),
    ("no_shows", CROSSED, "date_range", 400),
    ("no_shows", {"period": "some_day"}, "period", 400),
    ("no_shows", MAY | {"granularity": "hourly"}, "granularity", 400),
    ("no_shows", MAY | {"filters": {"clinic_id": NOBODY}}, "clinic_id", 403),
    ("no_shows", MAY | {"filters": {"doctor_id": NOBODY}}, "doctor_id", 403),
    ("clinic_operations", MAY | {"filters": {"departments": [NOBODY]}}, "departments", 403),
    ("claims", MAY | {"filters": {"payers": ["Nobody insures"]}}, "payers", 400),
    ("capacity", MAY | {"filters": {"service_types": ["Nothing we do"]}}, "service_types", 400),
    ("custom", MAY, "metrics", 400),
    ("custom", MAY | {"metrics": ["revenue.costs"], "by": ["hour"]}, "by", 400),
]


def rows(organization) -> list[int]:
    with tenant_scope(organization.id):
        return [db.session.scalar(select(func.count(kind.id))) for kind in (Report, ReportRun, ReportSchedule)]


@pytest.mark.parametrize(("kind", "parameters", "field", "status"), WRONG)
@pytest.mark.parametrize("path", [ANALYTICS, V1])
def test_both_families_name_the_wrong_field(ask_as, clinics, organization, path, kind, parameters, field, status):
    answer = ask_as(Role.ADMIN)("post", path, {"title": "May", "report_type": kind, "parameters": parameters})
    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (status, "ANALYTICS_001" if status == 400 else "ANALYTICS_006")
    assert list(error["details"]["fields"]) == [field]
    assert rows(organization) == [0, 0, 0]


def test_every_wrong_field_has_its_message(staff):
    parameters = CROSSED | {"metrics": ["no.such"], "granularity": "hourly", "size": "A3"}
    answer = staff("post", ANALYTICS, {"title": "May", "report_type": "no_shows", "parameters": parameters})
    assert set(answer.json["error"]["details"]["fields"]) == {"date_range", "metrics", "granularity", "size"}


def test_a_topic_is_narrowed_to_the_rights_of_the_reader_and_a_figure_by_name_is_refused(ask_as, clinics):
    doctor = ask_as(Role.DOCTOR)
    body = {"title": "May", "report_type": "clinic_operations", "parameters": MAY}
    topics = body | {"parameters": MAY | {"metrics": ["appointments", "revenue"]}}
    assert doctor("post", ANALYTICS, topics).status_code == 201
    for words in (["appointments", "revenue.collected"], ["revenue"]):
        refused = doctor("post", ANALYTICS, body | {"parameters": MAY | {"metrics": words}})
        assert (refused.status_code, refused.json["error"]["details"]["field"]) == (403, "metrics")


def test_a_schedule_is_refused_with_its_report_and_neither_is_kept(ask_as, clinics, organization):
    admin = ask_as(Role.ADMIN)
    plan = {"frequency": "monthly", "time": "09:00", "period": "some_day"}
    body = {"title": "May", "report_type": "no_shows", "parameters": MAY, "is_scheduled": True, "schedule_config": plan}
    answer = admin("post", ANALYTICS, body)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "ANALYTICS_009")
    assert list(answer.json["error"]["details"]["fields"]) == ["period"]
    assert rows(organization) == [0, 0, 0]


def test_who_may_not_make_a_shared_report_cannot_schedule_it(ask_as, clinics, organization):
    admin, billing = ask_as(Role.ADMIN), ask_as(Role.BILLING_STAFF)
    body = {"title": "May", "report_type": "no_shows", "parameters": MAY, "shared_with_roles": ["billing_staff"]}
    report = admin("post", V1, body).json["id"]
    plan = {"frequency": "monthly", "time": "09:00"}
    refused = [
        billing("post", f"{ANALYTICS}{report}/schedule/", plan),
        billing("post", f"{V1}schedules", plan | {"report_id": report}),
    ]
    assert [(each.status_code, each.json["error"]["code"]) for each in refused] == [(403, "ANALYTICS_006")] * 2
    assert rows(organization) == [1, 0, 0]


def test_a_body_that_does_not_fit_is_no_fault_of_ours(staff):
    report = staff("post", V1, {"title": "May", "report_type": "no_shows", "parameters": MAY}).json["id"]
    answer = staff("post", f"{V1}{report}/execute", {"formats": "pdf", "colour": "red"})
    assert answer.status_code == 400
    assert set(answer.json["error"]["details"]["fields"]) == {"formats", "colour"}
    overview = staff("get", f"{V1}analytics/overview?start_date=2026-05-01")
    assert list(overview.json["error"]["details"]["fields"]) == ["end_date"]
    crossed = staff("get", f"{ANALYTICS}?date_from=2026-05-02&date_to=2026-05-01")
    assert list(crossed.json["error"]["details"]["fields"]) == ["date_to"]
