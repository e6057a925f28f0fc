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
    cast,
    column,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import TypeEngine

from app.core.statement import Statement
from app.metrics.arms import Arm
from app.metrics.reach import Reach
from app.metrics.shape import Shape
from app.metrics.source import Source, date_of
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Column, Distinct, Measure, Spread


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
    """Rows (arm, part, place, keys, values, times): of a distribution for each segment, of a distinct count, as the
    times of no value, for each interval.
    """
    return Sent(_counts(tuple(map(Shape.of_arm, arms))), dates_of(arms))


def dates_of(arms: Sequence[Arm]) -> dict[str, str | None]:
    """The dates of arms by the names under which their statement reads them."""
    found: dict[str, str | None] = {}
    for number, arm in enumerate(arms):
        found[f"bounds_{number}"] = _array(arm.bounds)
        found[f"first_{number}"] = None if arm.first is None else arm.first.isoformat()
        found[f"last_{number}"] = arm.last.isoformat()
        if arm.cut.until is not None:
            found[f"short_{number}"] = _array(one.start or date.min for one in arm.ordered)  # a part of a day each
        if arm.kind is Distinct:
            found |= _segments(number, arm)
        shape = Shape.of_arm(arm)
        if shape.grain is not None:
            reach = Reach.of(arm, shape.weekly)
            found |= {f"days_{number}": _array(reach.days), f"weeks_{number}": _array(reach.weeks)}
            found[f"before_{number}"] = None if reach.before is None else reach.before.isoformat()
    return found


def _segments(number: int, arm: Arm) -> dict[str, str]:
    """The intervals of an arm by number, from 1, each with every segment of time between its boundaries."""
    rows = [
        (place, one, interval.start or date.min)
        for place, interval in enumerate(arm.ordered, 1)
        for one in arm.segments(interval)
    ]
    return _arrays(number, ("numbers", "segments", "begins"), rows)


def _arrays(number: int, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> dict[str, str]:
    columns = zip(*rows, strict=True)
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
    measures = [measure for name in shape.parts if isinstance(measure := family.parts[name], Measure)]
    counted = [source.total(measure) for measure in measures if not measure.money]
    amounts = [source.total(measure) for measure in measures if measure.money]
    columns = (_named(source.keys), _listed(counted, BigInteger), _listed(amounts, Numeric))
    segment = source.segment
    return source.limit(select(literal(number, Integer), segment, *columns)).group_by(segment, *source.keys)


def _count_arms(number: int, shape: Shape) -> Iterable[Select[*tuple[Any, ...]]]:
    source = Source.of(number, shape, FAMILIES[shape.family])
    for name in shape.parts:
        part = source.family.parts[name]
        if isinstance(part, Spread):
            yield _spread_arm(source, part)
        elif isinstance(part, Distinct):
            yield _distinct_arm(source, part)


def _spread_arm(source: Source, part: Spread) -> Select[*tuple[Any, ...]]:
    segment = source.segment
    keys: list[Column] = [key.label(f"key_{place}") for place, key in enumerate(source.keys)]
    value, times, joined = source.cells(part)
    cells = source.limit(
        select(segment.label("segment"), *keys, value.label("value"), times.label("times")), joined
    ).group_by(segment, *source.keys, value)
    found = cells.subquery().c
    named: list[Column] = [found[f"key_{place}"] for place in range(len(keys))]
    lists = (func.array_agg(found.value), func.array_agg(found.times))
    return _told(source, part, found.segment, named, *lists).group_by(found.segment, *named)


def _distinct_arm(source: Source, part: Distinct) -> Select[*tuple[Any, ...]]:
    columns: dict[str, tuple[str, type[TypeEngine[Any]]]] = {
        "numbers": ("number", Integer),
        "segments": ("segment", Integer),
        "begins": ("begin", Date),
    }
    interval = _unnested(source.number, columns)
    no_value, times = cast(null(), ARRAY(Integer)), array([source.different(part, interval.c.begin)])
    chosen = _told(source, part, interval.c.number, source.keys, no_value, times)
    joined = source.joined.join(interval, source.segment == interval.c.segment)  # by hash, however many intervals
    return source.limit(chosen, joined).group_by(interval.c.number, *source.keys)


def _told(
    source: Source, part: Spread | Distinct, place: Column, keys: Sequence[Column], values: Column, times: Column
) -> Select[*tuple[Any, ...]]:
    return select(literal(source.number, Integer), literal(part.name, Text), place, _named(keys), values, times)


def _unnested(number: int, arrays: Mapping[str, tuple[str, type[TypeEngine[Any]]]]) -> NamedFromClause:
    """The arrays of an arm by their names side by side as a table: the name and the type of each column."""
    table = func.unnest(*(date_of(name, number, ARRAY(of)) for name, (_, of) in arrays.items())).table_valued(
        *(column(name, of) for name, of in arrays.values()), name=f"spans_{number}"
    )
    return table.render_derived()


def _named(keys: Sequence[Column]) -> Column:
    return _listed([cast(key, Text) for key in keys], Text)


def _listed(columns: Sequence[Column], of: type[TypeEngine[Any]]) -> Column:
    return cast(array(columns, type_=of) if columns else array([]), ARRAY(of))
