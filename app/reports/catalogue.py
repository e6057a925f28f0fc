"""Every type of report by its key."""

from collections.abc import Mapping

from app.core.registry import registry
from app.reports.types import ReportType

REPORTS: Mapping[str, ReportType] = registry(())
