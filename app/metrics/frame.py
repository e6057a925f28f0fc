"""What every answer needs besides its figures, in one statement: zone, rules, sources, targets, clinics, imports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Text,
    Uuid,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.core.clock import now, today
from app.core.ids import UNKNOWN
from app.core.statement import Given, Statement
from app.metrics.catalogue import METRICS
from app.metrics.types import Metric
from app.models.appointments import AppointmentType
from app.models.clinics import Clinic, Department
from app.models.ingest import ImportRun, Source
from app.models.organizations import Organization, OrganizationSettings
from app.models.practitioners import Practitioner
from app.models.settings import Rules
from app.models.targets import Target
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Family
from app.rollups.tables import CLINIC, TABLES


@dataclass(frozen=True)
class Feed:
    """How fresh one source's records are, and whether they should be fresher."""

    name: str
    fresh_at: datetime | None
    due_minutes: int | None

    @property
    def late(self) -> bool:
        """Is it older than its source promises?"""
        return self.overdue(now()) is not None

    def overdue(self, at: datetime) -> timedelta | None:
        """By how much it is older at an instant than its source promises; None where it is not."""
        if self.due_minutes is None or self.fresh_at is None:
            return None
        beyond = at - self.fresh_at - timedelta(minutes=self.due_minutes)
        return beyond if beyond > timedelta(0) else None


@dataclass(frozen=True)
class TargetLine:
    """A wanted value from a day on; without a clinic for all of them; of one doctor's own work where it names one."""

    clinic_id: UUID | None
    practitioner_id: UUID | None
    value: Decimal
    valid_from: date
    set_by: str


@dataclass(frozen=True)
class Frame:
    """The organization as the figures of one request see it."""

    organization_id: UUID
    zone: str
    week_start: int
    rules: Rules
    sources: tuple[Feed, ...]  # by name
    feeds: Mapping[str, tuple[Feed, ...]]
    targets: Mapping[str, tuple[TargetLine, ...]]
    clinics: Mapping[UUID, tuple[str, str]]  # name and zone
    begins: Mapping[str, date | None]  # the first day with a record, by family and by metric that tells of a noted part
    loading: tuple[int, int] | None = None  # bytes of imports under way: done, and of all of them
    _freshness: dict[tuple[Family, ...], tuple[datetime | None, bool]] = field(default_factory=dict)
    _begun: dict[str, date | None] = field(default_factory=dict)

    def today(self, clinics: Iterable[UUID] | None = None) -> date:
        """The local date: of the one clinic asked about, else of the organization."""
        chosen = list(clinics or ())
        if len(chosen) == 1 and chosen[0] in self.clinics:
            return today(self.clinics[chosen[0]][1])
        return today(self.zone)

    def begin(self, metric: Metric) -> date | None:
        """The first day of which a metric can say anything; None where a kind of record behind it never came.

        KeyError for a metric that the frame was not loaded for.
        """
        if metric.key not in self._begun:
            days = [self.begins[name] for name in _records_of(metric)]
            known = [day for day in days if day is not None]
            self._begun[metric.key] = max(known) if len(known) == len(days) else None
        return self._begun[metric.key]

    def as_of(self, families: Iterable[Family]) -> datetime | None:
        """How fresh the oldest of the sources is that feed these families."""
        return min((feed.fresh_at for feed in self.feeds_of(families) if feed.fresh_at is not None), default=None)

    def freshness(self, families: tuple[Family, ...]) -> tuple[datetime | None, bool]:
        """How fresh the oldest of their sources is, and whether one of them is late."""
        if families not in self._freshness:
            self._freshness[families] = self.as_of(families), any(feed.late for feed in self.feeds_of(families))
        return self._freshness[families]

    def feeds_of(self, families: Iterable[Family]) -> tuple[Feed, ...]:
        """The sources that feed these families."""
        names = dict.fromkeys(family.feed for family in families)
        return tuple(feed for name in names for feed in self.feeds.get(name, ()))

    def target(
        self, metric: str, clinic_id: UUID | None, on: date, practitioner_id: UUID | None = None
    ) -> TargetLine | None:
        """The target in force on a day: the doctor's own before the clinic's, that before the organization's, the
        latest first."""
        lines: dict[tuple[UUID | None, UUID | None], TargetLine] = {}
        for line in sorted(self.targets.get(metric, ()), key=lambda line: line.valid_from):
            if line.valid_from <= on:
                lines[line.practitioner_id, line.clinic_id] = line
        places = ((doctor, clinic) for doctor in (practitioner_id, None) for clinic in (clinic_id, None))
        return next((lines[place] for place in places if place in lines), None)


