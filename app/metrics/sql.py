"""The SQL of a reading: from the rollup where it can answer exactly, else from the records; both in the same form.

A statement's text is made once for each shape and then kept; dates, keys and times are given at each run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Integer, Numeric, Row, Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from app.core.statement import Statement
from app.metrics.arms import Arm
from app.metrics.dates import dates_of, intervals_of
from app.metrics.shape import Shape
from app.metrics.source import Source
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
    interval = intervals_of(source.number)
    no_value, times = cast(null(), ARRAY(Integer)), array([source.different(part, interval.c.begin)])
    chosen = _told(source, part, interval.c.number, source.keys, no_value, times)
    joined = source.joined.join(interval, source.segment == interval.c.segment)  # by hash, however many intervals
    return source.limit(chosen, joined).group_by(interval.c.number, *source.keys)


def _told(
    source: Source, part: Spread | Distinct, place: Column, keys: Sequence[Column], values: Column, times: Column
) -> Select[*tuple[Any, ...]]:
    return select(literal(source.number, Integer), literal(part.name, Text), place, _named(keys), values, times)


def _named(keys: Sequence[Column]) -> Column:
    return _listed([cast(key, Text) for key in keys], Text)


def _listed(columns: Sequence[Column], of: type[TypeEngine[Any]]) -> Column:
    return cast(array(columns, type_=of) if columns else array([]), ARRAY(of))
