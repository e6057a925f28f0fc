"""The long fault run: schedules due every two seconds, two schedulers, two workers of two processes and a web server,
reports asked for over the web, and meanwhile 200 x kill -9, 10 emptied Redis, 5 restarts of PostgreSQL. Then the
schedules end, quiet is waited for, and it is counted what came of every due moment and every promise.

Ends by itself within half an hour, prints a verdict on each bound, and ends with status 1 when one is missed.
Arguments: the number of kills, and the mean number of seconds between two.
"""

import http.client
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import psutil
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.config import Config
from app.core.outbound import outbound
from app.core.tenancy import tenant_scope
from app.embedded import processes
from app.embedded.postgres import SUPERUSER, Cluster
from app.embedded.redis import Server
from app.extensions import db
from app.keys import Keys, load_or_create
from app.reports.storage import storage
from app.services.delivery import webhooks
from app.services.identity import api_tokens
from app.services.organizations import create_organization
from app.services.platform.setup import upgrade
from app.services.reports import report_library, report_types, schedule_search
from app.services.reports.report_library import Draft
from tests.bench.installation import free_port
from tests.faults.harness import Account, Installation, Requests, account, shoot
from tests.faults.tiny import TINY, EveryTwoSeconds
from tests.services.receivers import Hook

KILLS, FLUSHES, RESTARTS, SEED = 200, 10, 5, 20261121
APART = 1.5  # seconds between two kills, at the mean
SCHEDULES = 2
LATE = 15.0  # seconds from due until a worker has claimed the run
SHOOTING, QUIET = 1200.0, 420.0  # seconds at most
ROLES = ("worker-1", "worker-2", "scheduler-1", "scheduler-2", "web-1")


@dataclass
class Trial:
    """The run under fire, and what was promised meanwhile."""

    running: Installation
    asked: Requests
    cluster: Cluster
    dice: random.Random
    hook: Hook
    promised: list[UUID] = field(default_factory=list)
    restarts: int = 0
    quiet: bool = False

    @property
    def kills(self) -> int:
        return self.running.kills.total()

    def go(self, kills: int, apart: float) -> None:
        """Shoots until so many processes have died, ends the schedules and waits for quiet."""
        report_id, token = self._way_in()
        self.running.start(*ROLES)
        self._wait_until_up(report_id, token)
        made = [self.asked.schedule(f"Count {number}", **self._to_webhook()) for number in range(SCHEDULES)]
        end = time.monotonic() + SHOOTING
        while self.kills < kills and time.monotonic() < end:
            time.sleep(self.dice.uniform(0.3, 1.7) * apart)
            shoot(self.running, self.dice)
            self.running.keep_alive()
            self._ask(report_id, token)
            if self.running.flushes < FLUSHES * self.kills // kills:
                self.running.flush()
            if self.restarts < RESTARTS * self.kills // kills:
                self._restart()
        for schedule_id in made:
            self._end(schedule_id)
        self.quiet = self.asked.wait_for_quiet(QUIET, self.running.keep_alive)

    def _way_in(self) -> tuple[UUID, str]:
        """A saved report, and a token to run it over the web."""
        asked = self.asked
        with tenant_scope(asked.organization_id):
            parameters = {"period": "last_month", "filters": {"clinic_id": str(asked.clinic_id)}}
            report = report_library.save(asked.actor, Draft("By hand", "tiny", parameters))
            return report.id, api_tokens.make(asked.actor, "Faults")

    def _to_webhook(self) -> dict[str, object]:
        if not self.hook.secret:
            with tenant_scope(self.asked.organization_id):
                hook, self.hook.secret = webhooks.register(self.asked.actor, "Theirs", f"http://{self.hook.place}/")
            self._webhooks = [hook.id]
        return {"webhook_ids": self._webhooks}

    def _wait_until_up(self, report_id: UUID, token: str) -> None:
        """Until the web promises a report and it is made: faults are for what works."""
        end = time.monotonic() + 300
        while not self.promised and time.monotonic() < end:
            time.sleep(0.5)
            self._ask(report_id, token)
        self.asked.wait_for_quiet(120, self.running.keep_alive)

    def _ask(self, report_id: UUID, token: str) -> None:
        """Notes the run that the web server promised; none when it, or what it needs, was away."""
        line = http.client.HTTPConnection("127.0.0.1", self.running.config.port, timeout=3)
        with suppress(OSError, http.client.HTTPException):
            line.request("POST", f"/api/v1/reports/{report_id}/execute", headers={"Authorization": f"Bearer {token}"})
            answer = line.getresponse()
            body = answer.read()
            if answer.status == 202:
                self.promised.append(UUID(json.loads(body)["id"]))
        line.close()

    def _restart(self) -> None:
        """As a crash does it: every connection is cut, nothing is written down first."""
        processes.end(self.cluster.data, ((signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)))
        self.cluster.start()
        db.session.remove()
        db.engine.dispose()
        self.restarts += 1

    def _end(self, schedule_id: UUID) -> None:
        for _ in range(30):  # the last restart may still be going on
            with suppress(DBAPIError):
                self.asked.end_schedule(schedule_id)
                return
            time.sleep(1)

    def kept(self) -> int:
        """How many of the promised runs are completed."""
        with tenant_scope(self.asked.organization_id):
            found = db.session.execute(
                text("SELECT count(*) FROM report_runs WHERE id = ANY(:ids) AND state = 'completed'"),
                {"ids": self.promised},
            )
            return int(found.scalar() or 0)


