"""Users and roles, targets and rules, the event log: changed by forms without scripts, each change in the audit log."""

import re
from datetime import date
from decimal import Decimal

import pytest

from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent, CalendarEvent, Membership, Target
from app.models.settings import rules_of
from app.rollups.refresh import current_version


@pytest.fixture
def downtown(organization, make_clinic):
    with tenant_scope(organization.id):
        clinic = make_clinic()
        db.session.commit()
    return clinic


def actions(organization) -> set[str]:
    with tenant_scope(organization.id):
        return {line.action for line in db.session.query(AuditEvent)}


def shown_once(page: str) -> str:
    return re.search(r'<code class="secret push">([^<]+)</code>', page)[1]


@pytest.fixture
def add(signed_in):
    """Adds a person through the form."""

    def send(**fields):
        values = {"email": "new@north.example", "name": "New Person", "roles": "analyst"} | fields
        return signed_in.send("/users/", page="/users/", **values)

    return send


def member_of(email: str) -> Membership:
    from app.models import User

    user = db.session.query(User).filter_by(email=email).one()
    return db.session.query(Membership).filter_by(user_id=user.id).one()


def test_a_person_who_is_added_logs_in_with_the_password_shown_once(signed_in, another_browser, add, organization):
    page = add()
    assert page.status_code == 200
    password = shown_once(page.text)
    assert another_browser.log_in("new@north.example", password).status_code == 303
    assert another_browser.get("/metrics-catalogue/").status_code == 200
    assert another_browser.get("/billing/").status_code == 403
    assert password not in signed_in.get("/users/").text
    assert "account.add" in actions(organization)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "nobody"}, "Write an address"),
        ({"name": " "}, "A name has 1 to 120 characters."),
        ({"roles": "platform_admin"}, "Choose at least one of the roles."),
        ({"roles": "patient"}, "Choose at least one of the roles."),
        ({"roles": "doctor"}, "Say which doctor this person is."),
        ({"clinics": "0192f5aa-0000-7000-8000-000000000000"}, "Choose among the clinics"),
        ({"email": "admin@north.example"}, "belongs to the organization already"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_made(add, organization, fields, said):
    before = db.session.query(Membership).count()
    page = add(**fields)
    assert page.status_code == 422
    assert said in page.text
    assert db.session.query(Membership).count() == before


def test_other_roles_end_the_logins_and_hold_at_once(signed_in, another_browser, make_person, organization):
    person = make_person(Role.ANALYST, email="ana@north.example")
    member_id = person.memberships[0].id
    another_browser.log_in(person.email)
    address = f"/users/{member_id}"
    assert signed_in.send(address, page=address, roles="billing_staff").status_code == 200
    assert another_browser.get("/metrics-catalogue/").status_code == 302
    another_browser.log_in("ana@north.example")
    assert another_browser.get("/billing/").status_code == 200
    assert "account.change" in actions(organization)


def test_a_disabled_person_is_out_at_once_and_may_be_let_in_again(signed_in, another_browser, make_person):
    person = make_person(Role.ANALYST, email="ana@north.example")
    address = f"/users/{person.memberships[0].id}"
    another_browser.log_in(person.email)
    assert signed_in.send(f"{address}/disable", page=address).status_code == 303
    assert another_browser.get("/metrics-catalogue/").status_code == 302
    assert another_browser.log_in("ana@north.example").status_code == 401
    assert signed_in.send(f"{address}/enable", page=address).status_code == 303
    assert another_browser.log_in("ana@north.example").status_code == 303


def test_the_last_administrator_stays_one(signed_in, admin, downtown):
    address = f"/users/{admin.memberships[0].id}"
    page = signed_in.send(address, page=address, roles="analyst")
    assert page.status_code == 422
    assert "needs one administrator" in page.text
    assert signed_in.send(f"{address}/disable", page=address).status_code == 409


def test_who_belongs_elsewhere_too_keeps_account_and_password(signed_in, make_person, organization, neighbour):
    person = make_person(Role.ANALYST, email="both@north.example", places=[organization, neighbour])
    address = f"/users/{person.memberships[0].id}"
    for verb in ("password", "second-factor", "enable"):
        assert signed_in.send(f"{address}/{verb}", page=address).status_code == 409, verb
    assert signed_in.send(f"{address}/disable", page=address).status_code == 303
    left = db.session.query(Membership).filter_by(user_id=person.user.id).all()
    assert [one.organization_id for one in left] == [neighbour.id]
    assert person.user.disabled_at is None


def test_a_new_password_is_shown_once_and_the_old_one_is_gone(signed_in, another_browser, make_person):
    person = make_person(Role.ANALYST, email="ana@north.example")
    address = f"/users/{person.memberships[0].id}"
    page = signed_in.send(f"{address}/password", page=address)
    assert another_browser.log_in("ana@north.example").status_code == 401
    assert another_browser.log_in("ana@north.example", shown_once(page.text)).status_code == 303


def test_a_role_that_an_organization_gives_never_opens_the_installation(make_person, browser):
    person = make_person(Role.ANALYST, email="ana@north.example")
    person.memberships[0].roles = ["platform_admin", "analyst"]  # as if written past the form
    db.session.commit()
    browser.log_in("ana@north.example")
    assert browser.get("/admin/").status_code == 403


def test_a_target_holds_from_its_day_on_and_moves_the_figures_version(signed_in, organization, downtown):
    with tenant_scope(organization.id):
        before = current_version(organization.id, downtown.id)
    sent = {"metric": "attendance.no_show_rate", "value": "4.5", "since": "2026-11-01", "clinic": str(downtown.id)}
    assert signed_in.send("/targets/", page="/targets/", **sent).status_code == 303
    with tenant_scope(organization.id):
        target = db.session.query(Target).one()
        assert (target.value, target.valid_from) == (Decimal("0.045"), date(2026, 11, 1))
        assert current_version(organization.id, downtown.id) > before
        target_id = target.id
    page = signed_in.get("/targets/").text
    assert "4.5%" in page
    assert signed_in.send(f"/targets/{target_id}/remove", page="/targets/").status_code == 303
    assert actions(organization) >= {"target.set", "target.remove"}


def test_a_target_of_one_doctor_stands_beside_that_of_the_clinic(signed_in, organization, downtown, make_practitioner):
    with tenant_scope(organization.id):
        ada = make_practitioner("Example, Ada")
        db.session.commit()
    sent = {"metric": "revenue.collected", "value": "8400", "since": "2026-11-01", "clinic": str(downtown.id)}
    for more in ({}, {"practitioner": str(ada.id), "value": "1050"}):
        assert signed_in.send("/targets/", page="/targets/", **(sent | more)).status_code == 303
    with tenant_scope(organization.id):
        found = {target.practitioner_id: target.value for target in db.session.query(Target)}
    assert found == {None: Decimal(8400), ada.id: Decimal(1050)}
    page = signed_in.get("/targets/").text
    for words in ("$8,400", "All together", "$1,050", "Dr. Ada Example"):
        assert words in page, words


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("practitioner", "x", "Choose one of your doctors."),
        ("metric", "nothing.known", "Choose one of the metrics."),
        ("value", "-1", "Write a number that is not negative."),
        ("value", "NaN", "Write a number that is not negative."),
        ("value", "101", "A share is at most 100 %."),
        ("since", "yesterday", "Write the day as 2026-11-19."),
        ("clinic", "x", "Choose one of your clinics."),
    ],
)
def test_a_target_that_cannot_be_is_refused_at_its_field(signed_in, organization, downtown, field, value, said):
    sent = {"metric": "attendance.no_show_rate", "value": "4.5", "since": "2026-11-01"} | {field: value}
    page = signed_in.send("/targets/", page="/targets/", **sent)
    assert page.status_code == 422
    assert said in page.text
    with tenant_scope(organization.id):
        assert db.session.query(Target).count() == 0


