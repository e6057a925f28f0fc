"""Access: the third next available appointment of each doctor, once a day."""

from app.services.background.leases import Lease
from workers.jobs.types import JobKind


def sample(lease: Lease) -> None:
    """Samples all clinics of the organization."""
    from app.services.platform import access_samples

    access_samples.sample(lease.organization_id)


JOBS = (JobKind("access.sample", sample, seconds=300),)
