"""The SQL of a reading: from the rollup where it can answer exactly, else from the records; both in the same form.

A statement's text is made once for each shape and then kept; what differs between two readings of a shape is bound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Date,
    Integer,
    Numeric,
    Row,
    Select,
    Text,
    Time,
    Uuid,
    and_,
    any_,
    cast,
    column,
    distinct,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array, distinct_on
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause

from app.metrics.values import Interval
from app.models.clinics import Clinic
from app.rollups.catalogue import FAMILIES
from app.rollups.families.appointments import FIRST_VISIT
from app.rollups.family import Column, Distinct, Family, Measure, Spread
from app.rollups.statement import Given, Statement
from app.rollups.tables import CLINIC, DOCTOR, TABLES

if TYPE_CHECKING:
    from app.metrics.read import Arm, Cut

PLACES = {"clinic": "clinic_id", "department": "department_id", "practitioner": "practitioner_id"}
_ROLLED = {"clinic", "weekday"}
_NO_VALUE = cast(null(), Integer)


@dataclass(frozen=True)
class Shape:
    """Everything of one arm that decides its text."""

    family: str
    parts: tuple[str, ...]
    by: tuple[str, ...]
    filters: tuple[str, ...]
    until: bool
    bounded: bool
    grain: str | None  # None: the records
    level: str = "organization"  # of distinct patients

    @classmethod
    def of(cls, cut: "Cut", family: Family, parts: tuple[str, ...], bounded: bool, distinct: bool = False) -> "Shape":
        """The shape in which a cut of a family is read."""
        filters = tuple(name for name, _ in cut.filters)
        level = _level(cut) if distinct else "organization"
        grain = None if level is None else _grain(cut, family)
        return cls(family.key, parts, cut.by, filters, cut.until is not None, bounded, grain, level or "")


def _grain(cut: "Cut", family: Family) -> str | None:
    """The coarsest rows of the rollup that know all dimensions of the cut; None where only records do."""
    named = {*cut.by, *(name for name, _ in cut.filters)} - _ROLLED
    if cut.records or cut.until is not None or named - set(PLACES):
        return None
    return DOCTOR if named else CLINIC


def _level(cut: "Cut") -> str | None:
    """The level whose gaps count a cut's patients exactly; None where patients would count twice."""
    single = {name for name, keys in cut.filters if len(keys) == 1}
    named = {*cut.by, *(name for name, _ in cut.filters)}
    fixed = {*cut.by, *single}
    levels = {frozenset(): "organization", frozenset({"clinic"}): "clinic"}
    levels[frozenset({"clinic", "practitioner"})] = "doctor"
    return levels.get(frozenset(named)) if named == fixed else None


def _bind(name: str, number: int, of: Any) -> Given:
    """A value of one arm, given by `_bound`."""
    return Given(f"{name}_{number}", of)


