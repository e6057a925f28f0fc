"""The SQL of a reading: from the rollup where it can answer exactly, else from the records; both in the same form.

A statement's text is made once for each shape and then kept; dates, keys and times are given at each run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.types import TypeEngine

from app.models.clinics import Clinic
from app.rollups.catalogue import FAMILIES
from app.rollups.families.appointments import FIRST_VISIT
from app.rollups.family import Column, Distinct, Family, Measure, Spread
from app.rollups.statement import Given, Statement
from app.rollups.tables import CLINIC, DOCTOR, MEMBER, TABLES, WEEK
from app.rollups.weeks import whole_weeks

if TYPE_CHECKING:
    from app.metrics.read import Arm, Cut, Slot

PLACES = {"clinic": "clinic_id", "department": "department_id", "practitioner": "practitioner_id"}
_ROLLED = {"clinic", "weekday"}
_NO_VALUE = cast(null(), Integer)


@dataclass(frozen=True)
class Shape:
    """Everything of one arm that decides its text."""

    family: str
    parts: tuple[str, ...]
    by: tuple[str, ...]
    filters: tuple[tuple[str, "Slot"], ...]
    until: str | None  # its slot
    bounded: bool
    grain: str | None  # None: the records
    level: str = "organization"  # of distinct patients

    @classmethod
    def of(cls, cut: "Cut", family: Family, parts: tuple[str, ...], bounded: bool, distinct: bool = False) -> "Shape":
        """The shape in which a cut of a family is read."""
        level = _level(cut) if distinct else "organization"
        grain = None if level is None else _grain(cut, family)
        until = None if cut.until is None else cut.until.name
        return cls(family.key, parts, cut.by, cut.filters, until, bounded, grain, level or "")

    @classmethod
    def of_arm(cls, arm: "Arm") -> "Shape":
        """The shape of an arm."""
        return cls.of(arm.cut, arm.family, arm.names, arm.first is not None, arm.kind is Distinct)


def _grain(cut: "Cut", family: Family) -> str | None:
    """The coarsest rows of the rollup that know all dimensions of the cut; None where only records do."""
    named = {*cut.by, *(name for name, _ in cut.filters)} - _ROLLED
    if cut.records or cut.until is not None:
        return None
    if named <= set(PLACES):
        return DOCTOR if named else CLINIC
    return next((name for name in family.kept if named == {name}), None)


def _level(cut: "Cut") -> str | None:
    """The level whose gaps count a cut's patients exactly; None where patients would count twice."""
    single = {name for name, slot in cut.filters if slot.single}
    named = {*cut.by, *(name for name, _ in cut.filters)}
    fixed = {*cut.by, *single}
    levels = {frozenset(): "organization", frozenset({"clinic"}): "clinic"}
    levels[frozenset({"clinic", "practitioner"})] = "doctor"
    return levels.get(frozenset(named)) if named == fixed else None


