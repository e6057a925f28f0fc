"""Each endpoint of reports that the specifications name answers with their fields, parameters and statuses."""

import re
from uuid import UUID

import pytest

from app.core.permissions import Role
from tests.api.seeds import SEEDS, example, missing
from tests.fixtures.reports import work

pytestmark = pytest.mark.usefixtures("report_files")
DOCUMENT = "analytics-module.md"
ANALYTICS, V1 = "/api/analytics/reports/", "/api/v1/reports"
DATES = {"start_date": "2026-05-01", "end_date": "2026-05-31"}


@pytest.fixture
def admin(ask_as, clinics):
    return ask_as(Role.ADMIN)


@pytest.fixture
def made(admin, organization, clinics) -> str:
    """A report from the very body of the specification, with a clinic and dates that there are; made by a worker."""
    path = SEEDS / DOCUMENT
    if not path.exists():
        pytest.skip(f"the specifications are not at hand: {path}")
    body = {
        "title": "Q1 2024 Clinic Performance",
        "description": "Comprehensive quarterly analysis",
        "report_type": "clinic_operations",
        "parameters": {
            "date_range": DATES,
            "filters": {"clinic_id": str(clinics[0].id)},
            "metrics": ["appointments", "revenue", "efficiency"],
            "granularity": "monthly",
        },
        "is_scheduled": False,
    }
    answer = admin("post", ANALYTICS, body)
    assert answer.status_code == 201
    assert list(missing(example(DOCUMENT, ANALYTICS, "POST"), answer.json)) == []
    work(organization)
    return answer.json["id"]


def test_the_list_has_the_fields_and_heeds_each_parameter(admin, made):
    whole = admin("get", ANALYTICS).json
    assert list(missing(example(DOCUMENT, ANALYTICS), whole)) == []
    author = whole["results"][0]["generated_by"]
    there = ["report_type=clinic_operations", "status=completed", "date_from=2026-06-05", "date_to=2026-06-05"]
    there += [f"created_by={author}", "page=1", "page_size=5"]
    gone = ["report_type=payments", "status=failed", "date_from=2026-06-06", "date_to=2026-06-04"]
    gone += [f"created_by={UUID(int=0)}", "page=2"]
    assert [admin("get", f"{ANALYTICS}?{each}").json["results"] for each in there] == [whole["results"]] * len(there)
    assert [admin("get", f"{ANALYTICS}?{each}").json["results"] for each in gone] == [[]] * len(gone)


def test_a_report_has_the_fields_of_the_model_and_of_the_example(admin, made):
    shown = admin("get", f"{ANALYTICS}{made}/").json
    wanted = example(DOCUMENT, f"{ANALYTICS}{{report_id}}/")
    wanted["data"]["summary"], wanted["data"]["detailed_metrics"][0]["data"] = {}, []
    assert list(missing(wanted, shown)) == []
    model = re.search(r"### AnalyticsReport\n\n```json\n(.*?)```", (SEEDS / DOCUMENT).read_text(), re.DOTALL)
    assert model is not None
    fields = set(re.findall(r'^  "(\w+)"', model[1], re.MULTILINE))
    assert fields - set(shown) == set()
    steps = {table["metric"]: table for table in shown["data"]["detailed_metrics"]}["in_steps"]
    domains = {key.partition(".")[0] for key in steps["columns"]}
    assert domains == {"step", "attendance", "waiting"}, steps["columns"]  # nobody recorded invoices or bookable time


def test_a_report_is_exported_scheduled_changed_and_deleted(admin, made, organization, make_person):
    path = f"{ANALYTICS}{made}/"
    for format_ in ("pdf", "excel", "csv"):
        link = admin("get", f"{path}export/?format={format_}&include_charts=false").json
        assert list(missing(example(DOCUMENT, f"{ANALYTICS}{{report_id}}/export/"), link)) == []
    plan = example(DOCUMENT, f"{ANALYTICS}{{report_id}}/schedule/", "POST") | {"recipients": ["admin@north.example"]}
    scheduled = admin("post", f"{path}schedule/", plan)
    assert scheduled.status_code == 201
    assert {name: scheduled.json[name] for name in plan} == plan
    assert admin("get", path).json["is_scheduled"]
    assert admin("patch", path, {"title": "Other"}).json["title"] == "Other"
    assert admin("delete", path).status_code == 204
    assert admin("get", path).status_code == 404


def test_a_program_that_polls_until_completed_or_failed_is_answered(admin, made):
    shown = admin("get", f"{ANALYTICS}{made}/").json
    assert shown["status"] in ("completed", "failed")
    assert "error_message" in shown


def test_the_v1_family_has_every_endpoint_of_the_specification(admin, made):
    saved = admin("post", f"{V1}/", {"title": "May", "report_type": "no_shows", "parameters": {"date_range": DATES}})
    assert saved.status_code == 201
    report = f"{V1}/{saved.json['id']}"
    properties = {"is_completed", "is_running", "is_failed", "file_size_mb", "is_expired"}
    assert properties - set(admin("get", report).json) == set()
    assert admin("get", f"{V1}/").json["total"] == 2
    assert admin("patch", report, {"description": "of the month"}).json["description"] == "of the month"
    assert admin("post", f"{report}/execute").status_code == 202
    plan = {"report_id": saved.json["id"], "frequency": "cron", "cron": "0 7 * * 1", "timezone": "Europe/Berlin"}
    schedule = admin("post", f"{V1}/schedules", plan)
    assert schedule.status_code == 201
    assert {"is_active", "is_due", "success_rate", "cron_expression", "delivery_methods"} - set(schedule.json) == set()
    at = f"{V1}/schedules/{schedule.json['id']}"
    assert admin("patch", at, {"status": "paused"}).json["is_active"] is False
    assert admin("get", at).json["status"] == "paused"
    template = {"title": "Pattern", "report_type": "no_shows", "parameters": {"period": "last_month"}}
    assert admin("post", f"{V1}/templates", template).status_code == 201
    assert admin("get", f"{V1}/templates").json["total"] == 1
    summary = admin("get", f"{V1}/stats/summary").json
    assert (summary["total_reports"], summary["total_runs"], summary["success_rate"]) == (2, 2, 1.0)
    assert admin("delete", at).status_code == 204
    assert admin("delete", report).status_code == 204


@pytest.mark.parametrize("topic", ["revenue", "appointments", "patients", "tasks", "claims"])
def test_each_topic_answers_over_dates_with_its_comparison(admin, topic):
    answer = admin("post", f"{V1}/analytics/{topic}", DATES | {"granularity": "weekly"})
    assert answer.status_code == 200
    assert {"metrics", "comparison", "trend", "date_range", "as_of"} - set(answer.json) == set()
    assert answer.json["comparison"] is not None


def test_the_overview_has_the_first_figures_of_each_topic(admin):
    metrics = admin("get", f"{V1}/analytics/overview?start_date=2026-05-01&end_date=2026-05-31").json["metrics"]
    assert (metrics["total_appointments"], metrics["completed_appointments"]) == (14, 13)
    assert metrics["no_show_rate"] == 0.0714  # 1 of 14, with four places
