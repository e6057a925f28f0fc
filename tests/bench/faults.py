"""The long fault run: random kills of workers and schedulers and an emptied Redis, while reports are asked for.

Prints what was done and what came of it, and ends with status 1 when a report is lost, doubled or torn.
"""

import random
import sys
import time

from app import create_app
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.reports.storage import storage
from app.services import report_types
from app.services.organizations import create_organization
from tests.bench.installation import installation
from tests.faults.harness import Installation, Requests, account, shoot
from tests.faults.tiny import TINY

SECONDS, SEED = 150, 20261121
ROLES = ("worker-1", "worker-2", "scheduler-1", "scheduler-2")


def main(seconds: float = SECONDS) -> int:
    """Shoots for so long, stops asking, waits for quiet, and counts."""
    dice = random.Random(SEED)
    report_types.REPORTS = {TINY.key: TINY}
    with installation() as place, create_app(place.config).app_context():
        storage.use(place.config.files)
        asked = Requests.prepare(create_organization("faults", "Fault Clinics", "America/Chicago").id)
        running = Installation(place.config)
        running.start(*ROLES)
        try:
            _shoot_for(seconds, running, asked, dice)
            asked.wait_for_quiet(180, running.keep_alive)
        finally:
            running.stop()
        result = account(asked)
        with tenant_scope(asked.organization_id):
            db.session.rollback()
    print(f"kills: {running.kills}, flushes of Redis: {running.flushes}, given up and asked again: {asked.rerun}")
    print(f"reports asked for: {result.asked}, completed: {result.completed}, attempts: {result.attempts}")
    print(f"notices: {result.notices}, messages: {result.messages}, torn files: {result.broken_files}")
    print(f"files for the sweeper: {result.unnamed_files}")
    print(f"from asked to done: median {result.median:.1f} s, latest {result.latest:.1f} s")
    whole = result.asked == result.completed == result.notices == result.messages and not result.broken_files
    return 0 if whole else 1


def _shoot_for(seconds: float, running: Installation, asked: Requests, dice: random.Random) -> None:
    end, next_flush = time.monotonic() + seconds, time.monotonic() + 15
    while time.monotonic() < end:
        asked.ask()
        time.sleep(dice.uniform(0.3, 1.2))
        shoot(running, dice)
        running.keep_alive()
        if time.monotonic() > next_flush:
            running.flush()
            next_flush += 15


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS))
