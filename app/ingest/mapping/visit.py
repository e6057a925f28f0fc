"""What an appointment and its encounter say about the same visit, brought together. Pure."""

from typing import Any

_REACHED = {"arrived": "arrived", "in_progress": "started", "finished": "completed"}


def merge(appointment: dict[str, Any], encounter: dict[str, Any]) -> None:
    """Gives an appointment the stamps and the progress of its encounter, in place.

    The encounter is the record of care, so what it knows wins over the booking; a cancelled appointment or a no-show
    stays what it is, and an encounter that is only planned, cancelled or unknown says nothing of the visit.
    """
    reached = _REACHED.get(encounter["status"])
    if reached is None or appointment["status"] in ("cancelled", "no_show"):
        return
    appointment["status"] = reached
    ended = encounter.get("ends_at") if reached == "completed" else None
    stamps = {
        "arrived_at": encounter.get("arrived_at"),
        "started_at": encounter.get("started_at"),
        "finished_at": ended,
    }
    appointment |= {column: at for column, at in stamps.items() if at is not None}
