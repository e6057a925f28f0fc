"""The second organization, simulated and loaded through the imports into a real database."""

import stat

import pytest
from sqlalchemy import func, select

from app.core.actor import system_actor
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
    Invoice,
    Membership,
    Organization,
    Patient,
    Payment,
    UnresolvedReference,
    User,
)

SLUGS = ("other",)


@pytest.fixture
def loaded(session, config):
    """The organization, loaded."""
    (found,) = load(config, slugs=SLUGS)
    return found


def test_a_load_stores_everything_makes_the_people_and_a_second_one_does_nothing(loaded, session, config):
    assert loaded.rejected == 0
    assert loaded.stored > 50_000
    assert loaded.people == 7
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
    assert (demo_file := config.home / "demo-password").exists()
    assert stat.S_IMODE(demo_file.stat().st_mode) == 0o600

    members = {
        user.email.partition("@")[0]: (user, member)
        for user, member in session.execute(
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == loaded.organization_id)
        )
    }
    assert set(members) == {"admin", "doctor", "staff", "billing", "analyst", "patient", "platform"}
    assert all(verify_password(user.password_hash, demo_password(config.home)) for user, _ in members.values())
    assert members["doctor"][1].practitioner_id is not None
    assert len(members["staff"][1].clinic_ids) == 2
    with tenant_scope(loaded.organization_id):
        patient = session.get(Patient, (loaded.organization_id, members["patient"][1].patient_id))
        assert patient.name.partition(", ")[0] in members["patient"][0].name

    (again,) = load(config, slugs=SLUGS)
    assert (again.read, again.stored, again.people) == (0, 0, 0)
    assert session.scalar(select(func.count()).select_from(Organization).where(Organization.slug == "other")) == 1


def test_what_happens_later_is_pushed_into_the_records_that_were_loaded(loaded, session, config):
    push = pytest.importorskip("app.ingest.push")
    plan = plans()[1]
    made = Manifest.read(config.home / "demo" / "other")
    start = utc_minute(made.now)
    changes = Days(plan, made.seed, made.now).changes(start, start + 3 * 1440)
    resources = [resource for change in changes for resource in change.resources]
    with tenant_scope(loaded.organization_id):
        before = session.scalar(select(func.count()).select_from(Appointment))
    answers = push.store(system_actor(loaded.organization_id), resources[:1500])
    with tenant_scope(loaded.organization_id):
        after = session.scalar(select(func.count()).select_from(Appointment))
        assert session.scalars(select(UnresolvedReference).limit(1)).all() == []
    booked = {change.resources[0]["id"] for change in changes if change.what == "booked"}
    assert {answer.outcome for answer in answers} <= {"stored", "unchanged"}
    assert 0 < after - before <= len(booked)
