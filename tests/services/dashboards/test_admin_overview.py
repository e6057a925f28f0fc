"""The admin's view: an organization's own part, or the counts of all organizations, and never a patient."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import delete

from app.core.errors import Forbidden
from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Clinic,
    Invoice,
    Patient,
    Payment,
    PlatformCount,
    PlatformRead,
    Subscription,
    SupportTicket,
    UserDay,
)
from app.rollups.refresh import refresh
from app.services.dashboards import admin_overview
from app.services.organizations import add_member, create_organization, create_user
from app.services.platform import platform_counts

NOW = datetime(2026, 6, 19, 15, tzinfo=UTC)
TODAY = date(2026, 6, 19)
SEED = {
    "system_overview": {"platform_status", "uptime", "last_updated", "active_users", "system_health"},
    "clinic_management": {
        "total_clinics", "active_clinics", "pending_verification", "top_performing_clinics", "metrics_summary",
    },
    "user_analytics": {"registration_trends", "engagement_metrics", "geographic_distribution"},
    "financial_overview": {"subscription_revenue", "transaction_fees", "payment_health"},
    "security_monitoring": {"login_attempts", "data_protection", "security_incidents"},
    "support_metrics": {"tickets", "common_issues"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def uncounted(session):
    """Nothing was counted before; counts that were committed elsewhere come back with the end of the test."""
    session.execute(delete(PlatformCount))


@pytest.fixture(autouse=True)
def now(session):
    """It is Friday 19 June 2026, 10:00 in Chicago."""
    with time_machine.travel(NOW, tick=False):
        yield


def _fill(organization, name: str, region: str, amount: str, patients: int) -> None:
    with tenant_scope(organization.id):
        clinic = Clinic(id=new_id(), name=name, zone="America/Chicago", region=region)
        db.session.add(clinic)
        db.session.flush()
        for _ in range(patients):
            patient = Patient(organization_id=organization.id, id=new_id(), home_clinic_id=clinic.id)
            patient.name, patient.registered_on = "Planted, Name", TODAY
            db.session.add(patient)
        for status in ("settled", "settled", "settled", "failed"):
            db.session.add(
                Payment(
                    id=new_id(),
                    clinic_id=clinic.id,
                    status=status,
                    method="card",
                    paid_at=NOW - timedelta(days=1),
                    local_day=TODAY - timedelta(days=1),
                    amount=Decimal(amount),
                )
            )
        for start, end, fee in ((date(2024, 1, 1), date(2025, 12, 31), "100"), (date(2026, 1, 1), None, "150")):
            db.session.add(
                Subscription(
                    id=new_id(),
                    plan="Group",
                    currency="USD",
                    monthly_fee=Decimal(fee),
                    fee_rate=Decimal("0.01"),
                    started_on=start,
                    ended_on=end,
                )
            )
        for kind, hours, took in (("password", 3, 2), ("password", 50, 4), ("billing", 5, None), ("password", 900, 1)):
            opened = NOW - timedelta(hours=hours)
            db.session.add(
                SupportTicket(
                    id=new_id(),
                    kind=kind,
                    status="open" if took is None else "resolved",
                    opened_at=opened,
                    resolved_at=None if took is None else opened + timedelta(hours=took),
                )
            )
        db.session.commit()
    refresh(organization.id)
    platform_counts.take(organization.id)


@pytest.fixture
def platform(make_actor):
    """A platform admin, who belongs to the first organization."""
    return make_actor(Role.PLATFORM_ADMIN, address="192.0.2.7")


@pytest.fixture
def two(organization, neighbour):
    """Two organizations with different currencies."""
    _fill(organization, "Downtown", "North", "100.00", 3)
    _fill(neighbour, "Praxis", "East", "10.00", 2)


def test_every_block_and_field_of_the_dashboard_is_there(two, platform):
    blocks = admin_overview.read(platform).blocks
    assert {name: SEED[name] <= set(block) for name, block in blocks.items() if name in SEED} == dict.fromkeys(
        SEED, True
    )
    assert blocks["system_alerts"] == []


def test_a_platform_admin_sees_the_sum_of_all_organizations(two, platform):
    overview = admin_overview.read(platform)
    clinics = overview.blocks["clinic_management"]
    assert (clinics["total_clinics"], clinics["active_clinics"]) == (2, 2)
    assert clinics["metrics_summary"]["total_patients"] == 5
    assert [clinic["name"] for clinic in clinics["top_performing_clinics"]] == ["Downtown", "Praxis"]
    assert overview.blocks["user_analytics"]["geographic_distribution"] == [
        {"region": "East", "clinics": 1, "patients": 2, "doctors": 0},
        {"region": "North", "clinics": 1, "patients": 3, "doctors": 0},
    ]
    trend = overview.blocks["user_analytics"]["registration_trends"]
    assert (trend[-1]["date"], trend[-1]["new_patients"], len(trend)) == (TODAY, 5, 8)


def test_amounts_of_several_currencies_stand_side_by_side(two, platform):
    overview = admin_overview.read(platform)
    summary = overview.blocks["clinic_management"]["metrics_summary"]
    assert summary["system_revenue_month"] is None
    assert summary["revenue_month_by_currency"] == {"EUR": 30, "USD": 300}
    assert "currency" in overview.reasons["clinic_management.metrics_summary.system_revenue_month"]
    fees = overview.blocks["financial_overview"]["transaction_fees"]
    assert fees["monthly_by_currency"] == {"EUR": Decimal("0.30"), "USD": Decimal("3.00")}


def test_subscriptions_add_up_and_grow_against_a_year_ago(two, platform):
    found = admin_overview.read(platform).blocks["financial_overview"]["subscription_revenue"]
    assert found == {"currency": "USD", "monthly": 300, "annual": 3600, "growth_rate": 0.5}


def test_payment_health_is_a_ratio_of_sums(two, platform):
    found = admin_overview.read(platform).blocks["financial_overview"]["payment_health"]
    assert (found["success_rate"], found["failed_payments"], found["chargeback_rate"]) == (0.75, 2, None)


def test_tickets_are_counted_with_their_hours_and_trend(two, platform):
    found = admin_overview.read(platform).blocks["support_metrics"]
    assert found["tickets"] == {"open": 2, "in_progress": 0, "resolved_today": 2, "average_resolution_time": 3}
    assert found["common_issues"] == [
        {"issue": "password", "count": 4, "trend": "increasing"},
        {"issue": "billing", "count": 2, "trend": "increasing"},
    ]


def test_an_organizations_admin_sees_the_own_part_only(two, make_actor):
    overview = admin_overview.read(make_actor(Role.ADMIN))
    assert overview.currency == "USD"
    assert overview.blocks["clinic_management"]["total_clinics"] == 1
    assert overview.blocks["clinic_management"]["metrics_summary"]["system_revenue_month"] == 300
    assert overview.blocks["support_metrics"]["tickets"]["open"] == 1
    assert overview.blocks["system_overview"]["system_health"]["storage_usage"] is None
    assert db.session.query(PlatformRead).count() == 0


@pytest.mark.parametrize("role", [Role.DOCTOR, Role.CLINIC_STAFF, Role.BILLING_STAFF, Role.ANALYST, Role.PATIENT])
def test_nobody_else_sees_it(role, make_actor):
    with pytest.raises(Forbidden):
        admin_overview.read(make_actor(role))


def test_an_admin_of_an_organization_is_no_platform_admin(make_actor):
    from app.core.permissions import Permission

    assert not make_actor(Role.ADMIN).can(Permission.PLATFORM_READ)
    assert make_actor(Role.PLATFORM_ADMIN).can(Permission.PLATFORM_READ)


def test_a_look_across_organizations_is_noted(two, platform):
    admin_overview.read(platform)
    (line,) = db.session.query(PlatformRead)
    assert (line.what, line.address, line.at) == ("admin_overview", "192.0.2.7", NOW)


def test_the_reading_meets_no_table_of_a_tenant(two, platform):
    from sqlalchemy import event

    from tests.fixtures.statements import unbound_table

    seen = []
    engine = db.session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *arguments: seen.append((arguments[2], arguments[3])))
    admin_overview.read(platform)
    assert len(seen) > 10
    assert [found for statement, values in seen if (found := unbound_table(statement, values or {}))] == []


def test_counts_hold_no_patient(two):
    for row in db.session.query(PlatformCount):
        assert "Planted" not in json.dumps(row.counts)


def test_people_count_once_and_by_what_they_are(organization, neighbour, platform):
    for email, roles in (
        ("d@x.example", [Role.DOCTOR]),
        ("p@x.example", [Role.PATIENT]),
        ("s@x.example", [Role.ADMIN]),
    ):
        user = create_user(email, "Some One", None)
        add_member(organization.id, user.id, roles)
        add_member(neighbour.id, user.id, roles)
        db.session.add(
            UserDay(day=TODAY, organization_id=organization.id, user_id=user.id, area="clinic", requests=2, seen_at=NOW)
        )
    db.session.flush()
    blocks = admin_overview.read(platform).blocks
    users = blocks["system_overview"]["active_users"]
    assert users == {"total": 3, "online_now": 0, "doctors": 1, "patients": 1, "staff": 1}
    engagement = blocks["user_analytics"]["engagement_metrics"]
    assert engagement["daily_active_users"] == 3
    assert engagement["feature_usage"]["appointments"] == 1
    assert engagement["feature_usage"]["billing"] == 0
    assert blocks["user_analytics"]["registration_trends"][-1]["activations"] == 3


def test_before_anything_was_counted_the_reason_says_so(platform):
    overview = admin_overview.read(platform)
    assert "within a minute of a change" in overview.reasons["clinic_management"]
    assert overview.blocks["support_metrics"]["tickets"]["average_resolution_time"] is None


def test_counts_of_today_replace_those_taken_earlier(organization):
    _fill(organization, "Downtown", "North", "100.00", 1)
    _ = create_organization("third", "Third", "America/Chicago")
    with tenant_scope(organization.id):
        clinic_id = db.session.query(Clinic).one().id
        day = {"issue_day": TODAY, "service_day": TODAY, "total": Decimal(1)}
        db.session.add(Invoice(id=new_id(), clinic_id=clinic_id, status="issued", **day))
        db.session.add(Patient(organization_id=organization.id, id=new_id(), home_clinic_id=clinic_id))
        db.session.commit()
    platform_counts.take(organization.id)
    (row,) = db.session.query(PlatformCount)
    assert row.counts["patients"] == 2
