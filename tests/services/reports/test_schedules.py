"""A schedule's due moments become runs: each one once, whoever looks, and none in silence."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.config import FileStore
from app.core.clock import now
from app.core.errors import Forbidden, NotFound
from app.core.permissions import Role
from app.core.recurrence import RuleInvalid
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import (
    Alert,
    Membership,
    OutboxMessage,
    ReportRun,
    ReportSchedule,
    ScheduleClock,
    ScheduleDue,
)
from app.reports.storage import storage
from app.services.reports import report_library, report_types, schedule_search, schedule_ticks, schedules
from app.services.reports.report_errors import ScheduleInvalid
from app.services.reports.report_library import Draft
from app.services.reports.schedule_plans import Plan
from tests.faults.harness import Requests
from tests.faults.tiny import TINY


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(report_types, "REPORTS", {TINY.key: TINY})
    monkeypatch.setattr(storage, "root", None)
    monkeypatch.setattr(storage, "store", None)
    storage.use(FileStore(tmp_path.as_uri()))


@pytest.fixture
def manager(scope, organization, clinic):
    from app.core.actor import Actor
    from app.services.organizations import add_member, create_user

    user = create_user("cora@north.example", "Cora Manager", None)
    add_member(organization.id, user.id, [Role.CLINIC_STAFF])
    return Actor(organization.id, user.id, user.name, frozenset({Role.CLINIC_STAFF}))


@pytest.fixture
def report(manager, clinic):
    asked = {"period": "last_month", "filters": {"clinic_id": str(clinic.id)}}
    return report_library.save(manager, Draft("Month", "tiny", asked))


@pytest.fixture
def make(manager, report):
    def schedule(**values) -> ReportSchedule:
        return schedules.save(manager, report.id, Plan(**{"frequency": "daily", "zone": "Europe/Berlin"} | values))

    return schedule


def set_clock(schedule: ReportSchedule, due_at: datetime) -> None:
    db.session.execute(update(ScheduleClock).where(ScheduleClock.id == schedule.id).values(due_at=due_at))
    db.session.commit()


def tick_all() -> None:
    db.session.commit()
    scope = db.session.info.pop("organization_id")
    while schedule_ticks.tick():
        pass
    db.session.info["organization_id"] = scope


def dues(schedule: ReportSchedule) -> list[str]:
    query = select(ScheduleDue.outcome).where(ScheduleDue.schedule_id == schedule.id).order_by(ScheduleDue.due_at)
    return list(db.session.scalars(query))


def runs() -> list[ReportRun]:
    return list(db.session.scalars(select(ReportRun).order_by(ReportRun.created_at)))


def test_a_due_moment_becomes_one_run_and_the_clock_goes_on(make):
    schedule = make()
    due = now() - timedelta(seconds=20)
    set_clock(schedule, due)
    tick_all()
    (run,) = runs()
    assert (run.due_at, run.state, run.schedule_id) == (due, "pending", schedule.id)
    assert dues(schedule) == ["run"]
    assert schedule_search.next_due([schedule])[schedule.id] > now()


def test_a_relative_period_is_that_of_the_schedules_zone_at_the_moment_it_is_due(make):
    """At 22:30 on 31 July in UTC it is August already in Berlin, so last month is July."""
    schedule = make(period="last_month", missed="once", at="00:30")
    set_clock(schedule, datetime(2026, 7, 31, 22, 30, tzinfo=UTC))
    from app.services.reports.schedule_runs import start_run

    run = start_run(schedule, datetime(2026, 7, 31, 22, 30, tzinfo=UTC))
    assert (run.period_start.isoformat(), run.period_end.isoformat()) == ("2026-07-01", "2026-08-01")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("skip", ["skipped"] * 3),
        ("once", ["skipped", "skipped", "run"]),
        ("each", ["run", "run", "run"]),
    ],
)
def test_what_was_missed_while_nothing_ran_is_made_good_by_the_schedules_policy(make, policy, expected):
    schedule = make(missed=policy, at="09:00", zone="UTC")
    three_days_ago = now().replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=3)
    later = [three_days_ago + timedelta(days=days) for days in range(1, 4)]
    first = three_days_ago if later[-1] > now() - timedelta(minutes=15) else later[0]
    set_clock(schedule, first)
    tick_all()
    assert dues(schedule)[:3] == expected


def test_a_paused_schedule_has_no_clock_and_goes_on_from_now(make, manager):
    schedule = make()
    schedules.set_state(manager, schedule.id, "paused")
    assert schedule_search.next_due([schedule]) == {}
    schedules.set_state(manager, schedule.id, "active")
    assert schedule_search.next_due([schedule])[schedule.id] > now()


def test_run_now_is_a_run_besides_the_rhythm(make, manager):
    schedule = make()
    before = schedule_search.next_due([schedule])
    run = schedules.run_now(manager, schedule.id)
    assert (run.schedule_id, run.due_at) == (schedule.id, None)
    assert schedule_search.next_due([schedule]) == before
    assert dues(schedule) == []


def test_a_schedule_whose_owner_lost_the_right_does_not_run_and_says_so(make):
    schedule = make()
    db.session.execute(update(Membership).values(roles=["patient"]))
    set_clock(schedule, now() - timedelta(seconds=5))
    tick_all()
    assert dues(schedule) == ["refused"]
    assert runs() == []
    told = list(db.session.scalars(select(OutboxMessage)))
    assert [message.payload["kind"] for message in told] == ["schedule.refused"]


def test_a_schedule_that_should_have_run_and_did_not_is_an_alert_until_it_is_served(make):
    set_clock(make(), now() - timedelta(minutes=6))
    for _ in range(2):
        watch()
    (alert,) = db.session.scalars(select(Alert)).all()
    assert (alert.rule, alert.closed_at) == ("schedule_missed", None)
    assert [m.payload["kind"] for m in db.session.scalars(select(OutboxMessage))] == ["schedule.missed"]
    tick_all()
    db.session.execute(update(ReportRun).values(state="completed"))
    db.session.commit()
    watch()
    assert db.session.scalars(select(Alert.closed_at)).one() is not None


def watch() -> None:
    """Looks after every organization of the database; none of their rows stays loaded."""
    scope = db.session.info.pop("organization_id")
    schedule_ticks.watch()
    db.session.info["organization_id"] = scope


def kinds() -> list[str]:
    return sorted(message.payload["kind"] for message in db.session.scalars(select(OutboxMessage)))


def test_a_run_that_no_worker_makes_is_an_alert_as_well_until_it_is_made(make):
    schedule = make()
    subject = str(schedule.id)
    set_clock(schedule, now() - timedelta(seconds=5))
    tick_all()
    watch()
    assert db.session.scalars(select(Alert)).all() == []
    db.session.execute(update(ReportRun).values(due_at=now() - timedelta(minutes=6)))
    db.session.commit()
    watch()
    (alert,) = db.session.scalars(select(Alert)).all()
    assert (alert.subject, alert.closed_at) == (subject, None)
    assert kinds() == ["schedule.missed"]
    db.session.execute(update(ReportRun).values(state="completed"))
    db.session.commit()
    watch()
    assert db.session.scalars(select(Alert.closed_at)).one() is not None


def test_an_alert_ends_with_its_schedule(make, manager):
    schedule = make()
    schedule_id = schedule.id
    set_clock(schedule, now() - timedelta(minutes=6))
    watch()
    schedules.set_state(manager, schedule_id, "ended")
    watch()
    assert db.session.scalars(select(Alert.closed_at)).one() is not None


def test_moments_missed_while_nothing_ran_are_told_of_once(make):
    schedule = make(missed="skip", at="09:00", zone="UTC")
    set_clock(schedule, now() - timedelta(days=3))
    tick_all()
    assert set(dues(schedule)) == {"skipped"}
    assert kinds() == ["schedule.skipped"]


def test_a_schedule_whose_report_cannot_be_asked_for_at_all_stops_no_other(make, monkeypatch):
    broken, sound = make(), make()
    set_clock(broken, now() - timedelta(seconds=9))
    set_clock(sound, now() - timedelta(seconds=5))
    start = schedule_ticks.start_run

    def fall(schedule, *rest):
        if schedule.id == broken.id:
            raise KeyError("a field that an older version wrote")
        return start(schedule, *rest)

    monkeypatch.setattr(schedule_ticks, "start_run", fall)
    tick_all()
    assert (dues(broken), dues(sound)) == (["refused"], ["run"])
    assert schedule_search.next_due([broken])[broken.id] > now()
    assert kinds() == ["schedule.refused"]


def test_a_schedule_whose_next_moment_cannot_be_reckoned_is_paused_and_stops_no_other(make, monkeypatch):
    broken, sound = make(), make()
    set_clock(broken, now() - timedelta(seconds=9))
    set_clock(sound, now() - timedelta(seconds=5))
    broken_id, rule_of = broken.id, schedule_search.rule_of
    monkeypatch.setattr(schedule_search, "rule_of", lambda each: 1 / 0 if each.id == broken_id else rule_of(each))
    tick_all()
    state = db.session.scalar(select(ReportSchedule.state).where(ReportSchedule.id == broken_id))
    outcomes = db.session.scalars(select(ScheduleDue.outcome).where(ScheduleDue.schedule_id != broken_id)).all()
    assert (state, list(outcomes)) == ("paused", ["run"])
    assert kinds() == ["schedule.refused"]


def test_success_rate_counts_what_has_ended(make, manager):
    schedule = make()
    for state in ("completed", "completed", "failed", "pending"):
        schedules.run_now(manager, schedule.id).state = state
    db.session.commit()
    record = schedule_search.record_of(schedule)
    assert (record.total, record.completed, record.failed) == (4, 2, 1)
    assert record.success_rate == pytest.approx(2 / 3)


def test_deleting_a_report_ends_its_schedules(make, manager, report):
    schedule = make()
    report_library.drop(manager, report.id)
    assert schedule.state == "ended"
    assert schedule_search.next_due([schedule]) == {}


def test_a_schedule_sends_to_members_only(make):
    with pytest.raises(ScheduleInvalid):
        make(recipients=["stranger@elsewhere.example"])
    assert make(recipients=["Cora@North.example"]).user_ids


@pytest.mark.parametrize("values", [{"missed": "maybe"}, {"channels": ["pigeon"]}, {"link_days": 0}, {"period": "x"}])
def test_a_plan_that_cannot_be_followed_is_refused(make, values):
    with pytest.raises(ScheduleInvalid):
        make(**values)
    with pytest.raises(RuleInvalid):
        make(at="24:00")


def test_somebody_elses_schedule_is_not_there_or_not_to_be_changed(make, organization, person_of):
    schedule = make()
    with pytest.raises(NotFound):
        schedule_search.schedule_for(person_of(Role.ANALYST), schedule.id)
    reader = person_of(Role.BILLING_STAFF)
    schedule.user_ids = [reader.user_id]
    db.session.commit()
    assert schedule_search.schedule_for(reader, schedule.id) is schedule
    with pytest.raises(Forbidden):
        schedules.set_state(reader, schedule.id, "paused")


@pytest.fixture
def person_of(organization):
    from app.core.actor import Actor
    from app.services.organizations import add_member, create_user

    def make(role: Role) -> Actor:
        user = create_user(f"{role}@north.example", "Somebody", None)
        add_member(organization.id, user.id, [role])
        return Actor(organization.id, user.id, user.name, frozenset({role}))

    return make


def test_eight_schedulers_at_once_make_each_moment_once(app, committed):
    """Real transactions on real connections: whoever comes second finds the row locked or the moment noted."""
    asked = Requests.prepare(committed.id)
    with tenant_scope(committed.id):
        parameters = {"period": "last_month", "filters": {"clinic_id": str(asked.clinic_id)}}
        report = report_library.save(asked.actor, Draft("Month", "tiny", parameters))
        made = [schedules.save(asked.actor, report.id, Plan("daily", zone="UTC")) for _ in range(5)]
        for schedule in made:
            set_clock(schedule, now() - timedelta(seconds=1))
    start = threading.Barrier(8)

    def scheduler() -> None:
        with app.app_context():
            start.wait()
            for _ in range(6):
                schedule_ticks.tick()

    threads = [threading.Thread(target=scheduler) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant_scope(committed.id):
        assert sorted(run.schedule_id for run in runs()) == sorted(schedule.id for schedule in made)
