"""A small installation of real processes that is shot at, and the account of what came of it."""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psutil
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
from app.models import Appointment, Clinic, ReportFile, ReportRun, ScheduleClock
from app.models.keyring import keyring
from app.reports.storage import storage
from app.services.organizations import add_member, create_user
from app.services.reports import report_library, report_runs, schedules
from app.services.reports.report_library import Draft
from app.services.reports.schedule_plans import Plan
from tests.faults import process
from tests.faults.tiny import EveryTwoSeconds

ROOT = Path(__file__).resolve().parents[2]
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
# What may be killed, and how often. A worker is a process that has forked others, which fork one for each job.
TARGETS = {
    ("worker", "job"): 30,
    ("worker", "member"): 20,
    ("worker", "member and job"): 10,
    ("worker", "all"): 10,
    ("scheduler", "all"): 15,
    ("web", "member"): 5,
    ("web", "all"): 10,
}


@dataclass
class Installation:
    """Workers, schedulers and web servers that are started again whenever they end."""

    config: Config
    roles: dict[str, subprocess.Popen] = field(default_factory=dict)
    kills: Counter[str] = field(default_factory=Counter)
    flushes: int = 0

    def start(self, *names: str) -> None:
        """Starts processes by name: `worker-1`, `scheduler-2`, `web-1`."""
        process.describe(self.config, self._told)
        for name in names:
            self.roles[name] = self._spawn(name)

    @property
    def _told(self) -> Path:
        return self.config.home / "faults.json"

    def _spawn(self, name: str) -> subprocess.Popen:
        log = (self.config.home / f"{name}.log").open("ab")
        command = process.command(name.partition("-")[0], self._told, self.config.port)
        with log:
            return subprocess.Popen(command, cwd=ROOT, env=process.environment(self._told), stdout=log, stderr=log)

    def keep_alive(self) -> None:
        """Does what a supervisor does."""
        for name, running in self.roles.items():
            if running.poll() is not None:
                self.roles[name] = self._spawn(name)

    def jobs(self, name: str) -> list[psutil.Process]:
        """The processes in which a worker does jobs just now."""
        return [job for member in self._members(name) for job in _children(member)]

    def _members(self, name: str) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return _children(psutil.Process(self.roles[name].pid))
        return []

    def kill(self, name: str, part: str) -> None:
        """Kills -9 a `job`, the `member` that forked it, `member and job`, or the process over `all` of them; what is
        not killed is told by the kernel that its parent is gone. Counts the deaths."""
        if part == "all":
            targets = [psutil.Process(self.roles[name].pid)] if self.roles[name].poll() is None else []
        else:
            busy = [member for member in self._members(name) if part != "job" or _children(member)]
            member = random.choice(busy) if busy else None
            jobs = _children(member) if member and "job" in part else []
            targets = jobs + ([member] if member and "member" in part else [])
        for target in targets:
            with suppress(psutil.NoSuchProcess):
                target.kill()
                self.kills[f"{name.partition('-')[0]}: {part}"] += 1

    def flush(self) -> None:
        """Empties Redis."""
        store.client.flushall()
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
                with suppress(psutil.NoSuchProcess):
                    for child in psutil.Process(running.pid).children(recursive=True):
                        child.kill()
                running.kill()
                running.wait()


