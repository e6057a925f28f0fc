"""Every metric by its key, and the domains that keys begin with."""

from app.core.registry import registry
from app.metrics.definitions import (
    attendance,
    capacity,
    claims,
    clinical,
    patients,
    payments,
    receivables,
    revenue,
    satisfaction,
    staff,
    tasks,
    waiting,
)

METRICS = registry(
    attendance.METRICS,
    capacity.METRICS,
    waiting.METRICS,
    patients.METRICS,
    satisfaction.METRICS,
    revenue.METRICS,
    receivables.METRICS,
    claims.METRICS,
    payments.METRICS,
    tasks.METRICS,
    clinical.METRICS,
    staff.METRICS,
)

# The order in which they are read, by those who look for a figure.
DOMAINS = {
    key: key.capitalize()
    for key in (
        "attendance",
        "capacity",
        "waiting",
        "revenue",
        "receivables",
        "payments",
        "claims",
        "satisfaction",
        "patients",
        "clinical",
        "tasks",
        "staff",
    )
}
