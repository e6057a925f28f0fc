"""What an alert rule finds, and the two kinds of rules: about a clinic, and about patients' records."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.core.actor import Actor
from app.core.permissions import Permission
from app.models import Clinic
from app.models.settings import Rules


@dataclass(frozen=True)
class Finding:
    """A rule holds for a subject now. `evidence` names value and limit; `words` is the sentence shown.

    A finding about a patient says so by ids alone: neither title nor words may hold a name or a sealed text.
    """

    rule: str
    subject: str
    severity: str  # low, medium, high, critical
    title: str
    words: str
    evidence: dict[str, Any] = field(default_factory=dict)
    patience: int = 1  # so many checks in a row before an alert opens
    recommendation: str | None = None
    patient_id: UUID | None = None
    practitioner_id: UUID | None = None


@dataclass(frozen=True)
class Situation:
    """What a rule about a clinic may look at: the clinic on one of its days; amounts are in `currency`."""

    actor: Actor
    clinic: Clinic
    day: date
    rules: Rules
    currency: str


@dataclass(frozen=True)
class Practice:
    """What a rule about patients may look at: the organization on its day, at an instant."""

    actor: Actor
    day: date
    at: datetime
    rules: Rules


@dataclass(frozen=True)
class AlertRule:
    """A declared rule about a clinic. `kind` decides the icon and the `type` of the API, `permission` who may see what
    it opens; `metric` is the figure that it looks at."""

    key: str
    kind: str  # capacity, equipment, staffing, waiting, data, signal, overdue, payment_failure, claims
    label: str
    check: Callable[[Situation], Iterable[Finding]]
    permission: Permission = Permission.METRICS_OPERATIONS
    metric: str = ""


@dataclass(frozen=True)
class PatientRule:
    """A declared rule about patients' records: seen by the administration and the doctor whose patient it is."""

    key: str
    kind: str  # overdue_followup, medication_interaction, abnormal_result, refill_overdue
    label: str
    check: Callable[[Practice], Iterable[Finding]]
    metric: str = ""  # that counts what it finds
    permission: Permission = Permission.CHART_READ
