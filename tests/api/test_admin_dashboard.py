"""The admin dashboard over the API and as a page: an organization's own part, or the installation, never a patient."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import event

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import Patient, PlatformCount, ServiceMinute, ServiceSample, Subscription, SystemAlert
from app.rollups.refresh import refresh
from app.services.organizations import create_user
from app.services.platform import checks, platform_counts, platform_health
from tests.api.seeds import example, missing, unexplained
from tests.fixtures.clients import _HASH, PASSWORD

PATH = "/api/dashboard/admin/"
NOW = datetime(2026, 11, 19, 18, tzinfo=UTC)
TODAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def counted(organization, neighbour, make_clinic, make_payment):
    """North: two patients, 300 collected, a plan of 150. South: one patient, a plan of 50. Both counted."""
    for place, patients, fee in ((organization, 2, "150"), (neighbour, 1, "50")):
        with tenant_scope(place.id):
            if place is organization:
                clinic = make_clinic(region="North")
                for amount in ("100.00", "200.00"):
                    make_payment(clinic, TODAY, amount)
            for _ in range(patients):
                patient = Patient(organization_id=place.id, id=new_id())
                patient.name = "Planted, Name"
                db.session.add(patient)
            plan = {"plan": "Group", "currency": "USD", "monthly_fee": Decimal(fee), "fee_rate": Decimal("0.01")}
            db.session.add(Subscription(id=new_id(), started_on=date(2026, 1, 1), **plan))
            db.session.commit()
        refresh(place.id)
        platform_counts.take(place.id)


@pytest.fixture
def measured(session):
    """Ten minutes of samples, one of them down, and twenty requests, one of which failed."""
    for minutes in range(10):
        values = {"database_us": 1500, "database_bytes": 10**9, "storage_bytes": 10**12}
        values |= {"storage_free_bytes": 6 * 10**11, "queue_depth": 2, "refresh_lag_seconds": 0, "web_up": minutes != 5}
        session.add(ServiceSample(minute=NOW - timedelta(minutes=minutes), **values))
    buckets = [0] * 11
    buckets[3] = 20  # 25 to 50 ms
    session.add(ServiceMinute(minute=NOW - timedelta(minutes=3), area="clinic", requests=20, errors=1, buckets=buckets))
    session.flush()
    checks.run(platform_health.vitals())


@pytest.fixture
def platform(browser):
    """A platform admin who belongs to no organization, logged in."""
    create_user("platform@example.test", "Plat Form", _HASH, platform_admin=True)
    db.session.commit()
    browser.log_in("platform@example.test")
    return browser


def test_every_field_of_the_specification_is_answered(signed_in, counted, measured):
    answer = signed_in.get(PATH)
    assert answer.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []
    assert unexplained(example("dashboards-module.md", PATH), answer.json) == []


def test_every_field_is_answered_for_the_installation_too(platform, counted, measured):
    answer = platform.get(PATH)
    assert answer.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []
    assert unexplained(example("dashboards-module.md", PATH), answer.json) == []


def test_the_state_is_measured(platform, counted, measured):
    overview = platform.get(PATH).json["system_overview"]
    assert (overview["platform_status"], overview["uptime"]) == ("operational", "90%")
    assert overview["system_health"] == {
        "database_performance": "excellent",
        "api_response_time": "38ms",
        "error_rate": "5%",
        "storage_usage": "40%",
    }


def test_the_installation_is_the_sum_of_its_organizations(platform, counted):
    answer = platform.get(PATH).json
    assert answer["clinic_management"]["metrics_summary"]["total_patients"] == 3
    assert answer["financial_overview"]["subscription_revenue"]["monthly"] == "200.00"
    assert answer["financial_overview"]["subscription_revenue"]["annual"] == "2400.00"


def test_an_organizations_admin_sees_no_count_of_another(signed_in, counted):
    answer = signed_in.get(PATH).json
    assert answer["clinic_management"]["metrics_summary"]["total_patients"] == 2
    assert answer["clinic_management"]["metrics_summary"]["system_revenue_month"] == "300.00"
    assert answer["financial_overview"]["subscription_revenue"]["monthly"] == "150.00"


def test_a_missing_value_says_why(signed_in, counted):
    answer = signed_in.get(PATH).json
    assert answer["system_overview"]["uptime"] is None
    assert "measured" in answer["reasons"]["system_overview.uptime"]
    assert "platform admins" in answer["reasons"]["system_overview.system_health.storage_usage"]


def test_compliance_is_what_the_checks_say_and_never_a_certificate(platform, measured):
    answer = platform.get(PATH)
    protection = answer.json["security_monitoring"]["data_protection"]
    failed = [one["check"] for one in protection["checks"] if not one["ok"]]
    expected = f"{len(failed)} of {len(protection['checks'])} checks failed" if failed else "checks passed"
    assert expected in protection["compliance_status"]
    assert {"web", "database", "redis", "migrations", "rights", "row_security"} <= {
        one["check"] for one in protection["checks"]
    }
    assert "HIPAA" not in answer.text


@pytest.mark.parametrize(
    "role", [Role.DOCTOR, Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST, Role.PATIENT], ids=str
)
def test_others_may_not_open_it(browser, make_person, role):
    browser.log_in(make_person(role, email="other@north.example").email)
    assert browser.get(PATH).status_code == 403
    assert browser.get("/admin/").status_code == 403


def test_a_platform_admin_lands_on_the_state_of_the_installation(platform, counted, measured):
    assert platform.get("/").location == "/admin/"
    page = platform.get("/admin/").text
    assert "Whole installation" in page
    assert "Planted" not in page


@pytest.fixture
def statements():
    """The statements that the application sends, without those that open and close transactions."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        if not statement.startswith(("SET LOCAL", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    engine = db.session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", ["/admin/", PATH])
