"""Every metric by its key."""

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
