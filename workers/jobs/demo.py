"""The past of a simulated organization: its files are written, then imported like any other."""

from pathlib import Path

from app.services.background.leases import Lease
from workers.jobs import imports
from workers.jobs.types import JobKind


def load_past(lease: Lease) -> None:
    """Simulates what is not written yet and reads on from where the import stopped."""
    from app.core.actor import system_actor
    from app.demo.load import simulate_past
    from app.services import access

    run = access.import_run_for(system_actor(lease.organization_id, "Demo"), lease.subject_id)
    simulate_past(Path(run.path or "").parent)
    imports.resume(lease)


JOBS = (JobKind("demo.past", load_past, failed=imports.failed, seconds=6 * 3600),)
