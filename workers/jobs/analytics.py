"""What the analytics dashboard reads and no request could compute: the population, and the forecasts, each hour."""

from app.services.background.leases import Lease
from workers.jobs.types import JobKind


def count(lease: Lease) -> None:
    """Counts the patients of the organization."""
    from app.services.dashboards import population_count

    population_count.count(lease.organization_id)


def foresee(lease: Lease) -> None:
    """Makes the forecasts of the organization."""
    from app.services.dashboards import forecasts

    forecasts.make(lease.organization_id)


JOBS = (JobKind("population.count", count, seconds=600), JobKind("forecasts.make", foresee, seconds=600))
