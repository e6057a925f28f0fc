"""A report is asked for, built once, fetched by those who may, and every step leaves an audit line."""

import errno
import os
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update

from app.core.actor import system_actor
from app.core.errors import Conflict, Forbidden, Invalid, NoSpace, NotFound
from app.core.ids import new_id
from app.core.period import Period
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent, Job, Membership, Notification, OutboxMessage, ReportRun
from app.reports import storage as storage_module
from app.reports.storage import file_key, storage
from app.services.background import leases
from app.services.background.leases import LeaseLost
from app.services.reports import report_building, report_files, report_runs
from workers import dispatcher, runtime

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def run(manager, clinic) -> ReportRun:
    return report_runs.request_report(manager, "tiny", clinic.id, JUNE)


def job_of(run: ReportRun) -> Job:
    return db.session.scalars(select(Job).where(Job.subject_id == run.id)).one()


def built(run: ReportRun) -> ReportRun:
    """The run after a worker's attempt, in this process and without its threads."""
    lease = leases.claim(job_of(run).id)
    report_building.build(lease)
    db.session.refresh(run)
    return run


def files() -> list[str]:
    return sorted(path.name for path in storage.root.rglob("*") if path.is_file())


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_a_finished_run_has_its_file_a_notice_and_audit_lines(run, manager):
    built(run)
    assert (run.state, run.progress, run.attempt) == ("completed", 100, 1)
    assert files() == [f"{run.id}.1.0.pdf", f"{run.id}.1.1.data"]
    assert [file.pages for file in report_files.files_of(manager, run)] == [1]
    message = db.session.scalars(select(OutboxMessage)).one()
    assert message.dedupe_key == f"{run.id}:{manager.user_id}"
    assert job_of(run).state == "done"
    assert b"".join(report_files.fetch(manager, run, "pdf").content).startswith(b"%PDF-")
    assert actions() == ["report.request", "report.complete", "report.complete", "report.download"]
    assert [each.name for each in report_files.downloads_of(run)] == [manager.name]


def test_what_lies_in_the_store_is_sealed(run, manager):
    built(run)
    for path in storage.root.rglob("*.pdf"):
        assert b"PDF" not in path.read_bytes()


def test_the_one_who_lost_the_lease_publishes_nothing_and_removes_its_file(run):
    lease = leases.claim(job_of(run).id)
    db.session.execute(text("UPDATE jobs SET lease_owner = :other"), {"other": new_id()})
    with pytest.raises(LeaseLost):
        report_building.build(lease)
    assert files() == []
    db.session.refresh(run)
    assert run.state == "running"
    assert db.session.scalars(select(OutboxMessage)).all() == []


def test_a_run_taken_back_is_not_built(run, manager):
    report_runs.cancel(manager, run.id)
    assert leases.claim(job_of(run).id) is None
    assert run.state == "cancelled"
    with pytest.raises(Conflict):
        report_runs.cancel(manager, run.id)
    with pytest.raises(NotFound):
        report_files.fetch(manager, run, "pdf")


def test_run_again_is_a_run_of_its_own(run, manager):
    built(run)
    again = report_runs.run_again(manager, run.id)
    assert (again.id != run.id, again.state, again.period_start) == (True, "pending", run.period_start)


def test_a_full_disk_makes_the_run_wait_with_a_reason_people_can_read(run, monkeypatch):
    def full(_path: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage_module, "_force", full)
    lease = leases.claim(job_of(run).id)
    kind = runtime.JOBS["report.build"]
    with pytest.raises(NoSpace) as caught:
        kind.perform(lease)
    db.session.rollback()
    runtime._after_error(kind, lease, caught.value)
    db.session.refresh(run)
    assert (run.state, run.error) == ("pending", caught.value.message)
    assert files() == []


def test_whoever_lost_their_access_gets_no_report(run, manager):
    db.session.execute(text("DELETE FROM memberships"))
    with pytest.raises(Forbidden):
        built(run)


def test_the_rights_of_the_day_it_is_built_count(run, manager):
    db.session.execute(update(Membership).values(roles=["patient"]))
    assert report_building.runner_of(run).roles == {Role.PATIENT}


def test_a_clinic_that_is_nowhere_or_elsewhere_does_not_exist(scope, manager):
    with pytest.raises(NotFound):
        report_runs.request_report(manager, "tiny", new_id(), JUNE)


