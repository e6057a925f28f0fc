"""Each rule about patients' records opens one episode for its cause, follows its limit, and closes by itself."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.extensions import db
from app.insights.clinical import FOLLOW_UP, INTERACTION, REFILL, RESULT
from app.insights.interactions import RULES, SUBSTANCES, interactions
from app.models import Alert, Medication, Result, Task
from tests.insights.conftest import NOON

TODAY = date(2026, 6, 19)


@pytest.fixture
def doctor(scope, make_practitioner):
    return make_practitioner()


@pytest.fixture
def jane(scope, make_patient):
    return make_patient("Smith, Jane")


def follow_up(store, patient, doctor, due):
    whose = {"patient_id": patient.id, "practitioner_id": doctor.id}
    return store(Task, {"title": "Check"}, kind="follow_up", created_day=due, due_day=due, **whose)


def taken(store, patient, doctor, substance, **more):
    whose = {"patient_id": patient.id, "practitioner_id": doctor.id if doctor else None}
    return store(Medication, status="active", substance=substance, **whose, **more)


def test_a_follow_up_is_overdue_from_the_day_after_it_was_due_and_high_after_two_weeks(
    clinic, doctor, jane, check, standing, allow, store
):
    task = follow_up(store, jane, doctor, TODAY - timedelta(days=13))
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(FOLLOW_UP) == [(str(task.id), "medium", "Due Sat 6 Jun; the limit is 1 day.")]
    allow(follow_up_high_days=13)
    assert check() == (0, 0)
    assert standing(FOLLOW_UP)[0][1] == "high"
    allow(follow_up_days=14)
    assert check() == (0, 1)
    allow()
    assert check() == (1, 0)
    task.done_at = NOON
    assert check() == (0, 1)


def test_what_is_due_today_is_not_overdue(clinic, doctor, jane, check, store):
    follow_up(store, jane, doctor, TODAY)
    assert check() == (0, 0)


def test_a_result_out_of_range_is_critical_once_nobody_has_seen_it_for_a_day(
    clinic, doctor, jane, check, standing, allow, store
):
    whose = {"patient_id": jane.id, "practitioner_id": doctor.id}
    issued = NOON - timedelta(hours=23)
    result = store(Result, {"name": "Potassium"}, status="final", review="pending", issued_at=issued, **whose)
    assert check() == (0, 0)  # not said to be out of range
    result.abnormal = True
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(RESULT) == [(str(result.id), "high", "Nobody has reviewed it; critical from 24 h on.")]
    allow(result_hours=23)
    assert check() == (0, 0)
    assert standing(RESULT) == [(str(result.id), "critical", "Nobody has reviewed it; critical from 23 h on.")]
    result.review = "reviewed"
    assert check() == (0, 1)


def test_a_supply_that_ran_out_is_due_and_an_organization_may_ask_sooner(
    clinic, doctor, jane, check, standing, allow, store
):
    drug = taken(store, jane, doctor, "lisinopril", covered_until=TODAY + timedelta(days=2))
    assert check() == (0, 0)
    allow(refill_days=3)
    assert [check(), check()] == [(1, 0), (0, 0)]
    assert standing(REFILL) == [(str(drug.id), "medium", "The dispensed supply reaches to Sun 21 Jun.")]
    drug.covered_until = TODAY - timedelta(days=14)
    allow()
    assert check() == (0, 0)
    assert standing(REFILL)[0][1] == "high"
    drug.covered_until = TODAY + timedelta(days=30)
    assert check() == (0, 1)


def test_two_drugs_that_should_not_meet_open_one_alert_for_their_pair(clinic, doctor, jane, check, standing, store):
    taken(store, jane, doctor, "warfarin")
    aspirin = taken(store, jane, None, "aspirin")
    assert [check(), check()] == [(1, 0), (0, 0)]
    source = "FDA label of warfarin: drugs that increase the risk of bleeding"
    assert standing(INTERACTION) == [(f"{jane.id}:aspirin+warfarin", "critical", f"Bleeding. {source}.")]
    twice = taken(store, jane, None, "aspirin")
    assert check() == (0, 0)
    aspirin.status = twice.status = "stopped"
    assert check() == (0, 1)


def test_an_interaction_is_told_to_who_prescribed_the_later_of_the_two(
    clinic, doctor, jane, make_practitioner, check, store
):
    later = make_practitioner("Later")
    taken(store, jane, doctor, "warfarin", prescribed_day=TODAY - timedelta(days=90))
    taken(store, jane, later, "ibuprofen", prescribed_day=TODAY - timedelta(days=1))
    assert check() == (1, 0)
    assert db.session.scalars(select(Alert.practitioner_id)).all() == [later.id]


def test_an_alert_holds_no_name_and_no_sealed_text(clinic, doctor, jane, check, store):
    follow_up(store, jane, doctor, TODAY - timedelta(days=3))
    taken(store, jane, doctor, "lisinopril", covered_until=TODAY - timedelta(days=3)).name = "Zebracanary 10 mg"
    assert check() == (2, 0)
    rows = db.session.execute(select(Alert.title, Alert.evidence)).all()
    assert not [row for row in rows if "Smith" in str(row) or "Check" in str(row) or "Zebracanary" in str(row)]


def test_every_interaction_has_a_source_that_can_be_read_and_a_member_on_each_side():
    for rule in RULES:
        assert rule.source.words, rule
        assert rule.source.url.startswith("http"), rule
        assert rule.effect, rule


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [
        ("simvastatin", "clarithromycin", True),
        ("atorvastatin", "clarithromycin", False),
        ("linezolid", "sertraline", True),
        ("linezolid", "sumatriptan", False),  # the panel of the ONC list decided against this pair
        ("selegiline", "rizatriptan", False),  # the label speaks of inhibitors of MAO-A
        ("phenelzine", "rizatriptan", True),
        ("lisinopril", "triamterene", False),  # no source was found that names the pair
        ("losartan", "eplerenone", True),
        ("clopidogrel", "esomeprazole", True),
        ("febuxostat", "mercaptopurine", True),
    ],
)
def test_the_table_holds_what_its_sources_say(one, other, known):
    assert bool(interactions([one, other])) is known


def test_substances_are_written_as_drug_lists_write_them():
    assert all(name == name.lower().strip() for name in SUBSTANCES)
