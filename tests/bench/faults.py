"""The long fault run: a schedule every two seconds with two schedulers, reports asked for over the web, and meanwhile
200 x kill -9 of workers, schedulers and web servers, 10 emptied Redis, 5 restarts of PostgreSQL.

Prints what was done and what came of it, and ends with status 1 when a report is lost, doubled, torn or late.
"""

import http.client
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app import create_app
from app.config import Config
from app.core.tenancy import tenant_scope
from app.embedded import processes
from app.embedded.postgres import SUPERUSER, Cluster
from app.embedded.redis import Server
from app.extensions import db
from app.keys import Keys, load_or_create
from app.reports.storage import storage
from app.services import api_tokens, report_library, report_types, schedules
from app.services.organizations import create_organization
from app.services.report_library import Draft
from app.services.setup import upgrade
from tests.bench.installation import free_port
from tests.faults.harness import Account, Installation, Requests, account, shoot
from tests.faults.tiny import TINY, EveryTwoSeconds

KILLS, FLUSHES, RESTARTS, SEED = 200, 10, 5, 20261121
LATE = 15.0  # seconds after which a run that was due counts as late
ROLES = ("worker-1", "worker-2", "scheduler-1", "scheduler-2", "web-1")


def main(kills: int = KILLS) -> int:
    """Shoots until so many processes have died, ends the schedule, waits for quiet, and counts."""
    dice = random.Random(SEED)
    report_types.REPORTS = {TINY.key: TINY}
    schedules.rule_of = lambda _schedule: EveryTwoSeconds()
    with _servers() as (config, cluster), create_app(config).app_context():
        upgrade()
        storage.use(config.files)
        asked = Requests.prepare(create_organization("faults", "Fault Clinics", "America/Chicago").id)
        running = Installation(config)
        running.start(*ROLES)
        try:
            promised, restarts = _shoot(kills, running, asked, cluster, dice)
            asked.wait_for_quiet(240, running.keep_alive)
        finally:
            running.stop()
        result = account(asked)
        kept = _kept(asked, promised)
    print(f"kills: {running.kills}, Redis emptied: {running.flushes}, PostgreSQL restarted: {restarts}")
    _tell(result, asked, len(promised), kept)
    whole = result.completed == result.notices == result.messages and result.completed >= result.due
    return 0 if whole and not result.broken_files and not result.dues_lost and kept == len(promised) else 1


def _tell(result: Account, asked: Requests, promised: int, kept: int) -> None:
    print(f"due: {result.due}, lost: {result.dues_lost}, asked for over the web: {promised}, of these made: {kept}")
    print(f"completed: {result.completed}, given up after three deaths and asked again: {asked.rerun}")
    print(f"attempts: {result.attempts}, notices: {result.notices}, messages: {result.messages}")
    print(f"torn or missing files: {result.broken_files}, files for the sweeper: {result.unnamed_files}")
    print(f"from due to started: at most {result.latest_start:.1f} s; to completed: median {result.median:.1f} s,")
    print(f"at most {result.latest:.1f} s (goal for the start: {LATE:.0f} s)")


def _shoot(
    kills: int, running: Installation, asked: Requests, cluster: Cluster, dice: random.Random
) -> tuple[list[UUID], int]:
    schedule_id, promised, restarts = asked.schedule(), [], 0
    report_id, token = _way_in(asked)
    while running.kills < kills:
        time.sleep(dice.uniform(0.3, 1.0))
        shoot(running, dice)
        running.keep_alive()
        if (run_id := _execute(running.config, report_id, token)) is not None:
            promised.append(run_id)
        if running.flushes < FLUSHES * running.kills // kills:
            running.flush()
        if restarts < RESTARTS * running.kills // kills:
            _restart(cluster)
            restarts += 1
    for _ in range(20):  # the last restart may still be going on
        with suppress(DBAPIError):
            asked.end_schedule(schedule_id)
            break
        time.sleep(1)
    return promised, restarts


def _way_in(asked: Requests) -> tuple[UUID, str]:
    """A saved report, and a token to run it over the web."""
    with tenant_scope(asked.organization_id):
        parameters = {"period": "last_month", "filters": {"clinic_id": str(asked.clinic_id)}}
        report = report_library.save(asked.actor, Draft("By hand", "tiny", parameters))
        return report.id, api_tokens.make(asked.actor, "Faults")


def _execute(config: Config, report_id: UUID, token: str) -> UUID | None:
    """The run that the web server promised; None when it, or what it needs, was away."""
    line = http.client.HTTPConnection("127.0.0.1", config.port, timeout=3)
    try:
        line.request("POST", f"/api/v1/reports/{report_id}/execute", headers={"Authorization": f"Bearer {token}"})
        answer = line.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()
    return UUID(json.loads(body)["id"]) if answer.status == 202 else None


def _restart(cluster: Cluster) -> None:
    """As a crash does it: every connection is cut, nothing is written down first."""
    processes.end(cluster.data, ((signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)))
    cluster.start()
    db.session.remove()
    db.engine.dispose()


def _kept(asked: Requests, promised: list[UUID]) -> int:
    """How many of the promised runs are completed, themselves or asked for again."""
    wanted = [asked.replaced.get(run_id, run_id) for run_id in promised]
    with tenant_scope(asked.organization_id):
        found = db.session.execute(
            text("SELECT count(*) FROM report_runs WHERE id = ANY(:ids) AND state = 'completed'"), {"ids": wanted}
        ).scalar()
        return int(found or 0)


@contextmanager
def _servers() -> Iterator[tuple[Config, Cluster]]:
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
        config = Config(home, keys, port=port, public_url=f"http://127.0.0.1:{port}")
        yield config.with_services(url, url, server.start()), cluster
    finally:
        server.destroy()
        cluster.destroy()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else KILLS))
