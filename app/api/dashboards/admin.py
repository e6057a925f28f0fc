"""`GET /api/dashboard/admin/`: the admin dashboard's figures as JSON, from the same reading as the page.

Shares are fractions, money is a decimal string, times are UTC, times taken and ages are words with their unit.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.api.documents import Document, as_money, as_number
from app.services.dashboards.admin_dashboard import AdminDashboard


def document(reading: AdminDashboard) -> dict[str, Any]:
    """The whole answer."""
    made: Document[AdminDashboard] = Document(reading, dict(reading.overview.reasons))
    if reading.of_installation:
        made.missing("data_version", "The installation has no data version: each organization has its own.")
    return made.finished({name: _plain(block, name) for name, block in reading.overview.blocks.items()})


def _plain(value: Any, *path: str) -> Any:
    """A value as JSON; the few that the specification writes as words with their unit become those."""
    if path[-2:] in WORDS:
        return None if value is None else WORDS[path[-2:]](value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part, *path, str(name)) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, *path) for part in value]
    if isinstance(value, Decimal):
        return as_money(value)
    if isinstance(value, float):
        return as_number(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _percent(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


WORDS: Mapping[tuple[str, ...], Callable[[float], str]] = {
    ("system_overview", "uptime"): _percent,
    ("system_health", "error_rate"): _percent,
    ("system_health", "storage_usage"): _percent,
    ("system_health", "api_response_time"): lambda milliseconds: f"{milliseconds:.0f}ms",
    ("engagement_metrics", "average_session_duration"): lambda minutes: f"{minutes:.0f} minutes",
    ("tickets", "average_resolution_time"): lambda hours: f"{hours:.1f} hours",
}
