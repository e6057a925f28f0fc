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
from app.rollups.family import Column, Distinct, Measure, Spread
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
            found |= _segments(number, arm) if Shape.of_arm(arm).grain is None else _pieces(number, arm)
    return found


def _segments(number: int, arm: Arm) -> dict[str, str]:
    """The intervals of an arm by number, from 1, each with every segment of time between its boundaries."""
    pairs = [(place, one) for place, interval in enumerate(arm.ordered, 1) for one in arm.segments(interval)]
    return _arrays(number, ("numbers", "segments"), pairs)


def _pieces(number: int, arm: Arm) -> dict[str, str]:
    """The intervals of an arm by number, from 1, each in the pieces in which it is read: its whole weeks, its days."""
    grain, named = Shape.of_arm(arm).grain, {*arm.cut.by, *(name for name, _ in arm.cut.filters)}
    weekly = grain == CLINIC and arm.kind is Spread and "weekday" not in named
    pieces: list[tuple[int, str, date, date]] = []
    for place, (start, end) in enumerate(arm.ordered, 1):
        start = start or date.min
        first, last = (whole_weeks(start, end) if weekly else None) or (end, end)
        parts = ((grain, start, first), (WEEK, first, last), (grain, last, end))
        pieces += [(place, str(name), one, other) for name, one, other in parts if one < other]
    return _arrays(number, ("numbers", "grains", "starts", "ends"), pieces)


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
        part = family.parts[name]
        assert not isinstance(part, Measure)  # those are added up, see `sums`
        interval, during = _in_segments(number, source) if shape.grain is None else _in_pieces(number, source, part)
        keys = source.keys(shape.by)
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


def _in_segments(number: int, source: Source) -> tuple[NamedFromClause, Column]:
    """The segments of an arm's intervals, and which rows fall into one: found by hash, however many intervals."""
    segments = _unnested(number, {"numbers": ("number", Integer), "segments": ("segment", Integer)})
    return segments, func.width_bucket(source.day, date_of("bounds", number, ARRAY(Date))) == segments.c.segment


def _in_pieces(number: int, source: Source, part: Spread | Distinct) -> tuple[NamedFromClause, Column]:
    """The pieces of an arm's intervals, see `_pieces`, and which daily facts fall into one."""
    pieces = _unnested(
        number,
        {"numbers": ("number", Integer), "grains": ("grain", Text), "starts": ("first", Date), "ends": ("last", Date)},
    )
    # Only distributions are read by week as well; a grain known beforehand spares reading the rest again.
    grain = pieces.c.grain if isinstance(part, Spread) else literal(source.shape.grain)
    found = (source.day >= pieces.c.first, source.day < pieces.c.last, TABLES[source.family.key].c.grain == grain)
    return pieces, and_(*found)


def _unnested(number: int, arrays: Mapping[str, tuple[str, type[TypeEngine[Any]]]]) -> NamedFromClause:
    """The arrays of an arm by their names side by side as a table: the name and the type of each column."""
    table = func.unnest(*(date_of(name, number, ARRAY(of)) for name, (_, of) in arrays.items())).table_valued(
        *(column(name, of) for name, of in arrays.values()), name=f"spans_{number}"
    )
    return table.render_derived()


def _listed(columns: Sequence[Column], of: type[TypeEngine[Any]]) -> Column:
    return cast(array(columns, type_=of) if columns else array([]), ARRAY(of))
