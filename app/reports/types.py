"""What a type of report is: who may ask for it, how its figures are gathered, how they are set on paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from app.core.actor import Actor
from app.core.period import Period
from app.core.permissions import Permission
from app.reports.paper import PaperSize, ReportPaper


@dataclass(frozen=True)
class ReportRequest:
    """What was asked: which figures, for whom, on which paper. `at` is the instant that the report is made."""

    organization_id: UUID
    clinic_id: UUID | None
    period: Period
    made_for: str
    at: datetime
    size: PaperSize = "A4"


class Gathered(Protocol):
    """The figures of a report as plain values, before they are words."""

    @property
    def definitions(self) -> Mapping[str, int]:
        """Metric key to the version of its definition."""

    @property
    def as_of(self) -> datetime | None:
        """How fresh the oldest source is; None when no source says."""

    @property
    def data_version(self) -> str | None:
        """The version of the data that was read."""


Figures = TypeVar("Figures", bound=Gathered)


@dataclass(frozen=True)
class ReportType(Generic[Figures]):
    """`gather` asks the metrics as an actor and may raise Forbidden or NotFound; `paper` only turns values to words."""

    key: str
    label: str
    description: str
    permission: Permission
    template: str
    gather: Callable[[ReportRequest, Actor], Figures]
    paper: Callable[[Figures, ReportRequest], ReportPaper]