def execute(session: Session, statement: Statement, arms: Sequence["Arm"]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Runs a statement for its arms."""
    bound: dict[str, Any] = {"organization": arms[0].cut.organization_id}
    for number, arm in enumerate(arms):
        bound |= _bound(number, arm)
    return statement.run(session, bound).all()


def _bound(number: int, arm: "Arm") -> dict[str, Any]:
    intervals = ordered(arm.intervals)
    bound: dict[str, Any] = {
        f"bounds_{number}": arm.bounds,
        f"first_{number}": arm.first,
        f"last_{number}": arm.last,
        f"starts_{number}": [one.start or date.min for one in intervals],
        f"ends_{number}": [one.end for one in intervals],
        f"until_{number}": arm.cut.until,
    }
    for name, keys in arm.cut.filters:
        bound[f"{name}_{number}"] = list(keys) if name in PLACES else [str(key) for key in keys]
    return bound


def ordered(intervals: Iterable[Interval]) -> list[Interval]:
    """Intervals in the order in which a statement numbers them, from 1."""
    return sorted(intervals, key=lambda one: (one.start or date.min, one.end))


@lru_cache(maxsize=256)
def sums(shapes: tuple[Shape, ...]) -> Statement:
    """Rows (arm, segment, keys, sums) for additive measures."""
    return Statement.of(union_all(*(_sum_arm(number, shape) for number, shape in enumerate(shapes))))


@lru_cache(maxsize=256)
def counts(shapes: tuple[Shape, ...]) -> Statement:
    """Rows (arm, part, interval, keys, counts): a distribution as {value: times}, a distinct count as {"": count}."""
    return Statement.of(union_all(*(arm for number, shape in enumerate(shapes) for arm in _count_arms(number, shape))))


def _sum_arm(number: int, shape: Shape) -> Select[*tuple[Any, ...]]:
    family = FAMILIES[shape.family]
    source = _Source.of(number, shape, family)
    segment = func.width_bucket(source.day, _bind("bounds", number, ARRAY(Date)))
    measures = {measure.name: measure for measure in family.measures}
    numbers = array([cast(source.total(measures[name]), Numeric) for name in shape.parts])
    keys = source.keys(shape.by)
    chosen = select(literal(number, Integer), segment, _listed(keys), numbers)
    return source.limit(chosen).group_by(segment, *keys)


def _count_arms(number: int, shape: Shape) -> Iterable[Select[*tuple[Any, ...]]]:
    family = FAMILIES[shape.family]
    for name in shape.parts:
        source = _Source.of(number, shape, family)
        interval = _intervals(number)
        during = and_(source.day >= interval.c.first, source.day < interval.c.last)
        keys = source.keys(shape.by)
        part = family.parts[name]
        assert not isinstance(part, Measure)  # those are added up, see `sums`
        value, times, extra = source.counting(part, shape.level, interval)
        chosen = select(interval.c.number, _listed(keys).label("keys"), value.label("value"), times.label("times"))
        joined = source.joined.join(interval, during)
        cells = source.limit(chosen, joined if extra is None else joined.join(extra, true()))
        found = cells.group_by(interval.c.number, *keys, value).subquery().c
        counted = func.jsonb_object_agg(func.coalesce(cast(found.value, Text), ""), found.times)
        yield select(literal(number, Integer), literal(name, Text), found.number, found["keys"], counted).group_by(
            found.number, found["keys"]
        )


@lru_cache(maxsize=256)
def listing(shape: Shape, part: str) -> Statement:
    """Rows (id, day, clinic, department, practitioner, patient, amount) of the records that one part counts."""
    family = FAMILIES[shape.family]
    source = _Source.of(0, shape, family)
    places = (cast(family.place(name), Uuid) for name in PLACES)
    patient = cast(null(), Uuid) if family.patient is None else family.patient
    chosen = family.parts[part]
    amount = literal(1, Integer) if chosen.of is None or isinstance(chosen, Distinct) else chosen.of
    query = source.limit(select(family.id, source.day, *places, patient, amount).order_by(source.day, family.id))
    if isinstance(chosen, Distinct):
        query = query.ext(distinct_on(patient)).order_by(None).order_by(patient, source.day)
    if chosen.of is not None:
        query = query.where(chosen.of.is_not(None))
    return Statement.of(query if chosen.where is None else query.where(chosen.where))


def _intervals(number: int) -> NamedFromClause:
    starts = _bind("starts", number, ARRAY(Date))
    ends = _bind("ends", number, ARRAY(Date))
    table = func.unnest(starts, ends).table_valued(
        column("first", Date), column("last", Date), with_ordinality="number", name=f"spans_{number}"
    )
    return table.render_derived()


def _listed(keys: Sequence[Column]) -> Column:
    return cast(array(keys, type_=Text) if keys else array([]), ARRAY(Text))


@dataclass(frozen=True)
class _Source:
    """Where an arm reads: the table or join, its day, and how a dimension or a measure is named there."""

    number: int
    shape: Shape
    family: Family
    joined: Any
    day: Column
    organization: Column

    @classmethod
    def of(cls, number: int, shape: Shape, family: Family) -> "_Source":
        if shape.grain is None:
            joined = _with_zone(family) if shape.until else family.rows
            return cls(number, shape, family, joined, family.counted_day, family.organization)
        table = TABLES[family.key]
        return cls(number, shape, family, table, table.c.day, table.c.organization_id)

    def dimension(self, name: str) -> Column:
        if name == "weekday":
            return cast(func.extract("isodow", self.day), Integer) - 1
        if self.shape.grain is None:
            return self.family.place(name)
        return TABLES[self.family.key].c[PLACES[name]]

    def keys(self, by: tuple[str, ...]) -> list[Column]:
        return [cast(self.dimension(name), Text) for name in by]

    def total(self, measure: Measure) -> Column:
        if self.shape.grain is None:
            return measure.total()
        return func.sum(TABLES[self.family.key].c[measure.name])

    def counting(
        self, part: Spread | Distinct, level: str, interval: NamedFromClause
    ) -> tuple[Column, Column, NamedFromClause | None]:
        """The value counted, how many times, and the arrays to unfold, if any."""
        if self.shape.grain is not None:
            spread = part if isinstance(part, Spread) else part.gaps[level]
            table = TABLES[self.family.key]
            arrays = (table.c[name] for name in spread.columns)
            cells = func.unnest(*arrays).table_valued(column("value", Integer), column("times", Integer))
            cells = cells.render_derived(name=f"cells_{self.number}_{part.name}")
            if isinstance(part, Spread):
                return cells.c.value, func.sum(cells.c.times), cells
            new = func.sum(cells.c.times).filter(
                cells.c.value > func.least(self.day - interval.c.first, FIRST_VISIT - 1)
            )
            return _NO_VALUE, func.coalesce(new, 0), cells
        if isinstance(part, Spread):
            known = part.of.is_not(None) if part.where is None else and_(part.of.is_not(None), part.where)
            return cast(part.of, Integer), func.count().filter(known), None
        return _NO_VALUE, func.count(distinct(part.of)).filter(part.where), None

    def limit(self, chosen: Select[*tuple[Any, ...]], joined: Any = None) -> Select[*tuple[Any, ...]]:
        """The arm's rows: of the organization, of its dates, through its filters."""
        number, shape = self.number, self.shape
        first, last = _bind("first", number, Date), _bind("last", number, Date)
        day, lag = self.day, 0
        if shape.grain is None:
            day, lag = self.family.day, self.family.lag
        found = chosen.select_from(self.joined if joined is None else joined).where(
            self.organization == Given("organization", Uuid),
            day < (last - lag if lag else last),
        )
        if shape.bounded:
            found = found.where(day >= (first - lag if lag else first))
        if shape.grain is not None:
            found = found.where(TABLES[self.family.key].c.grain == shape.grain)
        for name in shape.filters:
            found = found.where(self._allowed(name))
        if shape.until:
            local = cast(func.timezone(Clinic.zone, self.family.at), Time)
            found = found.where(local < _bind("until", number, Time))
        return found

    def _allowed(self, name: str) -> Column:
        if name in PLACES:
            return self.dimension(name) == any_(_bind(name, self.number, ARRAY(Uuid)))
        keys = _bind(name, self.number, ARRAY(Text))
        return cast(self.dimension(name), Text) == any_(keys)


@cache
def _with_zone(family: Family) -> Any:
    same = and_(Clinic.organization_id == family.organization, Clinic.id == family.clinic)
    return family.rows.join(Clinic.__table__, same)
