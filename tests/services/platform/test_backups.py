"""A backup that cannot be restored is none: back up, destroy, restore, and every figure is as it was."""

import io
import json
import stat
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import create_engine, func, make_url, select, text

from app.config import Config
from app.core.actor import system_actor
from app.core.errors import Invalid, Unavailable
from app.core.ids import new_id
from app.core.period import Span, period_of
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.factory import make_app
from app.keys import Keys
from app.metrics.run import run
from app.metrics.types import Query
from app.models import BackupRun, Clinic, Invoice, Patient, ServiceSample
from app.process import bind_process
from app.rollups.refresh import refresh
from app.services import audit
from app.services.organizations import create_organization, organization_by_slug
from app.services.platform import backup_archive, backups
from app.services.platform.setup import upgrade
from tests.servers import database_name

DAY = date(2026, 6, 8)


@pytest.fixture(scope="module")
def installation(config: Config, tmp_path_factory) -> Iterator[tuple[Config, Flask]]:
    """An installation of its own, with one patient and one open invoice."""
    owner = make_url(config.database_owner_url)
    admin = create_engine(owner.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name = database_name()
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = owner.set(database=name).render_as_string(hide_password=False)
    own = replace(config, home=tmp_path_factory.mktemp("home")).with_services(url, url, config.redis_url)
    app = make_app(own)
    with app.app_context():
        upgrade()
        organization = create_organization("kept", "Kept Clinics", "America/Chicago")
        with tenant_scope(organization.id):
            clinic = Clinic(id=new_id(), name="Downtown", zone="America/Chicago")
            db.session.add(clinic)
            db.session.flush()
            patient = Patient(organization_id=organization.id, id=new_id(), home_clinic_id=clinic.id)
            patient.name = "Roe, Jane"
            amounts = {"total": Decimal("120.50"), "balance": Decimal("120.50")}
            bill = Invoice(id=new_id(), clinic_id=clinic.id, status="issued", issue_day=DAY, service_day=DAY, **amounts)
            db.session.add_all([patient, bill])
            db.session.commit()
        refresh(organization.id)
        yield own, app
        db.session.remove()
        db.engine.dispose()
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()
    bind_process(config)


@pytest.fixture
def own(installation) -> Iterator[Config]:
    """The installation's settings, in its application context."""
    config, app = installation
    bind_process(config)
    with app.app_context():
        yield config
        db.session.remove()


def _what_is_there() -> tuple[str | None, object]:
    organization = organization_by_slug("kept")
    assert organization is not None
    organization_id = organization.id
    with tenant_scope(organization_id):
        patient = db.session.scalars(select(Patient)).one_or_none()
        name = None if patient is None else patient.name
    query = Query(("receivables.outstanding",), period_of(Span.MONTH, DAY), compare=False)
    return name, run(query, system_actor(organization_id)).figure("receivables.outstanding").value


def _databases(config: Config) -> set[str]:
    with backup_archive.connect(config.database_owner_url, "postgres") as server:
        own = backup_archive.database_of(config.database_owner_url)
        return {name for (name,) in server.execute("SELECT datname FROM pg_database") if name.startswith(own)}


def test_what_was_destroyed_is_there_again(own, tmp_path):
    file = tmp_path / "whole.mcbackup"
    (own.home / "reports").mkdir(exist_ok=True)
    (own.home / "reports" / "one.pdf").write_bytes(b"%PDF")
    assert _what_is_there() == ("Roe, Jane", Decimal("120.50"))
    run = backups.back_up(own, file)
    assert (run.state, run.size, run.sha256) == ("completed", file.stat().st_size, backup_archive.sha256_of(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    db.session.remove()
    with backup_archive.connect(own.database_owner_url) as connection:
        connection.execute("TRUNCATE organizations, users CASCADE")
    (own.home / "reports" / "one.pdf").unlink()
    assert organization_by_slug("kept") is None
    db.session.remove()

    done = backups.restore(own, file)
    assert done.rows == sum(backup_archive.read_manifest(file).rows.values())
    assert _what_is_there() == ("Roe, Jane", Decimal("120.50"))
    assert (own.home / "reports" / "one.pdf").read_bytes() == b"%PDF"
    (kept,) = [one for one in backups.runs() if one.id == run.id]
    assert (kept.state, kept.sha256) == ("completed", run.sha256)
    assert _databases(own) == {backup_archive.database_of(own.database_owner_url)}


def test_the_audit_chain_ends_where_the_backup_was_made(own, tmp_path):
    organization = organization_by_slug("kept")
    with tenant_scope(organization.id):
        for number in range(3):
            audit.record(system_actor(organization.id), "test.line", "test", str(number))
        db.session.commit()
        lines = audit.verify(organization.id)
    assert lines[0] >= 3
    backups.back_up(own, tmp_path / "c.mcbackup")
    with tenant_scope(organization.id):
        audit.record(system_actor(organization.id), "test.line", "test", "after the backup")
        db.session.commit()
    backups.restore(own, tmp_path / "c.mcbackup")
    with tenant_scope(organization.id):
        assert audit.verify(organization.id) == lines == (lines[0], None)


def test_row_security_holds_after_a_restore(own, tmp_path):
    backups.back_up(own, tmp_path / "b.mcbackup")
    backups.restore(own, tmp_path / "b.mcbackup")
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE mediconnect_app"))
        assert connection.execute(text("SELECT count(*) FROM patients")).scalar() == 0
        secured = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        assert connection.execute(text(secured)).scalar() > 40


def test_a_trial_leaves_everything_as_it_is_and_is_noted(own, tmp_path):
    file = tmp_path / "t.mcbackup"
    run_id = backups.back_up(own, file).id
    before = _databases(own)
    assert backups.try_out(own, file).tables > 60
    assert _databases(own) == before
    assert db.session.get(BackupRun, run_id).verified_at is not None


def test_a_backup_of_another_key_is_refused(own, tmp_path):
    file = tmp_path / "k.mcbackup"
    backups.back_up(own, file)
    bind_process(replace(own, keys=Keys.derive("another master key of enough length, quite another")))
    with pytest.raises(Invalid, match="another key"):
        backups.restore(own, file)
    assert _databases(own) == {backup_archive.database_of(own.database_owner_url)}


def test_a_broken_file_is_refused_and_nothing_is_touched(own, tmp_path):
    whole, broken = tmp_path / "w.mcbackup", tmp_path / "broken.mcbackup"
    backups.back_up(own, whole)
    with tarfile.open(whole) as source, tarfile.open(broken, "w") as target:
        for member in source.getmembers():
            data = source.extractfile(member).read() if member.isfile() else b""
            if member.name == "database.dump":
                data = data[: len(data) // 2]
            member.size = len(data)
            target.addfile(member, io.BytesIO(data))
    with pytest.raises(Invalid):
        backups.restore(own, broken)
    assert _what_is_there() == ("Roe, Jane", Decimal("120.50"))
    assert _databases(own) == {backup_archive.database_of(own.database_owner_url)}


def test_a_backup_that_lacks_rows_is_not_taken_over(own, tmp_path):
    whole, short = tmp_path / "w.mcbackup", tmp_path / "short.mcbackup"
    backups.back_up(own, whole)
    with tarfile.open(whole) as source, tarfile.open(short, "w") as target:
        for member in source.getmembers():
            data = source.extractfile(member).read() if member.isfile() else b""
            if member.name == "manifest.json":
                manifest = json.loads(data)
                manifest["rows"]["patients"] += 1
                data = json.dumps(manifest).encode()
            member.size = len(data)
            target.addfile(member, io.BytesIO(data))
    with pytest.raises(Invalid, match="differs from the backup in patients"):
        backups.restore(own, short)
    assert _what_is_there()[0] == "Roe, Jane"


def test_something_else_is_no_backup(own, tmp_path):
    (tmp_path / "x").write_text("hello")
    with pytest.raises(Invalid, match="is no backup"):
        backups.restore(own, tmp_path / "x")


def test_a_role_that_does_not_see_every_row_makes_no_backup(own, tmp_path):
    with backup_archive.connect(own.database_owner_url) as connection:
        name = backup_archive.database_of(own.database_owner_url)
        connection.execute(f"DROP ROLE IF EXISTS weak_{name}")
        connection.execute(f"CREATE ROLE weak_{name} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD 'weak'")
    url = make_url(own.database_owner_url).set(username=f"weak_{name}", password="weak")
    weak = url.render_as_string(hide_password=False)
    try:
        with pytest.raises(Unavailable, match="DATABASE_BACKUP_URL"):
            backups.back_up(replace(own, database_backup_url=weak), tmp_path / "n.mcbackup")
    finally:
        with backup_archive.connect(own.database_owner_url) as connection:
            connection.execute(f"DROP ROLE weak_{name}")
    assert not (tmp_path / "n.mcbackup").exists()
    failed = db.session.scalars(select(BackupRun).where(BackupRun.state == "failed")).all()
    assert ["BYPASSRLS" in (run.error or "") for run in failed] == [True]


def test_the_night_has_one_backup_tried_out_and_old_ones_go(own, monkeypatch):
    monkeypatch.setattr(backups, "KEPT", 2)
    with time_machine.travel(datetime(2026, 6, 1, 2, 5, tzinfo=UTC), tick=True):
        assert backups.nightly(own) is None  # a new installation is left to load
    sizes = ("database_us", "database_bytes", "storage_bytes", "storage_free_bytes", "queue_depth")
    first = datetime(2026, 6, 1, 0, 30, tzinfo=UTC)
    db.session.add(ServiceSample(minute=first, web_up=True, refresh_lag_seconds=0, **dict.fromkeys(sizes, 1)))
    db.session.commit()
    with time_machine.travel(datetime(2026, 6, 1, 1, 30, tzinfo=UTC), tick=True):
        assert backups.nightly(own) is None  # not yet
    files = []
    for night in (1, 2, 3):
        with time_machine.travel(datetime(2026, 6, night, 2, 5, tzinfo=UTC), tick=True):
            run = backups.nightly(own)
            assert run is not None
            assert run.verified_at is not None
            assert backups.nightly(own) is None  # begun already
            files.append(Path(run.file))
    assert [file.exists() for file in files] == [False, True, True]
    scheduled = select(func.count()).select_from(BackupRun).where(BackupRun.origin == "schedule")
    assert db.session.scalar(scheduled) == 3
