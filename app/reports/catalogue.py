"""Every type of report by its key."""

from collections.abc import Mapping
from typing import Any

from app.core.permissions import Permission
from app.core.registry import registry
from app.reports import clinic_operations, clinic_paper
from app.reports.types import ReportType

CLINIC_OPERATIONS = ReportType(
    key="clinic_operations",
    label="Clinic month",
    description="Visits, no-shows, waits, money and satisfaction of one clinic, with the signals valid on its date.",
    permission=Permission.METRICS_OPERATIONS,
    template="reports/clinic_operations.html",
    gather=clinic_operations.build,
    paper=clinic_paper.paper,
)

REPORTS: Mapping[str, ReportType[Any]] = registry((CLINIC_OPERATIONS,))
