"""What becomes of a report's files in a folder, a bucket and a container: fetched, signed, held, gone in time."""

from datetime import date, timedelta

import obstore
import pytest
from sqlalchemy import select

from app.config import FileStore
from app.core.clock import now
from app.core.errors import Conflict, NotFound
from app.core.period import Period
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.models import AuditEvent, Job, Membership, ReportDownload, ReportRun, User
from app.models.keyring import keyring
from app.reports.storage import storage
from app.services.background import leases
from app.services.reports import report_building, report_exports, report_files, report_runs, signed_links

JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture(params=["folder", "bucket", "container"], autouse=True)
def place(request, tiny, tmp_path) -> None:
    """Where the files are."""
    is_folder = request.param == "folder"
    storage.use(FileStore(tmp_path.as_uri()) if is_folder else request.getfixturevalue(request.param))


@pytest.fixture
def run(manager, clinic) -> ReportRun:
    """A finished run."""
    found = report_runs.request_report(manager, "tiny", clinic.id, JUNE)
    job = db.session.scalars(select(Job).where(Job.subject_id == found.id)).one()
    report_building.build(leases.claim(job.id))
    db.session.refresh(found)
    return found


def swept() -> int:
    """How many files the sweeper removes, from all organizations."""
    mine = db.session.info.pop("organization_id")
    removed = report_files.sweep()
    db.session.info["organization_id"] = mine
    return removed


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def test_a_file_is_fetched_with_an_audit_line_and_a_line_of_who_had_it(run, manager):
    assert b"".join(report_files.fetch(manager, run, "pdf").content).startswith(b"%PDF-")
    assert actions()[-1] == "report.download"
    assert [line.name for line in db.session.scalars(select(ReportDownload))] == [manager.name]


def test_a_signed_link_opens_it_until_its_moment_and_for_nobody_who_has_lost_the_right(run, manager):
    (file,) = report_files.files_of(manager, run)
    link, until = report_exports.link(manager, file)
    token = link.removeprefix(signed_links.PATH)
    _, opened = signed_links.fetch(token)
    assert b"".join(opened.content).startswith(b"%PDF-")
    assert until - now() > timedelta(hours=23)
    over = signed_links.make(run.organization_id, file.id, manager.user_id, now() - timedelta(seconds=1))
    for wrong in (over, ("A" if token[0] != "A" else "B") + token[1:], "x"):
        with pytest.raises(NotFound):
            signed_links.fetch(wrong)


@pytest.mark.parametrize("loss", ["role", "membership", "login", "clinic", "file"])
def test_a_signed_link_is_over_with_the_right_of_whom_it_was_made_for(run, person, make_clinic, loss):
    reader = person(Role.CLINIC_STAFF)
    (file,) = report_files.files_of(reader, run)
    token = report_exports.link(reader, file)[0].removeprefix(signed_links.PATH)
    assert signed_links.fetch(token)
    membership = db.session.scalars(select(Membership).where(Membership.user_id == reader.user_id)).one()
    if loss == "role":
        membership.roles = [Role.PATIENT.value]
    elif loss == "membership":
        db.session.delete(membership)
    elif loss == "login":
        db.session.get_one(User, reader.user_id).disabled_at = now()
    elif loss == "clinic":
        membership.clinic_ids = [make_clinic("Elsewhere").id]
    else:
        file.removed_at = now()
    db.session.commit()
    count = len(actions())
    with pytest.raises(NotFound, match="This link is wrong, or its time is over"):
        signed_links.fetch(token)
    assert len(actions()) == count


def test_a_signed_link_is_over_for_whoever_is_a_doctor_alone_from_now_on(run, person):
    doctor = person(Role.DOCTOR, Role.CLINIC_STAFF)
    (file,) = report_files.files_of(doctor, run)
    token = report_exports.link(doctor, file)[0].removeprefix(signed_links.PATH)
    assert signed_links.fetch(token)
    membership = db.session.scalars(select(Membership).where(Membership.user_id == doctor.user_id)).one()
    membership.roles = [Role.DOCTOR.value]
    db.session.commit()
    with pytest.raises(NotFound):
        signed_links.fetch(token)


def test_a_file_goes_when_its_time_is_over_and_the_store_no_longer_has_it(run, manager):
    (file,) = report_files.files_of(manager, run)
    ring, run_id, key, digest = keyring(run.organization_id), run.id, file.key, file.sha256
    run.expires_at = now() - timedelta(days=1)
    db.session.commit()
    assert swept() == 2  # the PDF and the figures for programs
    with tenant_scope(manager.organization_id):
        assert actions()[-2:] == ["report.expire", "report.expire"]
        with pytest.raises(NotFound):
            report_files.fetch(manager, report_runs.report_for(manager, run_id), "pdf")
        with pytest.raises(NotFound):
            list(storage.read(key, digest, ring))


def test_a_legal_hold_keeps_it_until_it_is_released(run, manager, person):
    admin, run_id = person(Role.ADMIN), run.id
    run.expires_at = now() - timedelta(days=1)
    report_files.hold(admin, run.id, "Court order 7")
    assert swept() == 0
    with tenant_scope(manager.organization_id):
        held = report_runs.report_for(manager, run_id)
        assert b"".join(report_files.fetch(manager, held, "pdf").content).startswith(b"%PDF-")
        report_files.release(admin, run_id)
    assert swept() == 2


def test_a_file_that_somebody_changed_in_the_store_is_refused_with_an_audit_line(run, manager):
    (file,) = report_files.files_of(manager, run)
    file.sha256 = "0" * 64
    db.session.commit()
    with pytest.raises(Conflict):
        report_files.fetch(manager, run, "pdf")
    assert actions()[-1] == "report.download"


def test_the_store_sees_neither_the_pages_nor_a_name(run, manager):
    (file,) = report_files.files_of(manager, run)
    raw = (
        bytes(obstore.get(storage.store, file.key).bytes()) if storage.store else (storage.root / file.key).read_bytes()
    )
    assert b"%PDF" not in raw
    assert "Downtown" not in file.key
