"""Counts of one organization for admins: within a minute of a change, else four times an hour."""

from app.services.background.leases import Lease
from workers.jobs.types import JobKind


def count(lease: Lease) -> None:
    """Counts the organization within its own scope."""
    from app.services.platform import platform_counts, platform_health

    platform_counts.take(lease.organization_id)
    platform_health.moved()


JOBS = (JobKind("platform.count", count, seconds=300),)
