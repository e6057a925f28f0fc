"""A small installation of real processes that is shot at, and the account of what came of it."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from app.config import Config
from app.core.actor import Actor
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.period import Period
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.models import Clinic, ReportFile, ReportRun
from app.models.keyring import keyring
from app.reports.storage import storage
from app.services import reports
from app.services.organizations import add_member, create_user
from tests.faults import process

ROOT = Path(__file__).resolve().parents[2]
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))


@dataclass
class Installation:
    """Workers and schedulers that are started again whenever they end."""

    config: Config
    roles: dict[str, subprocess.Popen] = field(default_factory=dict)
    kills: int = 0
    flushes: int = 0

    def start(self, *names: str) -> None:
        """Starts processes by name: `worker-1`, `scheduler-2`."""
        process.describe(self.config, self._told)
        for name in names:
            self.roles[name] = self._spawn(name)

    @property
    def _told(self) -> Path:
        return self.config.home / "faults.json"

    def _spawn(self, name: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.faults.process", name.partition("-")[0], str(self._told)]
        log = (self.config.home / f"{name}.log").open("ab")
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)

    def keep_alive(self) -> None:
        """Does what a supervisor does."""
        for name, running in self.roles.items():
            if running.poll() is not None:
                self.roles[name] = self._spawn(name)

    def children(self, name: str) -> list[int]:
        """The processes that a worker has forked."""
        pid = self.roles[name].pid
        try:
            return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except FileNotFoundError:
            return []

    def kill(self, name: str, which: str) -> None:
        """Kills -9 a worker's `main`, its `horse` or `both`; a horse whose main is dead goes on as an orphan."""
        targets = self.children(name) if which in ("horse", "both") else []
        targets += [self.roles[name].pid] if which in ("main", "both") else []
        for pid in targets:
            try:
                os.kill(pid, signal.SIGKILL)
                self.kills += 1
            except ProcessLookupError:
                continue

    def flush(self) -> None:
        """Empties Redis."""
        store.client.flushdb()
        self.flushes += 1

    def arm(self, token: str) -> None:
        """The next job that comes to that point dies there."""
        (self.config.home / token).touch()

    def stop(self) -> None:
        """Asks every process to end, and makes sure."""
        for running in self.roles.values():
            running.terminate()
        for running in self.roles.values():
            try:
                running.wait(timeout=8)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


@dataclass
class Requests:
    """Reports asked for by one person, and how they ended."""

    organization_id: UUID
    actor: Actor
    clinic_id: UUID
    ids: list[UUID] = field(default_factory=list)
    rerun: int = 0

    @classmethod
    def prepare(cls, organization_id: UUID) -> "Requests":
        """A person and a clinic, committed."""
        user = create_user(f"{new_id().hex}@demo.example", "Cora Manager", None)
        add_member(organization_id, user.id, [Role.CLINIC_STAFF])
        actor = Actor(organization_id, user.id, user.name, frozenset({Role.CLINIC_STAFF}))
        with tenant_scope(organization_id):
            clinic = Clinic(organization_id=organization_id, id=new_id(), name="Downtown", zone="America/Chicago")
            db.session.add(clinic)
            db.session.commit()
        return cls(organization_id, actor, clinic.id)

    def ask(self) -> None:
        """One more report."""
        with tenant_scope(self.organization_id):
            self.ids.append(reports.request_report(self.actor, "tiny", self.clinic_id, JUNE).id)

    def states(self) -> dict[str, int]:
        """How many runs are in which state."""
        with tenant_scope(self.organization_id):
            rows = db.session.execute(text("SELECT state, count(*) FROM report_runs GROUP BY state")).all()
        return dict(map(tuple, rows))

    def rerun_given_up(self) -> None:
        """What a person does about a run on which three workers died: asks again."""
        with tenant_scope(self.organization_id):
            given_up = text("SELECT id FROM report_runs WHERE state = 'failed'")
            for run_id in db.session.execute(given_up).scalars().all():
                self.ids.remove(run_id)
                self.ids.append(reports.run_again(self.actor, run_id).id)
                db.session.execute(text("DELETE FROM report_runs WHERE id = :id"), {"id": run_id})
                db.session.commit()
                self.rerun += 1

    def wait_for_quiet(self, seconds: float, each: Callable[[], None]) -> None:
        """Until no run and no message waits; raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            each()
            self.rerun_given_up()
            with db.engine.connect() as connection:
                waiting = connection.execute(
                    text(
                        "SELECT (SELECT count(*) FROM jobs WHERE kind = 'report.build'"
                        " AND state IN ('pending', 'running'))"
                        " + (SELECT count(*) FROM outbox WHERE state <> 'sent')"
                    )
                ).scalar()
            if waiting == 0:
                return
            time.sleep(0.25)
        raise TimeoutError(f"not quiet after {seconds} s: {self.states()}")


@dataclass(frozen=True)
class Account:
    """What can be seen from outside at the end."""

    asked: int
    completed: int
    notices: int
    messages: int
    broken_files: int
    unnamed_files: int
    attempts: int
    latest: float
    median: float


def account(asked: Requests) -> Account:
    """Counts runs, files and notices, and how late the reports were."""
    with tenant_scope(asked.organization_id):
        runs = db.session.query(ReportRun).all()
        broken = 0
        for run in runs:
            files = db.session.query(ReportFile).filter_by(run_id=run.id).all()
            broken += run.state == "completed" and not all(map(_is_whole, files or [None]))
        notices = db.session.execute(text("SELECT count(*) FROM notifications")).scalar()
        messages = db.session.execute(
            text("SELECT count(DISTINCT dedupe_key) FROM outbox WHERE state = 'sent'")
        ).scalar()
        named = {file.key for file in db.session.query(ReportFile).all()}
    folder = storage.root / str(asked.organization_id)
    unnamed = [path for path in folder.iterdir() if f"{asked.organization_id}/{path.name}" not in named]
    late = sorted((run.finished_at - run.created_at).total_seconds() for run in runs if run.finished_at)
    return Account(
        asked=len(asked.ids),
        completed=sum(run.state == "completed" for run in runs),
        notices=notices,
        messages=messages,
        broken_files=broken,
        unnamed_files=len(unnamed),
        attempts=sum(run.attempt for run in runs),
        latest=late[-1],
        median=late[len(late) // 2],
    )


def _is_whole(file: ReportFile | None) -> bool:
    try:
        return file is not None and bool(list(storage.read(file.key, file.sha256, keyring(file.organization_id))))
    except AppError:
        return False


def shoot(installation: Installation, random_: random.Random) -> None:
    """One random fault."""
    workers = [name for name in installation.roles if name.startswith("worker")]
    schedulers = [name for name in installation.roles if name.startswith("scheduler")]
    dice = random_.random()
    if dice < 0.1:
        installation.arm(random_.choice(["die-in-write", "die-before-publish"]))
    elif dice < 0.2 and schedulers:
        installation.kill(random_.choice(schedulers), "main")
    else:
        installation.kill(random_.choice(workers), random_.choice(["horse", "horse", "main", "both"]))
