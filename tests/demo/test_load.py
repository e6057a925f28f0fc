"""The second organization, simulated and loaded through the imports into a real database."""

import stat

import pytest
from sqlalchemy import func, select

from app.core.actor import system_actor
from app.core.ids import new_id
from app.core.passwords import verify_password
from app.core.tenancy import tenant_scope
from app.demo.accounts import demo_password
from app.demo.blueprint import plans
from app.demo.calendar import utc_minute
from app.demo.day import Days
from app.demo.load import Manifest, load
from app.models import (
    Appointment,
    Clinic,
    ImportReject,
    ImportRun,
    Invoice,
    Job,
    Membership,
    Organization,
    Patient,
    Payment,
    UnresolvedReference,
    User,
)
from app.services.background.leases import Lease
from workers.jobs.demo import load_past

SLUGS = ("other",)


def test_a_load_stores_everything_once_and_later_changes_find_their_records(session, config):
    (loaded,) = load(config, slugs=SLUGS, past_later=True)
    check_past(session, loaded)
    check_records(session, loaded)
    check_people(session, config, loaded)
    (again,) = load(config, slugs=SLUGS)
    assert (again.read, again.stored, again.people) == (0, 0, 0)
    assert session.scalar(select(func.count()).select_from(Organization).where(Organization.slug == "other")) == 1
    check_pushes(session, config, loaded)


def check_past(session, loaded):
    """The years before wait for a worker, which simulates and loads them; until then the import is seen to wait."""
    job = session.scalars(select(Job).where(Job.kind == "demo.past")).one()
    assert job.organization_id == loaded.organization_id
    with tenant_scope(loaded.organization_id):
        run = session.get_one(ImportRun, (loaded.organization_id, job.subject_id))
        assert (run.state, run.started_at) == ("pending", None)
        load_past(Lease(job.id, job.kind, job.organization_id, job.subject_id, new_id(), 1, 0))
        assert run.state == "completed"
        assert sum(counts["stored"] for counts in run.counts.values()) > 30_000


def check_records(session, loaded):
    assert loaded.rejected == 0
    assert loaded.stored > 20_000
    with tenant_scope(loaded.organization_id):
        assert session.scalars(select(ImportReject)).all() == []
        assert session.scalars(select(UnresolvedReference).limit(1)).all() == []
        placed = select(func.count(), func.count(Appointment.clinic_id), func.count(Appointment.patient_id))
        total, *known = session.execute(placed.select_from(Appointment)).one()
        assert total > 7000
        assert known == [total, total]
        paid = select(func.sum(Payment.amount)).where(Payment.status != "failed")
        assert session.scalar(paid) == session.scalar(select(func.sum(Invoice.paid)))
        assert {clinic.zone for clinic in session.scalars(select(Clinic))} == {"Europe/Berlin", "America/New_York"}


def check_people(session, config, loaded):
    password_file = config.home / "demo-password"
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    assert loaded.people == 7
    found = session.execute(
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == loaded.organization_id)
    )
    members = {user.email.partition("@")[0]: (user, member) for user, member in found}
    assert set(members) == {"admin", "doctor", "staff", "billing", "analyst", "patient"}
    platform = session.scalars(select(User).where(User.platform_admin)).all()
    assert {user.email.partition("@")[0] for user in platform} == {"platform"}  # of no organization
    assert all(verify_password(user.password_hash, demo_password(config.home)) for user, _ in members.values())
    assert members["doctor"][1].practitioner_id is not None
    assert len(members["staff"][1].clinic_ids) == 2
    with tenant_scope(loaded.organization_id):
        patient = session.get(Patient, (loaded.organization_id, members["patient"][1].patient_id))
        assert patient.name.partition(", ")[0] in members["patient"][0].name


def check_pushes(session, config, loaded):
    """What happens in the three days after the load lands in the records that were loaded."""
    push = pytest.importorskip("app.ingest.push")
    made = Manifest.read(config.home / "demo" / "other")
    start = utc_minute(made.now)
    changes = Days(plans()[1], made.seed, made.now).changes(start, start + 3 * 1440)
    resources = [resource for change in changes for resource in change.resources][:1500]
    count = select(func.count()).select_from(Appointment)
    with tenant_scope(loaded.organization_id):
        before = session.scalar(count)
    answers = push.store(system_actor(loaded.organization_id), resources)
    assert {answer.outcome for answer in answers} <= {"stored", "unchanged"}
    with tenant_scope(loaded.organization_id):
        after = session.scalar(count)
        assert session.scalars(select(UnresolvedReference).limit(1)).all() == []
    booked = {change.resources[-1]["id"] for change in changes if change.what == "booked"}
    assert after - before <= len(booked)
