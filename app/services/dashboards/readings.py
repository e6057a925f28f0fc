"""A dashboard's figures: its questions asked together, once, for page, fragments, wall and API alike."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, true

from app.core import format
from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.period import Period, Span
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.insights.findings import Insight, missed_targets, signals
from app.metrics.catalogue import METRICS
from app.metrics.frame import Frame, load
from app.metrics.run import run_all
from app.metrics.scope import may_ask
from app.metrics.types import Figure, Query, Result
from app.models import Alert, CalendarEvent, Clinic, Organization
from app.models.settings import Rules
from app.services.alerts import open_alerts

WEEKS = 26  # of history on a trend
AHEAD = timedelta(days=30)

Filters = Mapping[str, tuple[Any, ...]]
NO_FILTERS: Filters = MappingProxyType({})


@dataclass(frozen=True)
class Ask:
    """One question of a dashboard by name. `filters` narrow it further than the dashboard itself; an empty one lifts
    the dashboard's own. Dashboards show no `exclusions`: a figure's explanation does."""

    name: str
    metrics: tuple[str, ...]
    period: Period
    by: tuple[str, ...] = ()
    step: Span | None = None
    compare: bool = False
    filters: Filters = field(default_factory=lambda: NO_FILTERS)
    exclusions: bool = False


class Answers(Mapping[str, Result]):
    """The answers to a dashboard's questions by name, asked together when the first one is wanted.

    Who asks for a card that shows no figure asks none of them.
    """

    def __init__(self, queries: Mapping[str, Query], actor: Actor, frame: Frame) -> None:
        self._queries, self._actor, self._frame = queries, actor, frame

    @cached_property
    def _found(self) -> dict[str, Result]:
        if not self._queries:
            return {}
        answers = run_all(list(self._queries.values()), self._actor, frame=self._frame)
        return dict(zip(self._queries, answers, strict=True))

    def __getitem__(self, name: str) -> Result:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


@dataclass(frozen=True)
class Reading:
    """The answers by name, for one viewer, one period and one part of the organization.

    `clinic` is the one that the dashboard is about; without it the dashboard is about all that the viewer sees.
    `moment` is when the figures were read.
    """

    actor: Actor
    organization: Organization
    clinic: Clinic | None
    filters: Filters
    period: Period
    moment: datetime
    frame: Frame
    answers: Mapping[str, Result]
    stands_at: int | None = field(default=None, kw_only=True)  # the data version of a reading without figures

    @property
    def zone(self) -> str:
        """The IANA zone of the times shown."""
        return zone_of(self.organization, self.clinic)

    @property
    def currency(self) -> str:
        """The organization's currency, ISO 4217."""
        return self.organization.currency

    @property
    def local(self) -> datetime:
        """The moment on the clinic's own clocks."""
        return self.moment.astimezone(ZoneInfo(self.zone))

    @property
    def today(self) -> date:
        """The local date."""
        return self.local.date()

    @property
    def is_today(self) -> bool:
        """Is the period the day that is running now?"""
        return self.period.span is Span.DAY and self.period.start == self.today

    @property
    def rules(self) -> Rules:
        """The organization's thresholds."""
        return self.frame.rules

    @property
    def version(self) -> int | None:
        """The data version that the figures are at least as new as."""
        return next((answer.version for answer in self.answers.values()), self.stands_at)

    @cached_property
    def events(self) -> tuple[CalendarEvent, ...]:
        """What the event log holds about the place, from the start of the trend to 30 days ahead, in order."""
        query = (
            select(CalendarEvent)
            .where(
                CalendarEvent.organization_id == self.actor.organization_id,
                self._here,
                CalendarEvent.starts_at.between(self.moment - timedelta(weeks=WEEKS), self.moment + AHEAD),
            )
            .order_by(CalendarEvent.starts_at)
        )
        return tuple(db.session.scalars(query))

    @property
    def _here(self) -> ColumnElement[bool]:
        """Events of the whole organization, and those of the clinics that the reading is about."""
        whole = CalendarEvent.clinic_id.is_(None)
        if self.clinic is not None:
            return or_(whole, CalendarEvent.clinic_id == self.clinic.id)
        if self.actor.clinic_ids is not None:
            return or_(whole, CalendarEvent.clinic_id.in_(self.actor.clinic_ids))
        return true()

    @property
    def past_events(self) -> tuple[CalendarEvent, ...]:
        """Events that have begun."""
        return tuple(event for event in self.events if event.starts_at <= self.moment)

    @property
    def coming_events(self) -> tuple[CalendarEvent, ...]:
        """Events still to come."""
        return tuple(event for event in self.events if event.starts_at > self.moment)

    @property
    def alerts(self) -> list[Alert]:
        """The open episodes that the dashboard is about, gravest first."""
        return self.place_alerts

    @cached_property
    def place_alerts(self) -> list[Alert]:
        """All open episodes of the place, gravest first."""
        return open_alerts(self.actor, None if self.clinic is None else self.clinic.id)

    @cached_property
    def late_words(self) -> tuple[str, ...]:
        """One sentence for each source whose data is late: "Billing 13:00, 3 h 12 min late"."""
        late = ((source, source.overdue(self.moment)) for source in self.frame.sources)
        return tuple(
            f"{source.name} {format.time(source.fresh_at, self.zone)}, "
            f"{format.minutes(beyond.total_seconds() / 60)} late"
            for source, beyond in late
            if beyond is not None
        )

    @property
    def loading(self) -> str:
        """What is said while imports of the organization are under way, so that sums may still be short; else empty."""
        if self.frame.loading is None:
            return ""
        done, whole = self.frame.loading
        return (
            f"Data is still loading: {format.percent(done / whole, 0)} done" if whole else "Data is still to be loaded"
        )

    @cached_property
    def insights(self) -> list[Insight]:
        """What the rules of the control charts and the targets say of "trend" and "week", signals first; nothing while
        data is still loading."""
        if self.loading:
            return []
        found = signals(self.answers["trend"], self.currency) if "trend" in self.answers else []
        spoken = {insight.metric for insight in found}
        missed = missed_targets(self.answers["week"], self.currency) if "week" in self.answers else []
        return found + [insight for insight in missed if insight.metric not in spoken]

    def get(self, name: str, metric: str) -> Figure | None:
        """The whole's figure in one of the answers; None where the viewer may not see the metric."""
        answer = self.answers.get(name)
        return answer.total.figures.get(metric) if answer else None


