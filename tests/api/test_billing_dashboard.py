"""The billing dashboard: the same money on the page and over the API, in the fields of the specification."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent, Claim
from app.rollups.refresh import refresh
from tests.api.seeds import example, missing, unexplained

PATH = "/api/billing/dashboard/"
TODAY = date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T18:00:00Z", tick=False):
        yield


@pytest.fixture
def biller(browser, make_person):
    person = make_person(Role.BILLING_STAFF, email="billing@north.example")
    browser.log_in(person.email)
    return browser


@pytest.fixture
def downtown(organization, make_clinic):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    return clinic


@pytest.fixture
def books(organization, downtown, make_invoice, make_payment, make_patient):
    """Five open invoices of 10, 20, 40, 80 and 160, one for each age, and 300 by card and 100 in cash today."""
    with tenant_scope(organization.id):
        patient = make_patient()
        for age, amount in ((5, "10.00"), (45, "20.00"), (75, "40.00"), (100, "80.00"), (150, "160.00")):
            make_invoice(downtown, TODAY - timedelta(days=age), amount, number=f"I-{age}", patient_id=patient.id)
        make_payment(downtown, TODAY, "300.00")
        make_payment(downtown, TODAY, "100.00", method="cash")
        make_payment(downtown, TODAY, "50.00", status="failed", failure="expired_card")
        denied = Claim(organization_id=organization.id, id=new_id(), clinic_id=downtown.id, payer="Umbrella Health")
        denied.status, denied.first_outcome, denied.denial_code = "denied", "denied", "CO-16"
        denied.submitted_day, denied.decided_day = TODAY - timedelta(days=20), TODAY - timedelta(days=10)
        denied.amount = denied.denied = Decimal("75.00")
        db.session.add(denied)
        db.session.commit()
    refresh(organization.id)


def test_every_field_of_the_specification_is_answered(biller, books):
    answer = biller.get(PATH)
    assert answer.status_code == 200
    assert list(missing(example("dashboards-module.md", PATH), answer.json)) == []
    assert unexplained(example("dashboards-module.md", PATH), answer.json) == []


def test_today_is_what_came_in_today(biller, books):
    today = biller.get(PATH).json["revenue_metrics"]["today"]
    assert (today["total"], today["transactions"]) == ("400.00", 2)
    assert today["target"] is None
    assert biller.get(PATH).json["reasons"]["revenue_metrics.today.target"] == "No daily target is set."


def test_the_ages_add_up_to_what_is_outstanding(biller, books):
    answer = biller.get(PATH).json
    ages = answer["invoice_management"]["aging_analysis"]
    assert {name: (part["count"], part["amount"]) for name, part in ages.items()} == {
        "0_30_days": (1, "10.00"),
        "31_60_days": (1, "20.00"),
        "61_90_days": (1, "40.00"),
        "over_90_days": (2, "240.00"),
    }
    assert answer["payment_analysis"]["collection_metrics"]["outstanding_amount"] == "310.00"
    assert answer["payment_analysis"]["collection_metrics"]["overdue_amount"] == "300.00"  # due after 30 days


def test_a_way_of_payment_has_one_name_on_every_page(signed_in, organization, downtown, make_payment):
    with tenant_scope(organization.id):
        make_payment(downtown, TODAY, "60.00", method="transfer")
        make_payment(downtown, TODAY, "40.00", method="insurance")
        db.session.commit()
    refresh(organization.id)
    for page in ("/billing/", f"/clinics/{downtown.id}/"):
        shown = signed_in.get(page).text
        for words in ("Bank transfer", "Insurance"):
            assert f">{words}<" in shown, (page, words)


def test_money_that_came_without_an_invoice_is_shown_week_by_week(signed_in, organization, downtown, make_payment):
    with tenant_scope(organization.id):
        make_payment(downtown, TODAY, "60.00")
        db.session.commit()
    refresh(organization.id)
    weeks = signed_in.get(PATH).json["financial_trends"]
    assert (weeks[-1]["revenue"], weeks[-1]["collections"]) == (None, "60.00")
    assert "$60" in signed_in.get("/billing/").text


def test_shares_of_money_name_the_currency_and_agree_in_precision(signed_in, organization, downtown, make_invoice):
    with tenant_scope(organization.id):
        for days, amount in ((120, "6.00"), (10, "994.00")):
            make_invoice(downtown, TODAY - timedelta(days=days), amount)
        db.session.commit()
    refresh(organization.id)
    shown = signed_in.get("/billing/").text
    assert "$6 of $1,000" in shown
    assert "$1,000 is owed, 0.6% of it for more than 90 days." in shown


def test_methods_share_what_was_collected(biller, books):
    methods = {one["method"]: one for one in biller.get(PATH).json["payment_analysis"]["payment_methods"]}
    assert (methods["Card"]["amount"], methods["Card"]["percentage"], methods["Card"]["success_rate"]) == (
        "300.00",
        0.75,
        0.5,
    )
    assert (methods["Cash"]["amount"], methods["Cash"]["percentage"]) == ("100.00", 0.25)


def test_failed_payments_name_their_reasons_in_words(biller, books):
    failed = biller.get(PATH).json["payment_analysis"]["failed_payments"]
    assert failed == {"count": 1, "total_amount": "50.00", "common_reasons": ["Expired card"]}


def test_earlier_balances_are_unknown_and_not_zero(biller, books):
    answer = biller.get(PATH).json
    *earlier, last = answer["financial_trends"]
    assert {week["outstanding"] for week in earlier} == {None}
    assert last["outstanding"] == "310.00"
    assert "not recorded" in answer["reasons"]["financial_trends.outstanding"]


def test_the_page_shows_the_same_money_and_what_to_chase(biller, books):
    page = biller.get("/billing/").text
    assert "$310" in page
    assert page.index("I-150") < page.index("I-100") < page.index("I-75")  # largest balance first
    assert "I-5<" not in page  # not due yet
    assert "Umbrella Health" in page
    assert "CO-16" in page


def test_the_list_to_chase_names_no_patient_and_is_in_the_access_log(biller, books, organization):
    page = biller.get("/billing/").text
    assert "Test, Pat" not in page
    with tenant_scope(organization.id):
        actions = {event.action for event in db.session.query(AuditEvent).filter(AuditEvent.patient_id.is_not(None))}
    assert "invoice.chase" in actions


def chased(organization) -> int:
    """Lines in the access log about bills that were shown."""
    with tenant_scope(organization.id):
        return db.session.query(AuditEvent).filter(AuditEvent.action.in_(("invoice.chase", "claim.chase"))).count()


def test_polls_of_an_open_page_leave_a_line_only_for_whom_they_show_anew(
    biller, books, organization, downtown, make_invoice, make_patient
):
    """One patient owes when the page is opened; another comes onto it later, and the first leaves no second line."""
    biller.get("/billing/")
    assert chased(organization) == 1
    poll = {"HX-PTag": "old"}
    for widget in ("overdue-list", "denials", "overdue-list"):
        assert biller.get(f"/billing/widgets/{widget}", headers=poll).status_code == 200
    assert chased(organization) == 1
    with tenant_scope(organization.id):
        make_invoice(downtown, TODAY - timedelta(days=60), "99.00", number="I-99", patient_id=make_patient("B, B").id)
        db.session.commit()
    assert "I-99" in biller.get("/billing/widgets/overdue-list", headers=poll).text
    assert chased(organization) == 2
    biller.get("/billing/")  # somebody opens it again: a look of its own at both
    assert chased(organization) == 4


@pytest.fixture
def doctor(organization, downtown, books, make_practitioner, make_payment):
    """A doctor whose work brought 70 today."""
    with tenant_scope(organization.id):
        doctor = make_practitioner()
        make_payment(downtown, TODAY, "70.00", practitioner_id=doctor.id)
        db.session.commit()
    refresh(organization.id)
    return doctor


def test_a_doctor_sees_the_money_of_their_own_work(browser, doctor, make_person):
    person = make_person(Role.DOCTOR, email="doctor@north.example", practitioner_id=doctor.id)
    browser.log_in(person.email)
    answer = browser.get(PATH).json
    assert answer["revenue_metrics"]["today"]["total"] == "70.00"
    assert answer["payment_analysis"]["collection_metrics"]["outstanding_amount"] in (None, "0.00")
    assert "I-150" not in browser.get("/billing/").text


@pytest.mark.parametrize("role", [Role.CLINIC_STAFF, Role.ANALYST, Role.PATIENT, Role.PLATFORM_ADMIN], ids=str)
def test_others_may_not_open_it(browser, make_person, role):
    person = make_person(role, email="other@north.example")
    browser.log_in(person.email)
    assert browser.get(PATH).status_code == 403
    assert browser.get("/billing/").status_code == 403


def test_a_clinic_of_somebody_else_does_not_exist(biller, books):
    assert biller.get(f"{PATH}?clinic_id={new_id()}").status_code == 404