def _children(parent: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return parent.children()
    return []


def shoot(installation: Installation, dice: random.Random) -> None:
    """One random fault among the processes that there are."""
    if dice.random() < 0.05:
        installation.arm(dice.choice(["die-in-write", "die-before-publish"]))
        return
    kinds = {name.partition("-")[0] for name in installation.roles}
    choices = {target: weight for target, weight in TARGETS.items() if target[0] in kinds}
    ((kind, part),) = dice.choices(list(choices), list(choices.values()))
    name = dice.choice(sorted(name for name in installation.roles if name.startswith(kind)))
    installation.kill(name, part)


@dataclass
class Requests:
    """Reports asked for by one person, and how they ended."""

    organization_id: UUID
    actor: Actor
    clinic_id: UUID
    ids: list[UUID] = field(default_factory=list)

    @classmethod
    def prepare(cls, organization_id: UUID) -> "Requests":
        """A person and a clinic, committed."""
        user = create_user(f"{new_id().hex}@demo.example", "Cora Manager", None)
        add_member(organization_id, user.id, [Role.CLINIC_STAFF])
        actor = Actor(organization_id, user.id, user.name, frozenset({Role.CLINIC_STAFF}))
        with tenant_scope(organization_id):
            clinic = Clinic(organization_id=organization_id, id=new_id(), name="Downtown", zone="America/Chicago")
            db.session.add(clinic)
            db.session.flush()
            db.session.add(_visit(clinic, now() - timedelta(days=now().day)))  # in the month before this one
            db.session.commit()
        return cls(organization_id, actor, clinic.id)

    def ask(self) -> None:
        """One more report."""
        with tenant_scope(self.organization_id):
            self.ids.append(report_runs.request_report(self.actor, "tiny", self.clinic_id, JUNE).id)

    def states(self) -> dict[str, int]:
        """How many runs are in which state."""
        with tenant_scope(self.organization_id):
            rows = db.session.execute(text("SELECT state, count(*) FROM report_runs GROUP BY state")).all()
        return dict(map(tuple, rows))

    def schedule(self, name: str = "Count", **plan: object) -> UUID:
        """A schedule that is due every two seconds from now on."""
        with tenant_scope(self.organization_id):
            parameters = {"period": "last_month", "filters": {"clinic_id": str(self.clinic_id)}}
            report = report_library.save(self.actor, Draft(name, "tiny", parameters))
            given = {"zone": "UTC", "missed": "each", "channels": ["notice"], "user_ids": [self.actor.user_id]} | plan
            schedule = schedules.save(self.actor, report.id, Plan("daily", **given))
            due = EveryTwoSeconds().next_after(now())
            db.session.execute(update(ScheduleClock).where(ScheduleClock.id == schedule.id).values(due_at=due))
            db.session.commit()
            return schedule.id

    def end_schedule(self, schedule_id: UUID) -> None:
        """Nothing more falls due."""
        with tenant_scope(self.organization_id):
            schedules.set_state(self.actor, schedule_id, "ended")

    def wait_for_quiet(self, seconds: float, each: Callable[[], None]) -> bool:
        """Waits until no run and no message waits; False when that does not come within so many seconds."""
        waiting = text(
            "SELECT (SELECT count(*) FROM jobs WHERE kind = 'report.build' AND state IN ('pending', 'running'))"
            " + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending'))"
        )
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            each()
            with db.engine.connect() as connection:
                if connection.execute(waiting).scalar() == 0:
                    return True
            time.sleep(0.25)
        return False


def _visit(clinic: Clinic, start: datetime) -> Appointment:
    """Something to report: a report of a month in which nothing is recorded is refused."""
    return Appointment(
        organization_id=clinic.organization_id,
        id=new_id(),
        clinic_id=clinic.id,
        status="completed",
        starts_at=start,
        ends_at=start + timedelta(minutes=30),
        local_day=start.date(),
        local_hour=start.hour,
        minutes=30,
    )


@dataclass(frozen=True)
class Account:
    """What can be seen from outside at the end. Seconds; lateness counts from the moment that a run was due."""

    asked: int
    due: int
    dues_lost: int
    completed: int
    unfinished: int
    doubled: int
    messages: int
    unsent: int
    broken_files: int
    unnamed_files: int
    attempts: int
    claimed: tuple[float, ...]
    visible: tuple[float, ...]


def account(asked: Requests) -> Account:
    """Counts runs, files and notices, and how late the reports were."""
    with tenant_scope(asked.organization_id):
        runs = db.session.query(ReportRun).all()
        broken = 0
        for run in runs:
            files = db.session.query(ReportFile).filter_by(run_id=run.id).all()
            broken += run.state == "completed" and not all(map(_is_whole, files or [None]))
        notices = Counter(
            db.session.execute(text("SELECT subject_id FROM notifications WHERE kind = 'report.completed'")).scalars()
        )
        kept = Counter((run.schedule_id, run.due_at) for run in runs if run.due_at)
        states = dict(map(tuple, db.session.execute(text("SELECT state, count(*) FROM outbox GROUP BY state")).all()))
        dues = db.session.execute(text("SELECT schedule_id, due_at, run_id FROM schedule_dues")).all()
        named = {file.key for file in db.session.query(ReportFile).all()}
    folder = storage.root / str(asked.organization_id)
    unnamed = [path for path in folder.glob("*") if f"{asked.organization_id}/{path.name}" not in named]
    completed = [run for run in runs if run.state == "completed"]
    return Account(
        asked=len(asked.ids) + len(dues),
        due=len(dues),
        dues_lost=_gaps(dues) + sum(due.run_id is None for due in dues),
        completed=len(completed),
        unfinished=len(runs) - len(completed) + sum(run.id not in notices for run in completed),
        doubled=sum(count - 1 for count in (*notices.values(), *kept.values())),
        messages=states.get("sent", 0),
        unsent=sum(states.values()) - states.get("sent", 0),
        broken_files=broken,
        unnamed_files=len(unnamed),
        attempts=sum(run.attempt for run in runs),
        claimed=_lateness(runs, "started_at"),
        visible=_lateness(completed, "finished_at"),
    )


def _gaps(dues: list) -> int:
    """Even seconds between a schedule's first moment and its last that were not noted."""
    moments: dict[UUID, set] = {}
    for due in dues:
        moments.setdefault(due.schedule_id, set()).add(due.due_at)
    return sum(int((max(own) - min(own)).total_seconds()) // 2 + 1 - len(own) for own in moments.values())


def _lateness(runs: list[ReportRun], what: str) -> tuple[float, ...]:
    reached = [(run.due_at or run.created_at, getattr(run, what)) for run in runs]
    return tuple(sorted((at - due).total_seconds() for due, at in reached if at is not None))


def _is_whole(file: ReportFile | None) -> bool:
    try:
        return file is not None and bool(list(storage.read(file.key, file.sha256, keyring(file.organization_id))))
    except AppError:
        return False
