"""The SQL of a reading: from the rollup where it can answer exactly, else from the records; both in the same form.

A statement's text is made once for each shape and then kept; dates, keys and times are given at each run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Numeric,
    Row,
    Select,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import TypeEngine

from app.core.statement import Statement
from app.metrics.arms import Arm
from app.metrics.shape import Shape
from app.metrics.source import Source, date_of
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Column, Measure, Spread
from app.rollups.tables import CLINIC, TABLES, WEEK
from app.rollups.weeks import whole_weeks


@dataclass(frozen=True)
class Sent:
    """A statement with the dates of its arms, as PostgreSQL reads them: what is the same at each run."""

    statement: Statement
    dates: Mapping[str, str | None]

    def run(self, session: Session, given: Mapping[str, Any]) -> Sequence[Row[*tuple[Any, ...]]]:
        """The rows for an organization and the values of the slots."""
        return self.statement.run(session, {**self.dates, **given}).all()


def sums(arms: Sequence[Arm]) -> Sent:
    """Rows (arm, segment, keys, counts, amounts) for additive measures."""
    return Sent(_sums(tuple(map(Shape.of_arm, arms))), dates_of(arms))


def counts(arms: Sequence[Arm]) -> Sent:
    """Rows (arm, part, interval, keys, values, times): a distribution, or a distinct count as times of one value."""
    return Sent(_counts(tuple(map(Shape.of_arm, arms))), dates_of(arms))


def dates_of(arms: Sequence[Arm]) -> dict[str, str | None]:
    """The dates of arms by the names under which their statement reads them."""
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


def _pieces(number: int, arm: Arm) -> dict[str, str]:
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


@lru_cache(maxsize=256)
def _sums(shapes: tuple[Shape, ...]) -> Statement:
    return Statement.of(union_all(*(_sum_arm(number, shape) for number, shape in enumerate(shapes))))


@lru_cache(maxsize=256)
def _counts(shapes: tuple[Shape, ...]) -> Statement:
    return Statement.of(union_all(*(arm for number, shape in enumerate(shapes) for arm in _count_arms(number, shape))))


def _sum_arm(number: int, shape: Shape) -> Select[*tuple[Any, ...]]:
    family = FAMILIES[shape.family]
    source = Source.of(number, shape, family)
    segment = func.width_bucket(source.day, date_of("bounds", number, ARRAY(Date)))
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
        source = Source.of(number, shape, family)
        interval = _intervals(number)
        during = and_(source.day >= interval.c.first, source.day < interval.c.last)
        keys = source.keys(shape.by)
        part = family.parts[name]
        assert not isinstance(part, Measure)  # those are added up, see `sums`
        if shape.grain is not None:
            # Only distributions are read by week as well; a grain known beforehand spares reading the rest again.
            grain = interval.c.grain if isinstance(part, Spread) else literal(shape.grain)
            during = and_(during, TABLES[family.key].c.grain == grain)
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


def _intervals(number: int) -> NamedFromClause:
    """The pieces of an arm's intervals, see `_pieces`."""
    types = {"numbers": Integer, "grains": Text, "starts": Date, "ends": Date}
    columns = zip(("number", "grain", "first", "last"), types.values(), strict=True)
    table = func.unnest(*(date_of(name, number, ARRAY(of)) for name, of in types.items())).table_valued(
        *(column(name, of) for name, of in columns), name=f"spans_{number}"
    )
    return table.render_derived()


def _listed(columns: Sequence[Column], of: type[TypeEngine[Any]]) -> Column:
    return cast(array(columns, type_=of) if columns else array([]), ARRAY(of))
