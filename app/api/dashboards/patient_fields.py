"""What the parts of the patient's document share: a field with its reason, and times in UTC."""

from datetime import UTC, datetime
from typing import Any

from app.api.documents import Document
from app.services.dashboards.patient_dashboard import PatientDashboard

Patient = Document[PatientDashboard]
UNKNOWN = "Not recorded."


def known(made: Patient, path: str, value: Any, reason: str = UNKNOWN) -> Any:
    """The value, or None with its reason noted."""
    if value is None:
        made.missing(path, reason)
    return value


def utc(moment: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat()
