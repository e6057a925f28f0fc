"""What a form says back: a message for each field that cannot be used."""

from app.core.errors import AppError


def fault_of(error: AppError | None, field: str) -> str:
    """What is said of a field; empty where nothing is."""
    return str(error.details.get("fields", {}).get(field, "")) if error else ""
