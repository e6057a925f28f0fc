"""The form of a schedule: what each rhythm needs, what was ticked, and how a wrong field comes back."""

import re

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Clinic, Report, ReportSchedule
from app.services.reports import report_types
from tests.faults.tiny import TINY


@pytest.fixture
def form(monkeypatch, signed_in, organization) -> str:
    """The address of the form for a saved report."""
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    with tenant_scope(organization.id):
        db.session.add(Clinic(organization_id=organization.id, id=new_id(), name="North", zone="Europe/Berlin"))
        db.session.commit()
    asked = {"type": "tiny", "period": "last_month", "size": "A4", "formats": "pdf", "title": "Month"}
    assert signed_in.send("/reports/saved", "/reports/new?type=tiny", **asked).status_code == 303
    with tenant_scope(organization.id):
        return f"/reports/schedules/new?report={db.session.scalars(select(Report.id)).one()}"


def sent(browser, form: str, **values: object):
    usual = {
        "frequency": "weekly",
        "at": "07:30",
        "weekday": "2",
        "month_day": "1",
        "month": "1",
        "zone": "Europe/Berlin",
    }
    more = {"period": "last_month", "missed": "once", "mail_as": "link", "link_days": "14", "report": form[-36:]}
    return browser.send("/reports/schedules/new", form, **usual | more | {"formats": ["pdf", "csv"]} | values)


def stored(organization) -> ReportSchedule:
    with tenant_scope(organization.id):
        return db.session.scalars(select(ReportSchedule)).one()


def test_each_field_that_one_rhythm_needs_says_which(signed_in, form):
    page = signed_in.get(form).text
    needed = dict(re.findall(r'data-when="([a-z ]+)">\s*<label for="field-([a-z_]+)"', page))
    assert {name: when for when, name in needed.items()} == {
        "weekday": "weekly",
        "quarter_month": "quarterly",
        "month": "yearly",
        "month_day": "monthly quarterly yearly",
        "cron": "cron",
        "at": "daily weekly monthly quarterly yearly",
    }


def test_what_is_ticked_is_kept_and_shown_again(signed_in, form, organization):
    answer = sent(signed_in, form, roles=["doctor", "analyst"], channels="notice")
    assert answer.status_code == 303
    schedule = stored(organization)
    assert (schedule.frequency, schedule.weekday, schedule.at) == ("weekly", 2, "07:30")
    assert (schedule.formats, schedule.roles, schedule.channels) == (["pdf", "csv"], ["analyst", "doctor"], ["notice"])
    page = signed_in.get(f"{answer.location}/edit").text
    ticked = re.findall(r'name="(\w+)" value="(\w+)" checked', page)
    assert ticked == [
        ("formats", "pdf"),
        ("formats", "csv"),
        ("roles", "doctor"),
        ("roles", "analyst"),
        ("channels", "notice"),
    ]


def test_the_month_of_a_quarter_is_its_own_field(signed_in, form, organization):
    assert sent(signed_in, form, frequency="quarterly", quarter_month="3", month="7").status_code == 303
    assert stored(organization).month == 3


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"frequency": "cron", "cron": "every day"}, "A cron expression has five fields"),
        ({"frequency": "monthly", "month_day": "32"}, "Give a number from 1 to 31."),
        ({"recipients": "nobody@elsewhere.example"}, "Reports are sent to members of the organization."),
    ],
)
def test_a_wrong_field_is_told_and_the_rest_comes_back(signed_in, form, values, words):
    answer = sent(signed_in, form, roles="doctor", **values)
    assert answer.status_code in (400, 422)
    assert words in answer.text
    assert 'name="roles" value="doctor" checked' in answer.text
    assert 'value="07:30"' in answer.text
