"""The analytics dashboard: the same figures on the page and over the API, in the fields of the specification."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Expense, Incident
from app.rollups.refresh import refresh
from app.services.dashboards import forecasts, population_count
from tests.api.seeds import example, missing, unexplained

PATH = "/api/analytics/dashboard/"
TODAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T18:00:00Z", tick=False):
        yield


@pytest.fixture
def analyst(browser, make_person):
    person = make_person(Role.ANALYST, email="analyst@north.example")
    browser.log_in(person.email)
    return browser


@pytest.fixture
def downtown(organization, make_clinic):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    return clinic


@pytest.fixture
def quarter(organization, downtown, make_appointment, make_patient, make_practitioner, make_payment):
    """Of November: 40 completed visits of 40 patients and 10 missed, by two doctors; 4,000 collected, 1,000 spent."""
    with tenant_scope(organization.id):
        doctors = [make_practitioner(name) for name in ("Adams", "Baker")]
        for number in range(50):
            make_appointment(
                downtown,
                TODAY - timedelta(days=1 + number % 10),
                "completed" if number < 40 else "no_show",
                practitioner_id=doctors[number % 2].id,
                patient_id=make_patient(home_clinic_id=downtown.id, birth_date=date(1980, 1, 1)).id,
                arrived=0 if number < 40 else None,
                # Half of the visits of Adams start late, and none of Baker's.
                started=(30 if number % 4 == 0 else 5) if number < 40 else None,
                finished=50 if number < 40 else None,
            )
        for day in range(1, 11):
            make_payment(downtown, TODAY - timedelta(days=day), "400.00")
        make_payment(downtown, TODAY - timedelta(days=31), "2000.00")  # in the like part of October
        spent = Expense(organization_id=organization.id, id=new_id(), clinic_id=downtown.id, category="rent")
        spent.day, spent.amount = TODAY - timedelta(days=3), Decimal("1000.00")
        near = Incident(organization_id=organization.id, id=new_id(), clinic_id=downtown.id, severity="near_miss")
        near.day, near.category = TODAY - timedelta(days=2), "fall"
        db.session.add_all([spent, near])
        db.session.commit()
    refresh(organization.id)
    with tenant_scope(organization.id):
        population_count.count(organization.id)
        forecasts.make(organization.id)
    return doctors


@pytest.fixture
def answer(browser, make_person, quarter):
    """What a person of a role is answered."""

    def ask(role: Role, query: str = "", **more):
        person = make_person(role, email=f"{role}@north.example", **more)
        browser.log_in(person.email)
        return browser.get(PATH + query)

    return ask


def test_every_field_of_the_specification_is_answered(answer):
    found = answer(Role.ADMIN)
    assert found.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), found.json)) == []
    assert unexplained(example("dashboards-module.md", PATH), found.json) == []


def test_an_organization_without_records_gets_reasons_and_no_zeros(analyst, downtown):
    found = analyst.get(PATH).json
    assert found["financial_analytics"]["revenue_insights"]["revenue_per_patient"] is None
    assert found["patient_analytics"]["behavior_insights"]["engagement_score"]["average"] is None
    assert "counted yet" in found["reasons"]["patient_analytics.behavior_insights.engagement_score.average"]
    assert found["predictive_insights"] == []
    assert analyst.get("/analytics/").status_code == 200


def test_money_is_compared_with_the_same_part_of_the_month_before(answer):
    money = answer(Role.ADMIN).json["financial_analytics"]
    assert money["revenue_insights"]["growth_rate"] == 1.0  # 4,000 against 2,000
    assert money["revenue_insights"]["revenue_per_patient"] == "100.00"  # of 40 patients
    assert money["revenue_insights"]["profit_margins"]["overall"] == 0.75
    assert money["cost_analysis"]["operational_costs"] == "1000.00"
    assert money["cost_analysis"]["cost_per_patient"] == "25.00"
    assert money["cost_analysis"]["by_category"] == [{"category": "rent", "amount": "1000.00"}]


def test_a_margin_by_service_is_not_made_up(answer):
    found = answer(Role.ADMIN).json
    assert found["financial_analytics"]["revenue_insights"]["profit_margins"]["by_service"] is None
    reason = found["reasons"]["financial_analytics.revenue_insights.profit_margins.by_service"]
    assert "by category, not by service" in reason


def test_nobody_is_ranked_or_scored(answer):
    found = answer(Role.ADMIN).json
    overall = found["doctor_performance"]["overall_metrics"]
    assert (overall["total_doctors"], overall["average_performance_score"], overall["top_performers"]) == (2, None, [])
    assert "not ranked" in found["reasons"]["doctor_performance.overall_metrics.top_performers"]


def test_opportunities_are_doctors_outside_the_limits_of_chance(answer):
    overall = answer(Role.ADMIN).json["doctor_performance"]["overall_metrics"]
    assert overall["improvement_opportunities"] == 0  # 10 of 20 on time, where all together are 30 of 40


def test_the_population_adds_up_to_the_patients_analysed(answer):
    patients = answer(Role.ADMIN).json["patient_analytics"]
    whole = patients["behavior_insights"]["total_patients_analyzed"]
    ages = patients["demographic_insights"]["age_distribution"]
    assert whole == 50
    assert [(band["range"], band["count"], band["percentage"]) for band in ages] == [("31-50", 50, 1.0)]


def test_incidents_and_near_misses_are_counted(answer):
    safety = answer(Role.ADMIN).json["doctor_performance"]["quality_indicators"]["safety_metrics"]
    assert safety == {"incidents": 1, "near_misses": 1, "safety_score": None}


def test_metrics_asked_for_are_answered_beside(answer):
    found = answer(Role.ADMIN, "?metrics=attendance.no_show_rate,revenue.collected").json["metrics"]
    assert found["attendance.no_show_rate"]["value"] == 0.2
    assert found["revenue.collected"]["value"] == 4000


def test_a_metric_that_does_not_exist_is_said(answer):
    found = answer(Role.ADMIN, "?metrics=attendance.everything")
    assert found.status_code == 422
    assert found.json["error"]["code"] == "invalid"


@pytest.mark.parametrize("query", ["?clinic_id=01890000-0000-7000-8000-000000000000", "?department=Nowhere"])
def test_a_place_that_is_not_theirs_does_not_exist(answer, query):
    assert answer(Role.ANALYST, query).status_code == 404


def test_a_department_is_named_in_any_case(answer, organization, downtown, make_department):
    with tenant_scope(organization.id):
        make_department(downtown, "Cardiology")
        db.session.commit()
    found = answer(Role.ADMIN, "?department=cardiology").json
    assert found["overview"]["department"] == "Cardiology"
    assert found["patient_analytics"]["behavior_insights"]["engagement_score"]["average"] is None


def test_an_analyst_sees_no_small_cell_and_no_doctors_name(answer, browser):
    found = answer(Role.ANALYST)
    safety = found.json["doctor_performance"]["quality_indicators"]["safety_metrics"]
    assert (safety["incidents"], safety["near_misses"]) == (None, None)
    page = browser.get("/analytics/").text
    for name in ("Adams", "Baker"):
        assert name not in found.text
        assert name not in page


def test_an_admin_reads_the_names_in_the_funnels_table(answer, browser):
    answer(Role.ADMIN)
    assert "Adams" in browser.get("/analytics/?table=funnel-on-time-rate").text


def test_a_doctor_sees_their_own_figures_and_peers_without_names(answer, browser, quarter):
    found = answer(Role.DOCTOR, practitioner_id=quarter[0].id).json
    efficiency = found["doctor_performance"]["efficiency_analysis"]["appointment_efficiency"]
    assert efficiency["on_time_percentage"] == 0.5
    assert found["doctor_performance"]["overall_metrics"]["total_doctors"] == 2
    page = browser.get("/analytics/?table=funnel-on-time-rate").text
    assert "Adams" in page
    assert "Baker" not in page


def test_clinic_staff_see_their_own_clinics(answer, organization, make_clinic):
    with tenant_scope(organization.id):
        empty = make_clinic("Empty")
        db.session.commit()
    found = answer(Role.CLINIC_STAFF, clinic_ids=[empty.id]).json
    assert found["financial_analytics"]["cost_analysis"]["operational_costs"] in (None, "0.00")
    assert found["patient_analytics"]["behavior_insights"]["total_patients_analyzed"] in (None, 0)


@pytest.mark.parametrize("role", [Role.BILLING_STAFF, Role.PATIENT, Role.PLATFORM_ADMIN], ids=str)
def test_others_may_not_open_it(answer, browser, role):
    assert answer(role).status_code == 403
    assert browser.get("/analytics/").status_code == 403


def test_the_page_asks_little(answer, browser, organization):
    answer(Role.ANALYST)
    browser.get("/analytics/?period=quarter")  # what is remembered between requests is known now
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config", "SET ")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert browser.get("/analytics/").status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(asked) <= 15, "\n\n".join(asked)
