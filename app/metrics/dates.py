"""The dates of a statement's arms: bound as text under names that the statement gives them by number of the arm."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, column, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import TypeEngine

from app.core.statement import Given
from app.metrics.arms import Arm
from app.metrics.reach import Reach
from app.metrics.shape import Shape
from app.rollups.family import Distinct


def date_of(name: str, number: int, of: Any) -> Given:
    """A date, or dates, of one arm: bound by `dates_of`."""
    return Given(f"{name}_{number}", of)


def intervals_of(number: int) -> NamedFromClause:
    """The intervals of an arm of distinct counts as a table: number, beginning, and a row for each segment of time."""
    columns: dict[str, tuple[str, type[TypeEngine[Any]]]] = {
        "numbers": ("number", Integer),
        "segments": ("segment", Integer),
        "since": ("begin", Date),
    }
    arrays = (date_of(name, number, ARRAY(of)) for name, (_, of) in columns.items())
    table = func.unnest(*arrays).table_valued(*(column(name, of) for name, of in columns.values()))
    return table.render_derived(name=f"intervals_{number}")


def dates_of(arms: Sequence[Arm]) -> dict[str, str | None]:
    """The dates of arms, as PostgreSQL reads them, by the names of `date_of`."""
    found: dict[str, str | None] = {}
    for number, arm in enumerate(arms):
        found |= {f"{name}_{number}": value for name, value in _dates(arm).items()}
    return found


def _dates(arm: Arm) -> dict[str, str | None]:
    shape = Shape.of_arm(arm)
    found = {"bounds": _array(arm.bounds), "first": _date(arm.first), "last": _date(arm.last)}
    if arm.cut.until is not None:
        found["short"] = _array(one.start or date.min for one in arm.ordered)  # a part of a day each
    if arm.kind is Distinct:
        found |= _intervals(arm)
    if shape.grain is not None:
        reach = Reach.of(arm, shape.coarse)
        found |= {"before": _date(reach.before), **{f"begins{one}": _array(days) for one, days in reach.begins.items()}}
    return found


def _intervals(arm: Arm) -> dict[str, str]:
    """The intervals by number, from 1, each with every segment of time between its boundaries."""
    rows = [
        (place, one, interval.start or date.min)
        for place, interval in enumerate(arm.ordered, 1)
        for one in arm.segments(interval)
    ]
    return {name: _array(row[place] for row in rows) for place, name in enumerate(("numbers", "segments", "since"))}


def _array(values: Iterable[Any]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _date(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