def test_a_page_of_an_organization_takes_fifteen_statements_at_most(signed_in, counted, measured, statements, address):
    signed_in.get(address)
    statements.clear()
    assert signed_in.get(address).status_code == 200
    assert 8 < len(statements) <= 15, "\n".join(line[:110] for line in statements)


@pytest.mark.parametrize("address", ["/admin/", PATH])
def test_a_page_of_the_installation_does_so_too(platform, counted, measured, statements, address):
    platform.get(address)
    statements.clear()
    assert platform.get(address).status_code == 200
    assert 8 < len(statements) <= 15, "\n".join(line[:110] for line in statements)


def test_a_program_of_a_platform_admin_needs_no_organization(browser, session, counted):
    create_user("platform@example.test", "Plat Form", _HASH, platform_admin=True)
    db.session.commit()
    pair = browser.post("/api/auth/token", json={"email": "platform@example.test", "password": PASSWORD}).json
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    assert browser.get(PATH, headers=headers).json["clinic_management"]["metrics_summary"]["total_patients"] == 3
    assert browser.get("/api/auth/me", headers=headers).json["organization"] is None
    assert browser.get("/api/billing/dashboard/", headers=headers).status_code == 403
    again = browser.post("/api/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert again.status_code == 200


def test_somebody_without_any_organization_stays_out(browser, session):
    create_user("nobody@example.test", "No Body", _HASH)
    db.session.commit()
    browser.log_in("nobody@example.test")
    assert browser.get("/admin/").status_code == 303
    assert browser.get(PATH).status_code == 403


def test_an_alert_is_acknowledged_by_a_platform_admin_alone(platform, another_browser, admin, measured):
    alert = SystemAlert(
        id=new_id(), rule="system.queue", kind="capacity", severity="medium", message="201 jobs wait",
        recommendation="Start another worker.", opened_at=NOW, seen_at=NOW,
    )  # fmt: skip
    db.session.add(alert)
    db.session.commit()
    alert_id = alert.id
    another_browser.log_in(admin.email)
    refused = another_browser.send(f"/admin/alerts/{alert_id}/take", page="/account")
    assert refused.status_code == 403
    assert "201 jobs wait" not in another_browser.get("/admin/").text
    assert "201 jobs wait" in platform.get("/admin/").text
    taken = platform.send(f"/admin/alerts/{alert_id}/take", page="/admin/")
    assert taken.status_code == 303
    assert platform.get(PATH).json["system_alerts"][0]["acknowledged_by"] == "Plat Form"


def nulls(value, path=""):
    """The dotted paths of all nulls of an answer, without the places of lists."""
    if isinstance(value, dict):
        return {each for name, part in value.items() for each in nulls(part, f"{path}.{name}".lstrip("."))}
    if isinstance(value, list):
        return {each for part in value for each in nulls(part, path)}
    return {path} if value is None else set()


def test_each_null_has_a_reason_that_names_the_record_it_wants(platform, counted):
    """Counted but never measured, with no visit, no ticket, no survey and no backup: whatever is null says why."""
    answer = platform.get(PATH).json
    reasons = answer.pop("reasons")
    unsaid = {path for path in nulls(answer) if not any(path == one or path.startswith(f"{one}.") for one in reasons)}
    assert unsaid == {"loading"}
    assert reasons["system_overview.last_updated"] == "The scheduler has not measured yet; it does so each minute."
    assert reasons["clinic_management.top_performing_clinics.satisfaction_score"].startswith("No survey about")
    assert reasons["financial_overview.subscription_revenue.growth_rate"].endswith("of a year ago is recorded.")
    assert reasons["security_monitoring.data_protection.last_backup"] == "No backup was completed yet."


def test_chargebacks_of_an_organization_that_has_none_count_with_its_card_payments(platform, session, counted):
    """One of 10 card payments here and none of 30 there came back: 1 ÷ 40."""
    for place, number, whole in zip(session.query(PlatformCount), (1, 0), (10, 30), strict=True):
        month = {**place.counts["month"], "payments.chargebacks": number}
        place.counts = {**place.counts, "month": month, "card_payments": whole}
    db.session.commit()
    health = platform.get(PATH).json["financial_overview"]["payment_health"]
    assert health["chargeback_rate"] == 0.025
