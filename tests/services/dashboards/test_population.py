"""The population, counted whole: standing, who is leaving and what became of them, ages, areas, engagement."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from app.core.ids import new_id
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import OrganizationSettings, Patient, SurveyAnswer
from app.rollups.refresh import refresh
from app.services.dashboards import population, population_count

TODAY = date(2026, 11, 19)
CHICAGO = ZoneInfo("America/Chicago")
SMALL = 11


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-19T18:00:00Z", tick=False):
        yield


@pytest.fixture
def stranger(neighbour) -> None:
    """A patient of another organization."""
    with tenant_scope(neighbour.id):
        db.session.add(Patient(organization_id=neighbour.id, id=new_id()))
        db.session.commit()


@pytest.fixture
def seen(scope, clinic, make_patient, make_appointment):
    """A patient of the clinic who came so many days ago."""

    def make(*days: int, **more):
        patient = make_patient(home_clinic_id=clinic.id, **more)
        for one in days:
            make_appointment(clinic, ago(one), patient_id=patient.id)
        return patient

    return make


@pytest.fixture
def counted(organization, make_actor):
    """The population after a count, as an admin or another role sees it."""

    def count(role: Role = Role.ADMIN, **more) -> population.Population:
        db.session.commit()
        refresh(organization.id)
        with tenant_scope(organization.id):
            population_count.count(organization.id)
            return population.read(make_actor(role, **more), None, SMALL)

    return count


def names(members: population.Members) -> dict[str, int]:
    return {member.name: member.patients for member in members.shown}


@pytest.mark.parametrize(
    ("days", "standing"),
    [
        (0, "active"),
        (29, "active"),
        (30, "dormant"),
        (31, "dormant"),
        (89, "dormant"),
        (90, "at_risk"),
        (91, "at_risk"),
    ],
)
def test_a_patient_is_active_for_30_days_and_at_risk_after_90(seen, counted, days, standing):
    seen(days)
    assert names(counted().standing) == {standing: 1}


def test_the_last_visit_counts(seen, counted):
    seen(200, 100, 5)
    assert names(counted().standing) == {"active": 1}


def test_a_visit_to_come_makes_active(seen, counted, clinic, make_appointment):
    patient = seen(200)
    make_appointment(clinic, ago(-3), "booked", patient_id=patient.id)
    assert names(counted().standing) == {"active": 1}


def test_a_cancelled_visit_to_come_does_not(seen, counted, clinic, make_appointment):
    patient = seen(200)
    make_appointment(clinic, ago(-3), "cancelled", patient_id=patient.id)
    assert names(counted().standing) == {"at_risk": 1}


def test_the_dead_and_the_put_aside_are_not_counted(seen, counted):
    seen(1)
    seen(1, deceased_on=ago(1))
    seen(1, active=False)
    assert counted().patients == 1


def test_who_was_never_seen_is_neither_active_nor_lost(seen, counted):
    seen()
    assert names(counted().standing) == {"never": 1}


def test_thresholds_are_the_organizations_own(seen, counted, organization):
    settings = db.session.scalars(
        select(OrganizationSettings).where(OrganizationSettings.organization_id == organization.id)
    ).one()
    settings.values = {"active_days": 10, "dormant_days": 20}
    seen(9)
    seen(10)
    seen(20)
    assert names(counted().standing) == {"active": 1, "dormant": 1, "at_risk": 1}


def test_leaving_are_those_seen_60_to_89_days_ago_with_nothing_booked(seen, counted, clinic, make_appointment):
    for days in (59, 60, 89, 90):
        seen(days)
    booked = seen(70)
    make_appointment(clinic, ago(-3), "booked", patient_id=booked.id)
    seen(100)  # stood there 30 days ago, and stayed away: without a record there is nothing to expect
    leaving = counted().leaving
    assert leaving is not None
    assert leaving.patients == 2


def test_the_track_record_is_what_became_of_those_who_stood_there_30_days_ago(seen, counted):
    seen(90)  # 60 days then: leaving, and has stayed away
    seen(119)  # 89 days then: the same
    seen(95, 10)  # came back
    seen(120)  # 90 days then: lost already, no test
    seen(60)
    leaving = counted().leaving
    assert (leaving.left.part, leaving.left.whole, leaving.patients) == (2, 3, 1)
    assert leaving.expected == pytest.approx(2 / 3)
    assert leaving.left.low == pytest.approx(0.2077, abs=1e-4)  # Wilson for 2 of 3
    assert leaving.left.high == pytest.approx(0.9385, abs=1e-4)


def test_who_had_a_visit_booked_30_days_ago_was_not_called_leaving(seen, counted, clinic, make_appointment):
    patient = seen(100)
    early = datetime.combine(ago(40), time(9), CHICAGO)
    make_appointment(clinic, ago(5), "no_show", patient_id=patient.id, booked_at=early)
    seen(100)
    assert counted().leaving.left.whole == 1


def test_nothing_is_expected_where_nothing_could_be_tested(seen, counted):
    seen(70)
    assert counted().leaving is None


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(2026, 1, 1), "0-17"),
        (date(2008, 11, 20), "0-17"),
        (date(2008, 11, 19), "18-30"),
        (date(1995, 11, 20), "18-30"),
        (date(1995, 11, 19), "31-50"),
        (date(1975, 11, 19), "51-70"),
        (date(1955, 11, 20), "51-70"),
        (date(1955, 11, 19), "70+"),
        (None, "unknown"),
    ],
)
def test_ages_turn_on_the_birthday(seen, counted, born, band):
    seen(birth_date=born)
    assert names(counted().ages) == {band: 1}


def test_areas_have_their_visits_of_a_year(seen, counted):
    seen(5, 300, 400, postal_area="606")
    seen(5, postal_area="606")
    seen(postal_area=None)
    found = counted().areas
    assert [(area.name, area.patients, area.visits) for area in found.shown] == [("606", 2, 3), ("unknown", 1, 0)]


def test_engagement_is_the_mean_of_visits_kept_and_surveys_answered(
    seen, counted, clinic, organization, make_appointment
):
    patient = seen(5)
    make_appointment(clinic, ago(6), "no_show", patient_id=patient.id)  # kept 1 of 2
    survey = SurveyAnswer(organization_id=organization.id, id=new_id(), clinic_id=clinic.id, patient_id=patient.id)
    survey.asked_day, survey.answered_at = ago(4), datetime(2026, 11, 16, tzinfo=CHICAGO)  # answered 1 of 1
    db.session.add(survey)
    seen(5)  # kept 1 of 1, never asked
    found = counted().engagement
    assert (found.patients, found.mean, found.top) == (2, pytest.approx((7.5 + 10) / 2), 10.0)
    assert found.trend is None  # nothing was known 90 days before


def test_new_patients_count_once_their_180_days_are_over(seen, counted):
    seen(200, 100)  # came back within 180 days
    seen(400)  # did not
    seen(100)  # too early to tell
    found = counted().newcomers
    assert (found.part, found.whole) == (1, 2)


def test_an_analyst_sees_no_small_cell_and_none_can_be_derived(seen, counted):
    for days, patients in ((5, 12), (50, 11), (200, 3)):
        for _ in range(patients):
            seen(days)
    found = counted(Role.ANALYST)
    assert names(found.standing) == {"active": 12}  # at risk are 3, and the next smallest goes with them
    assert found.standing.hidden == 2
    assert found.leaving is None


def test_hidden_members_that_are_small_together_take_another_with_them(seen, counted):
    for area, patients in (("601", 2), ("602", 3), ("603", 11), ("604", 12)):
        for _ in range(patients):
            seen(postal_area=area)
    found = counted(Role.ANALYST).areas
    assert (names(found), found.hidden, found.whole) == ({"604": 12}, 3, 28)  # 28 - 12 - 11 would be 5


def test_of_few_patients_an_analyst_sees_no_number_at_all(seen, counted):
    seen(5)
    assert counted().patients == 1
    assert counted(Role.ANALYST).patients is None


def test_members_of_one_clinic_see_the_patients_of_that_clinic(seen, counted, make_clinic, make_patient):
    elsewhere = make_clinic("Elsewhere")
    seen(5)
    for _ in range(2):
        make_patient(home_clinic_id=elsewhere.id)
    assert counted(Role.CLINIC_STAFF, clinics={elsewhere.id}).patients == 2


def test_a_neighbours_patients_are_never_counted(stranger, seen, counted):
    seen(5)
    assert counted().patients == 1


def test_a_second_count_replaces_the_first(seen, counted):
    seen(5)
    counted()
    assert counted().patients == 1