def test_staff_of_a_clinic_see_its_targets_and_those_of_all_and_no_others(
    another_browser, make_person, signed_in, organization, downtown, make_clinic, make_practitioner
):
    with tenant_scope(organization.id):
        elsewhere, stranger = make_clinic(name="Elsewhere"), make_practitioner("Sample, Ben")
        db.session.commit()
    for value, more in (
        ("1111", {"clinic": str(downtown.id)}),
        ("2222", {"clinic": str(elsewhere.id)}),
        ("3333", {"practitioner": str(stranger.id)}),
        ("4444", {}),
    ):
        sent = {"metric": "revenue.collected", "value": value, "since": "2026-11-01"}
        assert signed_in.send("/targets/", page="/targets/", **sent, **more).status_code == 303
    another_browser.log_in(make_person(Role.CLINIC_STAFF, clinic_ids=[downtown.id]).email)
    page = another_browser.get("/targets/").text
    shown = [amount for amount in ("$1,111", "$2,222", "$3,333", "$4,444") if amount in page]
    assert shown == ["$1,111", "$4,444"]


def rules_sent(**changed: str) -> dict[str, str]:
    usual = {"small_cell": "11", "wait_limit_minutes": "25", "wait_limit_checks": "3"}
    usual |= {"capacity_limit": "90", "visits_per_nurse": "15", "maintenance_days": "14", "overdue_limit": "10"}
    return (
        usual
        | {"roster_days": "7", "active_days": "30", "dormant_days": "90", "report_days": "365"}
        | {"invitation_days": "7", "follow_up_days": "1", "follow_up_high_days": "14", "result_hours": "24"}
        | {"refill_days": "0", "refill_high_days": "14"}
        | changed
    )


