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

from sqlalchemy import text, update

from app.config import Config
from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.period import Period
from app.core.permissions import Role
from app.core.tenancy import tenant_scope
from app.extensions import db, store
from app.models import Clinic, ReportFile, ReportRun, ScheduleClock
from app.models.keyring import keyring
from app.reports.storage import storage
from app.services import report_library, reports, schedules
from app.services.organizations import add_member, create_user
from app.services.report_library import Draft
from app.services.schedules import Plan
from tests.faults import process
from tests.faults.tiny import EveryTwoSeconds

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
    replaced: dict[UUID, UUID] = field(default_factory=dict)

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
            for run_id in set(db.session.execute(given_up).scalars()) - set(self.replaced):
                self.replaced[run_id] = reports.run_again(self.actor, run_id).id
                if run_id in self.ids:
                    self.ids[self.ids.index(run_id)] = self.replaced[run_id]
                self.rerun += 1

    def schedule(self) -> UUID:
        """A schedule that is due every two seconds from now on."""
        with tenant_scope(self.organization_id):
            parameters = {"period": "last_month", "filters": {"clinic_id": str(self.clinic_id)}}
            report = report_library.save(self.actor, Draft("Count", "tiny", parameters))
            plan = Plan("daily", zone="UTC", missed="each", channels=["notice"], user_ids=[self.actor.user_id])
            schedule = schedules.save(self.actor, report.id, plan)
            due = EveryTwoSeconds().next_after(now())
            db.session.execute(update(ScheduleClock).where(ScheduleClock.id == schedule.id).values(due_at=due))
            db.session.commit()
            return schedule.id

    def end_schedule(self, schedule_id: UUID) -> None:
        """Nothing more falls due."""
        with tenant_scope(self.organization_id):
            schedules.set_state(self.actor, schedule_id, "ended")

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
    due: int
    dues_lost: int
    latest_start: float
    attempts: int
    latest: float
    median: float


def account(asked: Requests) -> Account:
    """Counts runs, files and notices, and how late the reports were."""
    with tenant_scope(asked.organization_id):
        runs = [run for run in db.session.query(ReportRun).all() if run.id not in asked.replaced]
        broken = 0
        for run in runs:
            files = db.session.query(ReportFile).filter_by(run_id=run.id).all()
            broken += run.state == "completed" and not all(map(_is_whole, files or [None]))
        completed = "kind = 'report.completed'"
        notices = db.session.execute(text(f"SELECT count(*) FROM notifications WHERE {completed}")).scalar()
        sent = "state = 'sent' AND payload ->> 'kind' = 'report.completed'"
        messages = db.session.execute(text(f"SELECT count(DISTINCT dedupe_key) FROM outbox WHERE {sent}")).scalar()
        dues = db.session.execute(text("SELECT due_at, noted_at, run_id FROM schedule_dues ORDER BY due_at")).all()
        named = {file.key for file in db.session.query(ReportFile).all()}
    folder = storage.root / str(asked.organization_id)
    unnamed = [path for path in folder.glob("*") if f"{asked.organization_id}/{path.name}" not in named]
    late = sorted((run.finished_at - (run.due_at or run.created_at)).total_seconds() for run in runs if run.finished_at)
    moments = [due.due_at for due in dues]
    expected = int((moments[-1] - moments[0]).total_seconds()) // 2 + 1 if moments else 0
    return Account(
        asked=len(asked.ids) + len(dues),
        due=len(dues),
        dues_lost=expected - len(set(moments)) + sum(due.run_id is None for due in dues),
        latest_start=max(((due.noted_at - due.due_at).total_seconds() for due in dues), default=0.0),
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
    webs = [name for name in installation.roles if name.startswith("web")]
    dice = random_.random()
    if dice < 0.1:
        installation.arm(random_.choice(["die-in-write", "die-before-publish"]))
    elif dice < 0.25 and schedulers:
        installation.kill(random_.choice(schedulers), "main")
    elif dice < 0.35 and webs:
        installation.kill(random_.choice(webs), "main")
    else:
        installation.kill(random_.choice(workers), random_.choice(["horse", "horse", "main", "both"]))
