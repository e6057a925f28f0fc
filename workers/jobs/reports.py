"""Reports: one run, one file."""

from app.services.leases import Lease
from workers.jobs.types import JobKind


def build(lease: Lease) -> None:
    """Builds the run."""
    from app.services import report_building

    report_building.build(lease)


def waits(lease: Lease, reason: str) -> None:
    """Shows that the run will be tried again."""
    from app.services import report_building

    report_building.waits(lease, reason)


def failed(lease: Lease, reason: str) -> None:
    """Shows that the run came to nothing."""
    from app.services import report_building

    report_building.failed(lease, reason)


JOBS = (JobKind("report.build", build, waits, failed, seconds=120),)