@dataclass(frozen=True)
class Sent:
    """A statement with the dates of its arms, as PostgreSQL reads them: what is the same at each run."""

    statement: Statement
    dates: Mapping[str, str | None]

    def run(self, session: Session, given: Mapping[str, Any]) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows for an organization and the values of the slots."""
        return self.statement.run(session, {**self.dates, **given}).all()


def sums(arms: Sequence["Arm"]) -> Sent:
    """Rows (arm, segment, keys, counts, amounts) for additive measures."""
    return Sent(_sums(tuple(map(Shape.of_arm, arms))), _dates(arms))


def counts(arms: Sequence["Arm"]) -> Sent:
    """Rows (arm, part, interval, keys, values, times): a distribution, or a distinct count as times of one value."""
    return Sent(_counts(tuple(map(Shape.of_arm, arms))), _dates(arms))


def listed(arm: "Arm") -> Sent:
    """Rows (id, day, clinic, department, practitioner, patient, amount) of the records that an arm counts."""
    return Sent(_listing(Shape.of(arm.cut, arm.family, arm.names, arm.first is not None)), _dates([arm]))


def _dates(arms: Sequence["Arm"]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for number, arm in enumerate(arms):
        found[f"bounds_{number}"] = _array(arm.bounds)
        found[f"first_{number}"] = None if arm.first is None else arm.first.isoformat()
        found[f"last_{number}"] = arm.last.isoformat()
        if arm.cut.until is not None:
            found[f"days_{number}"] = _array(one.start or date.min for one in arm.ordered)  # a part of a day each
        if arm.kind is not Measure:
            found |= _pieces(number, arm)
    return found


def _pieces(number: int, arm: "Arm") -> dict[str, str]:
    """The intervals of an arm by number, from 1, each in the pieces in which it is read: its whole weeks, its days."""
    grain, named = Shape.of_arm(arm).grain, {*arm.cut.by, *(name for name, _ in arm.cut.filters)}
    weekly = grain == CLINIC and arm.kind is Spread and "weekday" not in named
    pieces: list[tuple[int, str, date, date]] = []
    for place, (start, end) in enumerate(arm.ordered, 1):
        start = start or date.min
        first, last = (whole_weeks(start, end) if weekly else None) or (end, end)
        parts = ((grain, start, first), (WEEK, first, last), (grain, last, end))
        pieces += [(place, name or "records", one, other) for name, one, other in parts if one < other]
    columns = zip(*pieces, strict=True)
    names = ("numbers", "grains", "starts", "ends")
    return {
        f"{name}_{number}": "{" + ",".join(map(str, column)) + "}" for name, column in zip(names, columns, strict=True)
    }


def _array(dates: Iterable[date]) -> str:
    return "{" + ",".join(one.isoformat() for one in dates) + "}"


def _date(name: str, number: int, of: Any) -> Given:
    """A date, or dates, of one arm: see `_dates`."""
    return Given(f"{name}_{number}", of)


@lru_cache(maxsize=256)
def _sums(shapes: tuple[Shape, ...]) -> Statement:
    return Statement.of(union_all(*(_sum_arm(number, shape) for number, shape in enumerate(shapes))))


@lru_cache(maxsize=256)
def _counts(shapes: tuple[Shape, ...]) -> Statement:
    return Statement.of(union_all(*(arm for number, shape in enumerate(shapes) for arm in _count_arms(number, shape))))


def _sum_arm(number: int, shape: Shape) -> Select[*tuple[Any, ...]]:
    family = FAMILIES[shape.family]
    source = _Source.of(number, shape, family)
    segment = func.width_bucket(source.day, _date("bounds", number, ARRAY(Date)))
    measures = [measure for name in shape.parts if isinstance(measure := family.parts[name], Measure)]
    counted = [source.total(measure) for measure in measures if not measure.money]
    amounts = [source.total(measure) for measure in measures if measure.money]
    keys = source.keys(shape.by)
    columns = (_listed(keys, Text), _listed(counted, BigInteger), _listed(amounts, Numeric))
    chosen = select(literal(number, Integer), segment, *columns)
    limited = source.limit(chosen)
    if shape.grain is not None:
        limited = limited.where(TABLES[family.key].c.grain == shape.grain)
    return limited.group_by(segment, *keys)


def _count_arms(number: int, shape: Shape) -> Iterable[Select[*tuple[Any, ...]]]:
    family = FAMILIES[shape.family]
    for name in shape.parts:
        source = _Source.of(number, shape, family)
        interval = _intervals(number)
        during = and_(source.day >= interval.c.first, source.day < interval.c.last)
        if shape.grain is not None:
            during = and_(during, TABLES[family.key].c.grain == interval.c.grain)
        keys = source.keys(shape.by)
        part = family.parts[name]
        assert not isinstance(part, Measure)  # those are added up, see `sums`
        value, times, extra = source.counting(part, shape.level, interval)
        chosen = select(
            interval.c.number, _listed(keys, Text).label("keys"), value.label("value"), times.label("times")
        )
        joined = source.joined.join(interval, during)
        cells = source.limit(chosen, joined if extra is None else joined.join(extra, true()))
        found = cells.group_by(interval.c.number, *keys, value).subquery().c
        yield select(
            literal(number, Integer),
            literal(name, Text),
            found.number,
            found["keys"],
            func.array_agg(found.value),
            func.array_agg(found.times),
        ).group_by(found.number, found["keys"])


@lru_cache(maxsize=256)
def _listing(shape: Shape) -> Statement:
    (part,), family = shape.parts, FAMILIES[shape.family]
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
    """The pieces of an arm's intervals, see `_pieces`."""
    types = {"numbers": Integer, "grains": Text, "starts": Date, "ends": Date}
    columns = zip(("number", "grain", "first", "last"), types.values(), strict=True)
    table = func.unnest(*(_date(name, number, ARRAY(of)) for name, of in types.items())).table_valued(
        *(column(name, of) for name, of in columns), name=f"spans_{number}"
    )
    return table.render_derived()


def _listed(columns: Sequence[Column], of: type[TypeEngine[Any]]) -> Column:
    return cast(array(columns, type_=of) if columns else array([]), ARRAY(of))


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
        first, last = _date("first", number, Date), _date("last", number, Date)
        day, lag = self.day, 0
        if shape.grain is None:
            day, lag = self.family.day, self.family.lag
        found = chosen.select_from(self.joined if joined is None else joined).where(
            self.organization == Given("organization", Uuid),
            day < (last - lag if lag else last),
        )
        if shape.bounded:
            found = found.where(day >= (first - lag if lag else first))
        for name, slot in shape.filters:
            found = found.where(self._allowed(name, slot))
        if shape.until is not None:
            found = found.where(self.family.day == any_(_date("days", number, ARRAY(Date))))
            local = cast(func.timezone(_zone(self.family), self.family.at), Time)
            found = found.where(local < Given(shape.until, Time))
        return found

    def _allowed(self, name: str, slot: "Slot") -> Column:
        """A single key and a plain column let an index of places be used."""
        if name in PLACES:
            column = self.family.places[name] if self.shape.grain is None and slot.named else None
            found, of = self.dimension(name) if column is None else column, Uuid
        else:
            found, of = cast(self.dimension(name), Text), Text
        return found == (Given(slot.name, of) if slot.single else any_(Given(slot.name, ARRAY(of))))


@cache
def _zone(family: Family) -> Column:
    """The zone of a record's clinic, looked up for the records alone that pass all other filters."""
    same = and_(Clinic.organization_id == family.organization, Clinic.id == family.clinic)
    return select(Clinic.zone).where(same).scalar_subquery()
