"""Alerts: the rules of one organization, once a minute."""

from app.services.background.leases import Lease
from workers.jobs.types import JobKind


def check(lease: Lease) -> None:
    """Checks all clinics of the organization."""
    from app.services import alerts

    alerts.check(lease.organization_id)


JOBS = (JobKind("alerts.check", check, seconds=60),)