def test_rules_are_changed_within_their_bounds(signed_in, organization):
    sent = rules_sent(wait_limit_minutes="40", capacity_limit="85")
    assert signed_in.send("/targets/rules", page="/targets/", **sent).status_code == 303
    with tenant_scope(organization.id):
        rules = rules_of(organization.id)
        assert (rules.wait_limit_minutes, rules.capacity_limit, rules.roster_days) == (40, 0.85, 7)
    for value in ("0", "241", "25.5", "many", ""):
        page = signed_in.send("/targets/rules", page="/targets/", **rules_sent(wait_limit_minutes=value))
        assert page.status_code == 422, value
        assert "whole number from 1 to 240" in page.text


def test_clinic_staff_set_targets_and_no_rules(browser, make_person, downtown):
    browser.log_in(make_person(Role.CLINIC_STAFF, email="staff@north.example").email)
    assert 'action="/targets/rules"' not in browser.get("/targets/").text
    assert browser.send("/targets/rules", page="/targets/", **rules_sent()).status_code == 403


def test_an_event_is_written_in_the_clinics_time_changed_and_taken_out(signed_in, organization, downtown):
    sent = {"title": "New check-in", "kind": "system_change", "clinic": str(downtown.id)}
    sent |= {"start_day": "2026-11-02", "start_time": "08:00"}
    assert signed_in.send("/events/", page="/events/", **sent).status_code == 303
    with tenant_scope(organization.id):
        event = db.session.query(CalendarEvent).one()
        assert (event.starts_at.isoformat(), event.ends_at) == ("2026-11-02T14:00:00+00:00", None)  # 08:00 in Chicago
        address = f"/events/{event.id}"
    assert 'value="08:00"' in signed_in.get(address).text
    assert signed_in.send(address, page=address, **sent | {"title": "Newer check-in"}).status_code == 303
    assert "Newer check-in" in signed_in.get("/events/").text
    assert signed_in.send(f"{address}/remove", page="/events/").status_code == 303
    assert actions(organization) >= {"event.add", "event.change", "event.remove"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": ""}, "A title has 1 to 120 characters."),
        ({"kind": "party"}, "Choose one of the kinds."),
        ({"start_day": "soon"}, "Write the day as 2026-11-19"),
        ({"end_day": "2026-11-01"}, "The end lies before the begin."),
        ({"end_day": "later"}, "Write the day as 2026-11-19"),
        ({"clinic": "x"}, "Choose one of your clinics."),
        ({"attendees": "-3"}, "Write a number of people."),
    ],
)
def test_an_event_that_cannot_be_is_refused_at_its_field(signed_in, organization, downtown, change, said):
    sent = {"title": "Training", "kind": "staff", "start_day": "2026-11-02", "start_time": "08:00"} | change
    page = signed_in.send("/events/", page="/events/", **sent)
    assert page.status_code == 422
    assert said in page.text
    with tenant_scope(organization.id):
        assert db.session.query(CalendarEvent).count() == 0


def test_who_sees_one_clinic_writes_down_nothing_about_all(browser, make_person, downtown, organization):
    person = make_person(Role.CLINIC_STAFF, email="staff@north.example", clinic_ids=[downtown.id])
    browser.log_in(person.email)
    sent = {"title": "Training", "kind": "staff", "start_day": "2026-11-02"}
    assert browser.send("/events/", page="/events/", **sent).status_code == 422
    assert browser.send("/events/", page="/events/", **sent, clinic=str(downtown.id)).status_code == 303