def load(session: Session, organization_id: UUID, metrics: Iterable[Metric] = ()) -> Frame:
    """Reads the frame of an organization whose scope is open, with the beginnings of these metrics."""
    begun = tuple(sorted({name for metric in metrics for name in _records_of(metric)}))
    row = _statement(begun).run(session, {"organization": organization_id}).one()
    sources: list[Feed] = []
    feeds: dict[str, list[Feed]] = {}
    for source in row.sources or ():
        feed = Feed(source["name"], _instant(source["fresh_at"]), source["due_minutes"])
        sources.append(feed)
        for name in source["feeds"]:
            feeds.setdefault(name, []).append(feed)
    targets: dict[str, list[TargetLine]] = {}
    for line in row.targets or ():
        clinic_id, practitioner_id = (
            None if line[name] is None else UUID(line[name]) for name in ("clinic_id", "practitioner_id")
        )
        value, valid_from = Decimal(str(line["value"])), date.fromisoformat(line["valid_from"])
        targets.setdefault(line["metric"], []).append(
            TargetLine(clinic_id, practitioner_id, value, valid_from, line["set_by"])
        )
    return Frame(
        organization_id=organization_id,
        zone=row.zone,
        week_start=row.week_start,
        rules=Rules.of(row.settings),
        sources=tuple(sorted(sources, key=lambda feed: feed.name)),
        feeds={name: tuple(found) for name, found in feeds.items()},
        targets={metric: tuple(lines) for metric, lines in targets.items()},
        clinics={UUID(clinic["id"]): (clinic["name"], clinic["zone"]) for clinic in row.clinics or ()},
        begins={name: day and date.fromisoformat(day) for name, day in zip(begun, row.begins, strict=True)},
        loading=None if row.loading is None else (row.loading["done"], row.loading["whole"]),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


@lru_cache(maxsize=256)
def _statement(begun: tuple[str, ...]) -> Statement:
    mine = Given("organization", Uuid)

    def listed(model: type[Any], *columns: Any) -> Any:
        pairs = [part for column in columns for part in (literal(column.key, Text), column)]
        objects = func.jsonb_agg(func.jsonb_build_object(*pairs))
        return select(objects).where(model.organization_id == mine).scalar_subquery()

    settings = select(OrganizationSettings.values).where(OrganizationSettings.organization_id == mine)
    sizes = func.jsonb_build_object(
        literal("done", Text),
        func.sum(ImportRun.done_bytes),
        literal("whole", Text),
        func.coalesce(func.sum(ImportRun.total_bytes), 0),
    )
    under_way = select(sizes).where(ImportRun.organization_id == mine, ImportRun.state.in_(("pending", "running")))
    frame = select(
        Organization.zone,
        Organization.week_start,
        settings.scalar_subquery().label("settings"),
        listed(Source, Source.name, Source.feeds, Source.due_minutes, Source.fresh_at).label("sources"),
        listed(
            Target,
            Target.metric,
            Target.clinic_id,
            Target.practitioner_id,
            Target.value,
            Target.valid_from,
            Target.set_by,
        ).label("targets"),
        listed(Clinic, Clinic.id, Clinic.name, Clinic.zone).label("clinics"),
        func.jsonb_build_array(*(_first_day(name, mine) for name in begun)).label("begins"),
        under_way.having(func.count() > 0).scalar_subquery().label("loading"),
    )
    return Statement.of(frame.where(Organization.id == mine))


def _records_of(metric: Metric) -> tuple[str, ...]:
    """What must have begun before a metric can tell anything: its families, and its own noted part by its key."""
    return (*(family.key for family in metric.families), *((metric.key,) if metric.noted else ()))


def _first_day(name: str, mine: Given) -> Any:
    """The first day on which a family has a record, or one that a metric's noted part counts."""
    noted = None if name in FAMILIES else METRICS[name].noted
    table = TABLES[noted.family.key if noted else name].c
    query = select(func.min(table.day)).where(table.organization_id == mine, table.grain == CLINIC)
    return (query.where(table[noted.part.name] > 0) if noted else query).scalar_subquery()


_NAMED = {
    "clinic": Clinic.name,
    "department": Department.name,
    "practitioner": Practitioner.spoken,
    "type": AppointmentType.name,
}
_MODELS: dict[str, type[Any]] = {
    "clinic": Clinic,
    "department": Department,
    "practitioner": Practitioner,
    "type": AppointmentType,
}
# Members that are no records and have names of their own; all others are called as they are stored.
MEMBER_WORDS: dict[str, dict[str, str]] = {
    "equipment_kind": {"ecg": "ECG", "xray": "X-ray"},
    "method": {"transfer": "bank transfer", "other": "other means"},
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def labels(session: Session, organization_id: UUID, dimensions: Iterable[str]) -> dict[str, dict[str, str]]:
    """The names of the members of dimensions, by dimension and key: of records, and of values. One statement."""
    every = tuple(dict.fromkeys(dimensions))
    asked = [name for name in every if name in _NAMED]
    found = {name: dict(MEMBER_WORDS[name]) for name in every if name in MEMBER_WORDS}
    found |= {name: {str(UNKNOWN): f"No {name} named"} for name in asked}
    if asked:
        for name, key, label in _labels(tuple(asked)).run(session, {"organization": organization_id}):
            found[name][key] = label
    return found


@cache
def _labels(dimensions: tuple[str, ...]) -> Statement:
    mine = Given("organization", Uuid)
    arms = (
        select(literal(name, Text), cast(_MODELS[name].id, Text), _NAMED[name]).where(
            _MODELS[name].organization_id == mine
        )
        for name in dimensions
    )
    return Statement.of(union_all(*arms))
