"""The registered jobs: each loads nothing itself and calls one service."""

from collections.abc import Mapping

from app.core.registry import registry
from workers.jobs import alerts, analytics, demo, imports, platform, reports, samples
from workers.jobs.types import JobKind

JOBS: Mapping[str, JobKind] = registry(
    reports.JOBS, imports.JOBS, alerts.JOBS, samples.JOBS, platform.JOBS, analytics.JOBS, demo.JOBS
)
