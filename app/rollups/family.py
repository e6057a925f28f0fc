"""The parts of a fact family: what is counted, over which records, on which day. Everything else is derived from this.

A measure is declared once. From it come the column of the rollup, the SQL that recomputes a day, and the SQL that
answers from the records themselves; tests hold the answers of both against each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import FromClause, Integer, SQLColumnExpression, Uuid, cast, func, literal
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlalchemy.types import Numeric, TypeEngine

from app.core.ids import UNKNOWN

FIRST_VISIT = 32767  # the gap of a visit that has none before it
Column = SQLColumnExpression[Any]
NamedColumn = InstrumentedAttribute[Any] | KeyedColumnElement[Any]


@dataclass(frozen=True, eq=False)
class Measure:
    """An additive figure of the records of a day: how many there are, or the sum of a column, where a predicate holds.

    `now` marks a state of which no history is kept (an open balance): the figure of an earlier day is unknown.
    `minutes` and `money` say what it adds up where it counts no records.
    """

    name: str
    label: str
    of: Column | None = None
    where: Column | None = None
    money: bool = False
    minutes: bool = False
    now: bool = False

    @property
    def type(self) -> TypeEngine[Any]:
        """The type of its column in the rollup."""
        return Numeric(16, 2) if self.money else Integer()

    def total(self) -> Column:
        """Its aggregate over records; 0 where there are none."""
        total = func.count() if self.of is None else func.sum(self.of)
        met = total if self.where is None else total.filter(self.where)
        return met if self.of is None else func.coalesce(met, 0)


@dataclass(frozen=True, eq=False)
class Outcome(Measure):
    """One part of a complete division of the records; `why` says why a figure may leave it out.

    `doubtful`: nobody knows what these were, so an explanation says what the figure would be if all of them counted.
    """

    why: str = ""
    doubtful: bool = False


@dataclass(frozen=True, eq=False)
class Spread:
    """The exact distribution of a whole number, value -> count: percentiles of any span are exact."""

    name: str
    label: str
    of: Column
    where: Column | None = None

    @property
    def columns(self) -> tuple[str, str]:
        """The names of the rollup's two arrays: values and counts."""
        return f"{self.name}_values", f"{self.name}_counts"


@dataclass(frozen=True, eq=False)
class Distinct:
    """How many different patients.

    `gaps` maps a level (organization, clinic, doctor) to a spread of days since the visit before at that level: a
    patient counts in a span at the first visit in it, the one whose gap reaches back before the span. So days add up,
    and no day needs to know who was there; a week counts its gaps from its Monday. `rows` names the measure that counts
    the rows of the gaps, at every level.
    """

    name: str
    label: str
    of: Column
    where: Column
    gaps: Mapping[str, Spread]
    rows: str


@dataclass(frozen=True, eq=False)
class Family:
    """Records of one kind, counted on one of their dates.

    `rows` is a table or a join; `id` names its record. `basis` says in words which date counts; `at` is the instant
    within the day, where there is one. `dimensions` are what its records know beside clinic, department and
    practitioner; by those of `kept` there are daily facts, by the others only records can answer. A record counts `lag`
    days after its `day`. `feed` names the records among the feeds of a source.
    """

    key: str
    label: str
    basis: str
    rows: FromClause
    organization: Column
    id: NamedColumn
    day: NamedColumn
    clinic: Column
    department: Column | None = None
    practitioner: Column | None = None
    patient: Column | None = None
    at: Column | None = None
    feed: str = ""
    measures: tuple[Measure, ...] = ()
    spreads: tuple[Spread, ...] = ()
    distincts: tuple[Distinct, ...] = ()
    dimensions: Mapping[str, Column] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    lag: int = 0

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.measures) + len(self.spreads) + len(self.distincts):
            raise ValueError(f"a name stands twice in the family {self.key!r}")

    @cached_property
    def parts(self) -> Mapping[str, Measure | Spread | Distinct]:
        """Everything that can be read of it, by name."""
        found: tuple[Measure | Spread | Distinct, ...] = (*self.measures, *self.spreads, *self.distincts)
        return {part.name: part for part in found}

    def measure(self, name: str) -> Measure | Distinct:
        """The measure or distinct count of that name; raises KeyError."""
        part = self.parts[name]
        if isinstance(part, Spread):
            raise KeyError(f"{self.key}.{name}")
        return part

    def spread(self, name: str) -> Spread:
        """The spread of that name; raises KeyError."""
        part = self.parts[name]
        if not isinstance(part, Spread):
            raise KeyError(f"{self.key}.{name}")
        return part

    def counts_back(self, spread: Spread) -> bool:
        """Is it a distinct count's gaps, that is days back from the day of its row?"""
        return any(spread is gap for distinct in self.distincts for gap in distinct.gaps.values())

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The parts into which every record of the family falls, each into one."""
        return tuple(part for part in self.measures if isinstance(part, Outcome))

    @property
    def counted_day(self) -> Column:
        """The day on which a record counts."""
        return self.day + self.lag if self.lag else self.day

    @property
    def has_doctors(self) -> bool:
        """Is there a finer grain than the clinic's day?"""
        return self.department is not None or self.practitioner is not None

    @property
    def table_name(self) -> str:
        """The rollup's table."""
        return f"fact_{self.key}"

    @property
    def places(self) -> Mapping[str, Column | None]:
        """The columns of a record's places, as they stand; None for one that the family lacks."""
        return {"clinic": self.clinic, "department": self.department, "practitioner": self.practitioner}

    def place(self, dimension: str) -> Column:
        """A dimension's key in the records, UNKNOWN where a place is not named; raises KeyError for one it lacks."""
        if dimension in self.places:
            column = self.places[dimension]
            return cast(literal(UNKNOWN, Uuid), Uuid) if column is None else func.coalesce(column, UNKNOWN)
        return self.dimensions[dimension]

    def answers(self, dimension: str) -> bool:
        """Do its records know this dimension?"""
        known = {"clinic": True, "department": self.department is not None, "weekday": True}
        known["practitioner"] = self.practitioner is not None
        return known.get(dimension, dimension in self.dimensions)


def family(model: type[Any], key: str, day: InstrumentedAttribute[Any], basis: str, **more: Any) -> Family:
    """A family over one table of records whose places stand in columns of the usual names."""
    return Family(
        key=key,
        basis=basis,
        day=day,
        rows=model.__table__,
        organization=model.organization_id,
        id=model.id,
        clinic=model.clinic_id,
        department=getattr(model, "department_id", None),
        practitioner=getattr(model, "practitioner_id", None),
        patient=getattr(model, "patient_id", None),
        feed=model.__tablename__,
        **more,
    )