def test_a_clinic_outside_ones_scope_does_not_exist(person, make_clinic, clinic):
    other = make_clinic("Riverside")
    narrow = person(Role.CLINIC_STAFF, clinics={other.id})
    with pytest.raises(NotFound):
        report_runs.request_report(narrow, "tiny", clinic.id, JUNE)


def test_a_run_outside_ones_scope_does_not_exist(run, person, make_clinic):
    narrow = person(Role.CLINIC_STAFF, clinics={make_clinic("Riverside").id})
    with pytest.raises(NotFound):
        report_runs.report_for(narrow, run.id)
    assert report_runs.list_runs(narrow) == []


def test_another_organizations_run_does_not_exist(neighbour, run, organization):
    run_id = run.id
    db.session.info.pop("organization_id")
    with tenant_scope(neighbour.id), pytest.raises(NotFound):
        report_runs.report_for(system_actor(neighbour.id), run_id)
    db.session.info["organization_id"] = organization.id


@pytest.mark.parametrize("role", [Role.PATIENT, Role.PLATFORM_ADMIN])
def test_a_role_without_reports_asks_for_none(person, clinic, role):
    with pytest.raises(Forbidden):
        report_runs.request_report(person(role), "tiny", clinic.id, JUNE)


def test_a_doctor_reads_only_what_they_asked_for_themselves(run, person):
    doctor = person(Role.DOCTOR)
    with pytest.raises(NotFound):
        report_runs.report_for(doctor, run.id)
    own = report_runs.request_report(doctor, "tiny", run.clinic_id, JUNE)
    assert [each.id for each in report_runs.list_runs(doctor)] == [own.id]


@pytest.mark.parametrize("parameters", [{"size": "A3"}, {"colour": "red"}])
def test_an_unknown_parameter_is_refused(manager, clinic, parameters):
    with pytest.raises(Invalid):
        report_runs.request_report(manager, "tiny", clinic.id, JUNE, parameters)


def test_a_month_to_come_is_refused(manager, clinic):
    with pytest.raises(Invalid):
        report_runs.request_report(manager, "tiny", clinic.id, Period(date(2126, 6, 1), date(2126, 7, 1)))


def test_a_changed_file_is_not_handed_out_and_leaves_a_line(run, manager):
    built(run)
    path = storage.root / report_files.files_of(manager, run)[0].key
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))
    with pytest.raises(Conflict):
        report_files.fetch(manager, run, "pdf")
    outcome = db.session.scalars(select(AuditEvent.outcome).where(AuditEvent.action == "report.download")).one()
    assert outcome == "changed"


def test_the_notice_is_delivered_once_though_sent_twice(run, manager):
    built(run)
    db.session.info.pop("organization_id")
    for _ in range(2):
        assert dispatcher.dispatch("notification")
        db.session.execute(update(OutboxMessage).values(state="pending"))
        db.session.commit()
    with tenant_scope(manager.organization_id):
        notice = db.session.scalars(select(Notification)).one()
        assert (notice.user_id, notice.subject_id) == (manager.user_id, run.id)


def test_the_sweeper_removes_old_files_that_no_run_names(run, manager):
    built(run)
    kept = files()
    orphan = file_key(manager.organization_id, run.id, 7, 0, "pdf")
    for key in (orphan, f"{orphan}#1", file_key(manager.organization_id, new_id(), 1, 0, "pdf")):
        (storage.root / key).write_bytes(b"%PDF-")
    young = file_key(manager.organization_id, run.id, 8, 0, "pdf")
    for path in storage.root.rglob("*.*"):
        os.utime(path, (1, 1))
    (storage.root / young).write_bytes(b"%PDF-")
    db.session.info.pop("organization_id")
    assert report_files.sweep() == 3
    assert files() == sorted([*kept, young.split("/")[1]])


def test_files_go_when_their_time_is_over_unless_they_are_held(run, manager, person):
    built(run)
    run.expires_at = run.finished_at - timedelta(days=1)
    admin, run_id = person(Role.ADMIN), run.id
    report_files.hold(admin, run.id, "Court order 7")
    db.session.info.pop("organization_id")
    assert report_files.sweep() == 0
    with tenant_scope(manager.organization_id):
        report_files.release(admin, run_id)
    assert report_files.sweep() == 2
    assert files() == []
    with tenant_scope(manager.organization_id), pytest.raises(NotFound):
        report_files.fetch(manager, report_runs.report_for(manager, run_id), "pdf")