Read = TypeVar("Read", bound=Reading)


def zone_of(organization: Organization, clinic: Clinic | None) -> str:
    """The zone of a clinic, or of what belongs to none."""
    return clinic.zone if clinic else organization.zone


def local_today(organization: Organization, clinic: Clinic | None = None) -> date:
    """The date on the place's wall."""
    return local_day(now(), zone_of(organization, clinic))


def read(
    kind: type[Read],
    actor: Actor,
    organization: Organization,
    clinic: Clinic | None,
    period: Period,
    asks: Iterable[Ask],
    filters: Filters = NO_FILTERS,
    **own: Any,
) -> Read:
    """Asks everything in one go, once it is wanted; `own` are the kind's own fields.

    Metrics that the actor may not see are left out.
    """
    moment = now()
    local = moment.astimezone(ZoneInfo(zone_of(organization, clinic)))
    narrowed = filters if clinic is None else {"clinic": (clinic.id,), **filters}
    queries = {ask.name: query for ask in asks if (query := _query(ask, narrowed, actor, local)) is not None}
    with tenant_scope(actor.organization_id):
        asked = {key: METRICS[key] for query in queries.values() for key in query.metrics}
        frame = load(db.session(), actor.organization_id, asked.values())
    answers = Answers(queries, actor, frame)
    return kind(actor, organization, clinic, narrowed, period, moment, frame, answers, **own)


def _query(ask: Ask, own: Filters, actor: Actor, local: datetime) -> Query | None:
    filters = {name: keys for name, keys in {**own, **ask.filters}.items() if keys}
    metrics = tuple(key for key in ask.metrics if may_ask(METRICS[key], actor, filters.get("practitioner", ())))
    if not metrics:
        return None
    until = _until(ask, local)
    return Query(metrics, ask.period, ask.by, filters, ask.step, ask.compare, until, ask.exclusions)


def _until(ask: Ask, local: datetime) -> time | None:
    """A running day is compared with the same part of the day it is compared with."""
    running = ask.compare and ask.period.span is Span.DAY and ask.period.start == local.date()
    return local.time().replace(second=0, microsecond=0) if running else None
