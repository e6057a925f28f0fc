"""Imports: read on from where the run stopped; uploads are removed once nobody needs them."""

from datetime import timedelta
from pathlib import Path

from flask import current_app

from app.config import Config
from app.core.actor import system_actor
from app.core.clock import now
from app.extensions import db
from app.services.background import jobs
from app.services.background.leases import Lease
from workers.jobs.types import JobKind

AFTERWARDS = ("population.count", "forecasts.make")
SUMMED_UP = timedelta(minutes=2)  # by then the refresher has summed up what came


def resume(lease: Lease) -> None:
    """Reads on; a run that is over needs its uploaded file no more, and what is counted each hour is counted anew."""
    from app.services import imports

    run = imports.perform(system_actor(lease.organization_id, "Import"), lease.subject_id)
    imports.discard_upload(_home(), run)
    for kind in AFTERWARDS:
        jobs.enqueue(db.session(), kind, lease.organization_id, lease.organization_id, now() + SUMMED_UP)
    db.session.commit()


def failed(lease: Lease, reason: str, _code: str) -> None:
    """Shows that the run came to nothing."""
    from app.services import imports

    imports.fail(lease.subject_id, reason)


def sweep() -> None:
    """Removes uploaded files without a run that needs them."""
    from app.services import imports

    imports.sweep_uploads(_home())


def _home() -> Path:
    config: Config = current_app.extensions["mediconnect"]
    return config.home


JOBS = (JobKind("import.run", resume, failed=failed, seconds=6 * 3600),)
