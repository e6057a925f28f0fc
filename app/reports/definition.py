"""What a type of report is: for whom, what may be asked of it, and the questions whose answers are its sections."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from app.core.actor import Actor
from app.core.period import Period
from app.core.permissions import Permission
from app.metrics.catalogue import METRICS
from app.metrics.scope import may_ask
from app.metrics.types import Query, Result
from app.reports.content import Section
from app.reports.parameters import Parameters

EVERY_FILTER = frozenset({"clinics", "practitioners", "types", "age_bands", "sexes"})
MONEY_FILTER = frozenset({"clinics", "practitioners"})


@dataclass(frozen=True)
class Context:
    """Everything that a question needs to know of the report it stands in. `small_cell`: counts below it are small;
    `only`: the metrics that a report of fixed figures was narrowed to, if it was; `loading`: records are being brought
    in just now."""

    actor: Actor
    parameters: Parameters
    organization: str
    currency: str
    zone: str
    week_start: int
    small_cell: int
    clinics: tuple[tuple[UUID, str], ...]
    today: date
    at: datetime
    headline: tuple[str, ...] = ()
    only: frozenset[str] = frozenset()
    loading: bool = False

    @property
    def period(self) -> Period:
        """The period of the report."""
        return self.parameters.period

    def shown(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Those of the metrics that were asked for and that the actor may see."""
        asked = (key for key in dict.fromkeys(keys) if not self.only or key in self.only)
        return tuple(key for key in asked if key in METRICS and self._may_ask(key))

    def _may_ask(self, key: str) -> bool:
        return may_ask(METRICS[key], self.actor, self.parameters.practitioners)

    def query(self, keys: Sequence[str], **more: Any) -> Query:
        """A question about the report's part of the organization; the period is the report's unless one is given."""
        more.setdefault("compare", False)
        period = more.pop("period", self.period)
        filters = self.parameters.filters | more.pop("filters", {})
        return Query(self.shown(keys), period, filters=filters, **more)

    def within(self, parameters: Parameters) -> "Context":
        """The same for other parameters."""
        return replace(self, parameters=parameters)

    def weeks(self, count: int) -> Period:
        """Whole weeks, so many, up to the one in which the period ends or which is running."""
        last = min(self.period.last, self.today)
        start = last - timedelta(days=(last.weekday() - self.week_start) % 7)
        return Period(start + timedelta(days=7) - timedelta(weeks=count), start + timedelta(days=7))


class Question(Protocol):
    """A part of a report: what it asks of the metrics, and the sections that it makes of the answers.

    Nothing asked means that the reader may see nothing of it, or that it needs no answer.
    """

    def ask(self, context: Context) -> list[Query]:
        """The queries, each with at least one metric; put with those of all other parts into one reading."""

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """The sections, from the answers in the order of the queries."""


@dataclass(frozen=True)
class Definition:
    """A type of report. `readers` groups it in the library; `headline` are the metrics of the summary.

    `period` is the relative period that a form begins with; `filters` the parameters that it takes besides; `is_open`:
    metrics and dimensions are the reader's choice; `stands`: its figures are as they stand on the last day, and it is
    called by that day; `reads_patients`: some of it comes of patients' records and not of the catalogue's figures.
    """

    key: str
    label: str
    description: str
    readers: str
    permission: Permission
    headline: tuple[str, ...]
    questions: tuple[Question, ...]
    period: str = "last_month"
    filters: frozenset[str] = EVERY_FILTER
    is_open: bool = False
    stands: bool = False
    reads_patients: bool = False
