"""What an alert rule finds, and the registry of rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.core.actor import Actor
from app.models import Clinic
from app.models.settings import Rules


@dataclass(frozen=True)
class Finding:
    """A rule holds for a subject of a clinic now. `evidence` names value and limit; `words` is the sentence shown."""

    rule: str
    subject: str
    severity: str  # low, medium, high, critical
    title: str
    words: str
    evidence: dict[str, Any] = field(default_factory=dict)
    patience: int = 1  # so many checks in a row before an alert opens
    recommendation: str | None = None


@dataclass(frozen=True)
class Situation:
    """What a rule may look at: one clinic on one of its days."""

    actor: Actor
    clinic: Clinic
    day: date
    rules: Rules


@dataclass(frozen=True)
class AlertRule:
    """A declared rule; `kind` decides the icon and the `type` of the API."""

    key: str
    kind: str  # capacity, equipment, staffing, waiting, data, signal
    label: str
    check: Callable[[Situation], Iterable[Finding]]
