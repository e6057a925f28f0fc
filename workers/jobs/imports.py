"""Imports: read on from where the run stopped."""

from app.services.leases import Lease
from workers.jobs.types import JobKind


def resume(lease: Lease) -> None:
    """Reads on."""
    from app.ingest import run

    run.resume(lease.subject_id)


JOBS = (JobKind("import.run", resume, seconds=6 * 3600),)
