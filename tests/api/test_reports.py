"""Reports by both families of addresses: asked for, made by a worker, watched, fetched in every format."""

from hashlib import sha256
from urllib.parse import urlsplit

import pytest

from tests.api.seeds import example, missing
from tests.fixtures.reports import work

FORMATS = {"pdf": b"%PDF-", "xlsx": b"PK", "csv": b"\xef\xbb\xbf", "json": b"{", "html": b"<!"}
MAY = {"date_range": {"start_date": "2026-05-01", "end_date": "2026-05-31"}}
ANALYTICS = "/api/analytics/reports/"


pytestmark = pytest.mark.usefixtures("report_files")


def test_the_analytics_family_makes_a_report_and_hands_out_every_format(staff, organization):
    asked_for = MAY | {"metrics": ["appointments"]}
    body = {"title": "May", "report_type": "no_shows", "parameters": asked_for, "formats": list(FORMATS)}
    asked = staff("post", ANALYTICS, body)
    assert (asked.status_code, asked.json["status"]) == (201, "pending")
    expected = example("analytics-module.md", "/api/analytics/reports/", "POST")
    assert list(missing(expected, asked.json)) == []

    work(organization)
    path = f"{ANALYTICS}{asked.json['id']}/"
    shown = staff("get", path).json
    assert (shown["status"], shown["progress"]) == ("completed", 100)
    expected = example("analytics-module.md", "/api/analytics/reports/{report_id}/")
    expected["data"]["summary"] = {}  # its names are those of the report's own metrics
    expected["data"]["detailed_metrics"][0]["data"] = []
    assert list(missing(expected, shown)) == []
    assert shown["data"]["summary"]["attendance.no_show_rate"] == pytest.approx(1 / 14)

    run = staff("get", f"/api/v1/reports/runs/{shown['run_id']}").json
    sums = {file["format"]: file["sha256"] for file in run["files"]}
    for name, start in FORMATS.items():
        link = staff("get", f"{path}export/?format={'excel' if name == 'xlsx' else name}").json
        content = staff("get", urlsplit(link["download_url"]).path).data
        assert content.startswith(start), name
        assert (len(content), sha256(content).hexdigest()) == (link["file_size"], sums[name])
    expected = example("analytics-module.md", "/api/analytics/reports/{report_id}/export/")
    assert list(missing(expected, link)) == []


def test_the_v1_family_saves_executes_and_downloads(staff, organization, clinics):
    body = {"title": "May", "report_type": "appointments", "parameters": MAY, "formats": list(FORMATS)}
    saved = staff("post", "/api/v1/reports/", body)
    assert saved.status_code == 201
    path = f"/api/v1/reports/{saved.json['id']}"
    started = staff("post", f"{path}/execute", {})
    assert (started.status_code, started.json["status"]) == (202, "pending")
    assert staff("get", f"{path}/download?format=pdf").status_code == 409

    work(organization)
    run = staff("get", f"/api/v1/reports/runs/{started.json['execution_id']}").json
    assert run["status"] == "completed"
    assert set(FORMATS) <= {file["format"] for file in run["files"]}
    for file in run["files"]:
        answer = staff("get", f"{path}/download?format={file['format']}")
        assert answer.data.startswith(FORMATS[file["format"]])
        assert sha256(answer.data).hexdigest() == file["sha256"]


@pytest.mark.parametrize(
    ("more", "rate"),
    [
        ({}, 1 / 14),
        ({"filters": {"clinic_id": "harbor"}}, 1 / 4),
        ({"date_range": {"start_date": "2026-05-03", "end_date": "2026-05-31"}}, 1 / 10),
        ({"date_range": None, "period": "last_month"}, 1 / 14),
        ({"date_range": None, "period": "this_month"}, None),
    ],
    ids=["all clinics", "one clinic", "other dates", "relative", "nothing there"],
)
def test_what_is_asked_for_changes_the_figures(staff, organization, clinics, more, rate):
    parameters = {name: value for name, value in (MAY | more).items() if value is not None}
    if "filters" in parameters:
        parameters["filters"] = {"clinic_id": str(clinics[1].id)}
    asked = staff("post", ANALYTICS, {"title": "May", "report_type": "no_shows", "parameters": parameters})
    if rate is None:
        assert (asked.status_code, asked.json["error"]["code"]) == (422, "ANALYTICS_003")
        return
    work(organization)
    shown = staff("get", f"{ANALYTICS}{asked.json['id']}/").json
    assert shown["data"]["summary"]["attendance.no_show_rate"] == pytest.approx(rate)


def test_metrics_and_granularity_narrow_and_cut_the_report(staff, organization):
    parameters = MAY | {"metrics": ["appointments"], "granularity": "weekly"}
    asked = staff("post", ANALYTICS, {"title": "May", "report_type": "clinic_operations", "parameters": parameters})
    work(organization)
    data = staff("get", f"{ANALYTICS}{asked.json['id']}/").json["data"]
    assert {key.split(".")[0] for key in data["definitions"]} == {"attendance"}
    (steps,) = [each for each in data["detailed_metrics"] if each["metric"] == "in_steps"]
    assert sum(row["attendance.seen"] or 0 for row in steps["data"]) == 13


@pytest.mark.parametrize(
    ("kind", "filters", "status"),
    [
        ("no_shows", {"clinic_id": "01a1fc8b-cf13-7554-a64d-cad55e483680"}, 403),
        ("no_shows", {"clinic_id": "none"}, 400),
        ("no_shows", {"patient_demographics": {"age_bands": ["18 to 20"]}}, 400),
        ("no_shows", {"service_types": ["Nothing we do"]}, 400),
        ("payments", {"patient_demographics": {"gender": "female"}}, 400),
        ("nothing", {}, 400),
    ],
)
def test_what_no_report_can_be_made_of_is_refused(staff, kind, filters, status):
    body = {"title": "May", "report_type": kind, "parameters": MAY | {"filters": filters}}
    assert staff("post", ANALYTICS, body).status_code == status
