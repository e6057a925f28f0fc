"""Where one arm of a reading's statement reads: a fact table or records, and how its parts are named there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Select,
    SmallInteger,
    Text,
    Time,
    Uuid,
    and_,
    any_,
    case,
    cast,
    column,
    distinct,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from app.core.statement import Given
from app.metrics.dates import date_of
from app.metrics.reach import lengths
from app.metrics.shape import Shape
from app.metrics.wants import PLACES, Slot
from app.models.clinics import Clinic
from app.rollups.family import FIRST_VISIT, Column, Distinct, Family, Measure, Spread
from app.rollups.tables import MEMBER, TABLES


@dataclass(frozen=True)
class Source:
    """Where an arm reads: the table or join, its day, and how a dimension or a measure is named there."""

    number: int
    shape: Shape
    family: Family
    joined: Any
    day: Column
    organization: Column

    @classmethod
    def of(cls, number: int, shape: Shape, family: Family) -> "Source":
        if shape.grain is None:
            return cls(number, shape, family, family.rows, family.counted_day, family.organization)
        table = TABLES[family.key]
        return cls(number, shape, family, table, table.c.day, table.c.organization_id)

    def dimension(self, name: str) -> Column:
        if name == "weekday":
            return cast(func.extract("isodow", self.day), Integer) - 1
        if self.shape.grain is None:
            return self.family.place(name)
        table = TABLES[self.family.key].c
        return table[PLACES[name]] if name in PLACES else func.nullif(table[MEMBER], "")

    @property
    def keys(self) -> list[Column]:
        """What the arm's rows are grouped by: plain, since a group is named once and a row compared often."""
        return [self.dimension(name) for name in self.shape.by]

    def total(self, measure: Measure) -> Column:
        if self.shape.grain is None:
            return measure.total()
        return func.sum(TABLES[self.family.key].c[measure.name])

    def cells(self, part: Spread) -> tuple[Column, Column, Any]:
        """The values of a distribution, how often each is there, and the rows in which they stand."""
        if self.shape.grain is None:
            known = part.of.is_not(None) if part.where is None else and_(part.of.is_not(None), part.where)
            return cast(part.of, Integer), func.count().filter(known), self.joined
        arrays = (TABLES[self.family.key].c[name] for name in part.columns)
        cells = func.unnest(*arrays).table_valued(column("value", Integer), column("times", Integer))
        cells = cells.render_derived(name=f"cells_{self.number}_{part.name}")
        return cells.c.value, func.sum(cells.c.times), self.joined.join(cells, true())

    def different(self, part: Distinct, begin: Column) -> Column:
        """How many different patients there are from a date on: of facts, those whose gap reaches back before it.

        A row's gaps are in order, so where they begin is found by halving, and the shorter side is added up.
        """
        if self.shape.grain is None:
            return func.count(distinct(part.of)).filter(part.where)
        table = TABLES[self.family.key].c
        gaps, times = (table[name] for name in part.gaps[self.shape.level].columns)
        since = cast(func.least(self.day - begin, FIRST_VISIT - 1), SmallInteger)
        within, all_of_them = func.width_bucket(since, gaps), func.cardinality(times)
        new = case(
            (within * 2 < all_of_them, table[part.rows] - _added(times[1:within])),
            else_=_added(times[within + 1 : all_of_them]),
        )
        return cast(func.coalesce(func.sum(new), 0), BigInteger)

    @property
    def segment(self) -> Column:
        """The segment of time into which a row falls."""
        return func.width_bucket(self.day, date_of("bounds", self.number, ARRAY(Date)))

    def limit(self, chosen: Select[*tuple[Any, ...]], joined: Any = None) -> Select[*tuple[Any, ...]]:
        """The arm's rows: of the organization, of its dates, through its filters."""
        number, shape = self.number, self.shape
        found = chosen.select_from(self.joined if joined is None else joined).where(
            self.organization == Given("organization", Uuid), *self._during()
        )
        for name, slot in shape.filters:
            found = found.where(self._allowed(name, slot))
        if shape.until is not None:
            found = found.where(self.family.day == any_(date_of("short", number, ARRAY(Date))))
            local = cast(func.timezone(self._zone(), self.family.at), Time)
            found = found.where(local < Given(shape.until, Time))
        return found

    def _during(self) -> Iterator[Column]:
        """On which days: of records all between the first and the last, of facts those of the arm's reach."""
        number, shape = self.number, self.shape
        if shape.grain is None:
            lag = self.family.lag
            first, last = date_of("first", number, Date), date_of("last", number, Date)
            yield self.family.day < (last - lag if lag else last)
            if shape.bounded:
                yield self.family.day >= (first - lag if lag else first)
            return
        grain, longest = TABLES[self.family.key].c.grain, lengths(shape.coarse)[0]
        found = [
            and_(grain == shape.grain + one, self.day == any_(date_of(f"begins{one}", number, ARRAY(Date))))
            for one in lengths(shape.coarse)
        ]
        if not shape.bounded:
            found.append(and_(grain == shape.grain + longest, self.day < date_of("before", number, Date)))
        yield or_(*found)

    def _allowed(self, name: str, slot: Slot) -> Column:
        """A single key and a plain column let an index of places be used."""
        if name in PLACES:
            column = self.family.places[name] if self.shape.grain is None and slot.named else None
            return _among(self.dimension(name) if column is None else column, slot, Uuid())
        return _among(cast(self.dimension(name), Text), slot, Text())

    def _zone(self) -> Column:
        """The clinic's zone: read once for one clinic, else for each record that passes the other filters."""
        slot = dict(self.shape.filters).get("clinic")
        clinic = Given(slot.name, Uuid) if slot is not None and slot.single else self.family.clinic
        organization = self.family.organization if clinic is self.family.clinic else Given("organization", Uuid)
        return select(Clinic.zone).where(Clinic.organization_id == organization, Clinic.id == clinic).scalar_subquery()


def _added(numbers: Column) -> Column:
    found: Column = (
        select(func.coalesce(func.sum(column("counted", Integer)), 0))
        .select_from(func.unnest(numbers).table_valued(column("counted", Integer)).render_derived(name="cells"))
        .scalar_subquery()
    )
    return found


def _among(found: Column, slot: Slot, of: TypeEngine[Any]) -> Column:
    return found == (Given(slot.name, of) if slot.single else any_(Given(slot.name, ARRAY(of))))
