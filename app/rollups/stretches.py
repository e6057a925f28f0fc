"""Sums up whole stretches from daily facts: weeks from days, four weeks from weeks. So a long period is few rows."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import (
    CTE,
    Integer,
    Uuid,
    case,
    column,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause

from app.core.statement import Given, Statement
from app.rollups import writing
from app.rollups.family import FIRST_VISIT, Column, Family, Spread
from app.rollups.tables import STRETCHES, TABLES, grains_of
from app.rollups.writing import Bucket


def begin_of(day: date, days: int) -> date:
    """The first day of the stretch of so many days that a day lies in; the first of all begins with the calendar."""
    return day - timedelta(days=(day - date.min).days % days)


def whole(start: date | None, end: date, days: int) -> tuple[date, date] | None:
    """Where the whole stretches between two dates begin and end, from the first of all where nothing bounds the span;
    None where it holds no whole one.
    """
    first = date.min if start is None else begin_of(start + timedelta(days=days - 1), days)
    last = begin_of(end, days)
    return (first, last) if first < last else None


def recompute(session: Session, family: Family, organization_id: UUID, days_of_clinics: Iterable[Bucket]) -> None:
    """Replaces the stretches that hold the days of clinics named, from the daily facts as they stand."""
    moved, shorter = list(days_of_clinics), ""
    for name, days in STRETCHES.items():
        bound = writing.given(organization_id, sorted({(clinic_id, begin_of(day, days)) for clinic_id, day in moved}))
        _clear(family, name).run(session, bound)
        _fill(family, name, shorter).run(session, bound)
        shorter = name


@cache
def _clear(family: Family, name: str) -> Statement:
    return writing.clear(family, (grain + name for grain in grains_of(family)))


@cache
def _fill(family: Family, name: str, shorter: str) -> Statement:
    """Sums up the stretches of one name from those of a shorter one, or from days."""
    rows = _rows(family, name, shorter)
    key = [rows.c[column] for column in writing.row_key(family)]
    totals = (func.sum(rows.c[measure.name]).label(measure.name) for measure in family.measures)
    sums = select(*key, *totals).group_by(*key).subquery("sums")
    return writing.fill(family, sums, {spread: _histogram(family, spread, rows) for spread in family.spreads})


def _rows(family: Family, name: str, shorter: str) -> CTE:
    """The facts of the dirty stretches, each named by the row it is summed up in; `into`: its days after the first."""
    table, dirty, days = TABLES[family.key], writing.buckets(), STRETCHES[name]
    grain = func.replace(table.c.grain, shorter, name) if shorter else table.c.grain + name
    renamed = {"grain": grain, "day": dirty.c.day}
    columns = (renamed.get(column.name, column).label(column.name) for column in table.c)
    during = (table.c.day >= dirty.c.day) & (table.c.day < dirty.c.day + days)
    query = (
        select(*columns, (table.c.day - dirty.c.day).label("into"))
        .select_from(table.join(dirty, (table.c.clinic_id == dirty.c.clinic_id) & during))
        .where(
            table.c.organization_id == Given("organization", Uuid),
            table.c.grain.in_([grain + shorter for grain in grains_of(family)]),
        )
    )
    return query.cte("rows_within")


def _histogram(family: Family, spread: Spread, rows: CTE) -> NamedFromClause:
    arrays = (rows.c[name] for name in spread.columns)
    cells = func.unnest(*arrays).table_valued(column("value", Integer), column("times", Integer), name="cells")
    cells = cells.render_derived()
    value: Column = cells.c.value
    if family.counts_back(spread):
        value = case((value == FIRST_VISIT, value), else_=value - rows.c.into)
    key = [rows.c[name] for name in writing.row_key(family)]
    counted = select(*key, value.label("value"), func.sum(cells.c.times).label("times")).join_from(rows, cells, true())
    return writing.histogram(family, spread, counted.group_by(*key, value).subquery())
