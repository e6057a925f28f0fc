"""Reports: one run, one file."""

from app.services.background.leases import Lease
from workers.jobs.types import JobKind


def build(lease: Lease) -> None:
    """Builds the run."""
    from app.services.reports import report_building

    report_building.build(lease)


def waits(lease: Lease, reason: str) -> None:
    """Shows that the run will be tried again."""
    from app.services.reports import report_building

    report_building.waits(lease, reason)


def failed(lease: Lease, reason: str, code: str) -> None:
    """Shows that the run came to nothing."""
    from app.services.reports import report_building

    report_building.failed(lease, reason, code if code.startswith("ANALYTICS_") else "ANALYTICS_002")


# Data that are too old now may have come by the next try.
JOBS = (JobKind("report.build", build, waits, failed, seconds=300, passing=frozenset({"ANALYTICS_010"})),)
