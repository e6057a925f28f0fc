"""Counts of one organization for the platform's admins, four times an hour."""

from app.services.leases import Lease
from workers.jobs.types import JobKind


def count(lease: Lease) -> None:
    """Counts the organization within its own scope."""
    from app.services import platform_counts

    platform_counts.take(lease.organization_id)


JOBS = (JobKind("platform.count", count, seconds=300),)