def main(kills: int = KILLS, apart: float = APART) -> int:
    """Runs the trial and prints what came of it; 0 when every bound is kept."""
    report_types.REPORTS = {TINY.key: TINY}
    schedule_search.rule_of = lambda _schedule: EveryTwoSeconds()
    began, hook = time.monotonic(), Hook()
    with _servers(hook) as (config, cluster), create_app(config).app_context():
        upgrade()
        storage.use(config.files)
        outbound.use(config.outbound_allowed)
        asked = Requests.prepare(create_organization("faults", "Fault Clinics", "America/Chicago").id)
        trial = Trial(Installation(config), asked, cluster, random.Random(SEED), hook)
        random.seed(SEED)
        try:
            trial.go(kills, apart)
        finally:
            trial.running.stop()
        result, kept = account(asked), trial.kept()
    hook.shutdown()
    _describe(trial, result, time.monotonic() - began)
    return _judge(trial, result, kills, kept)


def _describe(trial: Trial, result: Account, seconds: float) -> None:
    children = os.times()
    print(f"kills: {', '.join(f'{what} {count}' for what, count in sorted(trial.running.kills.items()))}")
    print(f"due: {result.due} of {SCHEDULES} schedules, promised over the web: {len(trial.promised)}")
    print(f"completed: {result.completed} in {result.attempts} attempts; files for the sweeper: {result.unnamed_files}")
    print(f"messages: {result.messages}; webhook: {len(trial.hook.messages)} ids in {trial.hook.calls} calls")
    for words, found in (("claimed", result.claimed), ("visible", result.visible)):
        print(
            f"from due to {words}: median {_part(found, 0.5):.1f} s, p99 {_part(found, 0.99):.1f} s, "
            f"at most {_part(found, 1):.1f} s"
        )
    print(
        f"took {seconds:.0f} s; processor of what was started and has ended {children.children_user:.0f} s; "
        f"load {psutil.getloadavg()[1]:.1f}"
    )


def _judge(trial: Trial, result: Account, kills: int, kept: int) -> int:
    hooked = trial.hook
    verdicts = {
        f"{trial.kills} of {kills} kills, {trial.running.flushes} of {FLUSHES} flushes, "
        f"{trial.restarts} of {RESTARTS} restarts": trial.kills >= kills
        and (trial.running.flushes, trial.restarts) >= (FLUSHES, RESTARTS),
        "quiet at the end": trial.quiet,
        f"runs lost: {result.dues_lost + result.unfinished} scheduled or asked for, "
        f"{len(trial.promised) - kept} promised over the web": not result.dues_lost
        and not result.unfinished
        and kept == len(trial.promised),
        f"visible twice: {result.doubled}": not result.doubled,
        f"files missing or torn: {result.broken_files}": not result.broken_files,
        f"deliveries: {result.unsent} not sent, {result.due - len(hooked.messages)} webhook ids missing, "
        f"{hooked.forged} forged": not result.unsent and len(hooked.messages) == result.due and not hooked.forged,
        f"late: {_part(result.claimed, 1):.1f} s from due to claimed, goal {LATE:.0f} s": _part(result.claimed, 1)
        <= LATE,
    }
    for words, good in verdicts.items():
        print(f"{'kept  ' if good else 'MISSED'} {words}")
    return 0 if all(verdicts.values()) else 1


def _part(found: tuple[float, ...], share: float) -> float:
    return found[min(len(found) - 1, int(len(found) * share))] if found else float("inf")


@contextmanager
def _servers(hook: Hook) -> Iterator[tuple[Config, Cluster]]:
    """Servers of this run's own: those that others share must not be shot at."""
    home = Path(tempfile.mkdtemp(prefix="mediconnect-faults-"))
    home.chmod(0o755)
    cluster, server = Cluster(home), Server(home, durable=False)
    try:
        cluster.start()
        host = quote(str(cluster.placement.sockets), safe="/")
        base = f"postgresql+psycopg://{SUPERUSER}:{cluster.secrets.database_superuser}@/{{}}?host={host}"
        admin = create_engine(base.format("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE faults"))
        admin.dispose()
        port, url = free_port(), base.format("faults")
        keys = Keys.derive(load_or_create(home).master)
        allowed = frozenset({hook.place})
        config = Config(home, keys, port=port, public_url=f"http://127.0.0.1:{port}", outbound_allowed=allowed)
        yield config.with_services(url, url, server.start()), cluster
    finally:
        server.destroy()
        cluster.destroy()
        if os.environ.get("MEDICONNECT_KEEP_FAULTS"):
            print(f"what the processes said is kept in {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int(given[0]) if given else KILLS, float(given[1]) if len(given) > 1 else APART))
