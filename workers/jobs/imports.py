"""Imports: read on from where the run stopped; uploads are removed once nobody needs them."""

from pathlib import Path

from flask import current_app

from app.config import Config
from app.core.actor import system_actor
from app.services.leases import Lease
from workers.jobs.types import JobKind


def resume(lease: Lease) -> None:
    """Reads on; a run that is over needs its uploaded file no more."""
    from app.services import imports

    run = imports.perform(system_actor(lease.organization_id, "Import"), lease.subject_id)
    imports.discard_upload(_home(), run)


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
