"""Sums up whole stretches from daily facts: weeks from days, four weeks from weeks. So a long period is few rows."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import (
    CTE,
    Date,
    FromClause,
    Integer,
    Uuid,
    and_,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause

from app.core.statement import Given, Statement
from app.rollups.family import FIRST_VISIT, Column, Family, Spread
from app.rollups.tables import STRETCHES, TABLES, grains_of, key_of


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


def recompute(session: Session, family: Family, organization_id: UUID, buckets: Iterable[tuple[UUID, date]]) -> None:
    """Replaces the stretches that hold the days of clinics named, from the daily facts as they stand."""
    buckets, shorter = list(buckets), ""
    for name, days in STRETCHES.items():
        dirty = sorted({(clinic_id, begin_of(day, days)) for clinic_id, day in buckets})
        bound = {
            "organization": organization_id,
            "clinics": [clinic_id for clinic_id, _ in dirty],
            "days": [day for _, day in dirty],
        }
        _clear(family, name).run(session, bound)
        _fill(family, name, shorter).run(session, bound)
        shorter = name


def _dirty() -> NamedFromClause:
    clinics, days = Given("clinics", ARRAY(Uuid)), Given("days", ARRAY(Date))
    both = func.unnest(clinics, days).table_valued(column("clinic_id", Uuid), column("day", Date), name="dirty")
    return both.render_derived()


@cache
def _clear(family: Family, name: str) -> Statement:
    table, dirty = TABLES[family.key], _dirty()
    return Statement.of(
        delete(table).where(
            table.c.organization_id == Given("organization", Uuid),
            table.c.grain.in_([grain + name for grain in grains_of(family)]),
            table.c.clinic_id == dirty.c.clinic_id,
            table.c.day == dirty.c.day,
        )
    )


@cache
def _fill(family: Family, name: str, shorter: str) -> Statement:
    """Sums up the stretches of one name from those of a shorter one, or from days."""
    rows = _rows(family, name, shorter)
    key = [rows.c[column] for column in key_of(family)[1:]]
    totals = (func.sum(rows.c[measure.name]).label(measure.name) for measure in family.measures)
    sums = select(*key, *totals).group_by(*key).subquery("sums")
    source: FromClause = sums
    columns: dict[str, Column] = {"organization_id": Given("organization", Uuid), **dict(sums.c)}
    for spread in family.spreads:
        found = _histogram(family, spread, rows)
        source = source.outerjoin(found, and_(*(sums.c[one.name] == found.c[one.name] for one in key)))
        for array_name in spread.columns:
            columns[array_name] = func.coalesce(found.c[array_name], cast(array([]), rows.c[array_name].type))
    table = TABLES[family.key]
    return Statement.of(insert(table).from_select(list(columns), select(*columns.values()).select_from(source)))


def _rows(family: Family, name: str, shorter: str) -> CTE:
    """The facts of the dirty stretches, each named by the row it is summed up in; `into`: its days after the first."""
    table, dirty, days = TABLES[family.key], _dirty(), STRETCHES[name]
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
    key = [rows.c[name] for name in key_of(family)[1:]]
    counted = select(*key, value.label("value"), func.sum(cells.c.times).label("times")).join_from(rows, cells, true())
    found = counted.group_by(*key, value).subquery().c
    named = [found[column.name] for column in key]
    merged = (
        cast(func.array_agg(aggregate_order_by(found[of], found.value)), rows.c[name].type).label(name)
        for of, name in zip(("value", "times"), spread.columns, strict=True)
    )
    return select(*named, *merged).group_by(*named).subquery(spread.name)
