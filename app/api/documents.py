"""A JSON document of figures while it is built: values by path, and why a field is null."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Generic

from app.metrics.types import Figure, Number
from app.models import Alert
from app.services.dashboards.readings import Read


@dataclass
class Document(Generic[Read]):
    """The answer while it is built: figures put in by path, reasons collected for those that are null."""

    reading: Read
    reasons: dict[str, str] = field(default_factory=dict)

    def number(self, path: str, answer: str, metric: str, places: int | None = None) -> float | int | None:
        """A figure as a JSON number, rounded where the seed rounds."""
        return self.value(path, self.reading.get(answer, metric), places)

    def money(self, path: str, answer: str, metric: str) -> str | None:
        """An amount as a decimal string."""
        figure = self.reading.get(answer, metric)
        return as_money(figure.value) if self.known(path, figure) and figure is not None else None

    def value(self, path: str, figure: Figure | None, places: int | None = None) -> float | int | None:
        """A figure's value, or None with its reason noted."""
        return as_number(figure.value, places) if self.known(path, figure) and figure is not None else None

    def known(self, path: str, figure: Figure | None) -> bool:
        """Has the figure a value? If not, why is noted."""
        if figure is None:
            self.reasons[path] = "Your role does not include this figure."
        elif figure.value is None:
            self.reasons[path] = figure.reason or "Not recorded."
        return path not in self.reasons

    def missing(self, path: str, reason: str) -> None:
        """Notes why a field is null."""
        self.reasons[path] = reason

    def finished(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer with what every dashboard says of itself: when it was read, of which data, what is late."""
        return body | {
            "as_of": self.reading.moment.isoformat(),
            "data_version": self.reading.version,
            "currency": self.reading.currency,
            "late_sources": list(self.reading.late_words),
            "loading": self.reading.loading or None,
            "reasons": self.reasons,
        }


def as_number(value: Number | None, places: int | None = None) -> float | int | None:
    """A JSON number: whole numbers as integers, others rounded to `places` (default 4)."""
    if value is None or isinstance(value, int):
        return value
    rounded = round(float(value), 4 if places is None else places)
    return int(rounded) if places == 0 else rounded


def as_money(value: Number | None) -> str | None:
    """A decimal string with two places."""
    return None if value is None else str(Decimal(str(value)).quantize(Decimal("0.01"), ROUND_HALF_UP))


def handling(alert: Alert) -> dict[str, Any]:
    """What stands of an alert's episode beside what it says: since when, who has seen it, who looks after it."""
    return {
        "id": str(alert.id),
        "opened_at": alert.opened_at.isoformat(),
        "acknowledged_by": alert.acknowledged_name,
        "assigned_to": alert.taken_name,
        "url": f"/alerts/{alert.id}/",
    }
