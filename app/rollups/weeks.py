"""Sums up whole weeks from daily facts, so that a long period is read week by week.

Weeks begin on Monday, whichever day the organization's begin on: a span is its whole weeks and the days beside them.
"""

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
from app.rollups.tables import TABLES, WEEKLY, grains_of, key_of, weekly

DAYS = 7


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def whole_weeks(start: date | None, end: date) -> tuple[date, date] | None:
    """The first Monday and the end of the whole weeks between two dates, from the first week that there is where
    nothing bounds the span; None where it holds no whole week.
    """
    first, last = date.min if start is None else week_of(start + timedelta(days=DAYS - 1)), week_of(end)
    return (first, last) if first < last else None


def recompute(session: Session, family: Family, organization_id: UUID, buckets: Iterable[tuple[UUID, date]]) -> None:
    """Replaces the weeks that hold the days of clinics named, from the daily facts as they stand."""
    weeks = sorted({(clinic_id, week_of(day)) for clinic_id, day in buckets})
    bound = {
        "organization": organization_id,
        "clinics": [clinic_id for clinic_id, _ in weeks],
        "days": [day for _, day in weeks],
    }
    _clear(family).run(session, bound)
    _fill(family).run(session, bound)


def _weeks() -> NamedFromClause:
    clinics, days = Given("clinics", ARRAY(Uuid)), Given("days", ARRAY(Date))
    both = func.unnest(clinics, days).table_valued(column("clinic_id", Uuid), column("day", Date), name="weeks")
    return both.render_derived()


@cache
def _clear(family: Family) -> Statement:
    table, weeks = TABLES[family.key], _weeks()
    return Statement.of(
        delete(table).where(
            table.c.organization_id == Given("organization", Uuid),
            table.c.grain.in_(map(weekly, grains_of(family))),
            table.c.clinic_id == weeks.c.clinic_id,
            table.c.day == weeks.c.day,
        )
    )


@cache
def _fill(family: Family) -> Statement:
    days = _days(family)
    key = [days.c[name] for name in key_of(family)[1:]]
    totals = (func.sum(days.c[measure.name]).label(measure.name) for measure in family.measures)
    rows = select(*key, *totals).group_by(*key).subquery("sums")
    source: FromClause = rows
    columns: dict[str, Column] = {"organization_id": Given("organization", Uuid), **dict(rows.c)}
    for spread in family.spreads:
        found = _histogram(family, spread, days)
        source = source.outerjoin(found, and_(*(rows.c[one.name] == found.c[one.name] for one in key)))
        for name in spread.columns:
            columns[name] = func.coalesce(found.c[name], cast(array([]), days.c[name].type))
    table = TABLES[family.key]
    return Statement.of(insert(table).from_select(list(columns), select(*columns.values()).select_from(source)))


def _days(family: Family) -> CTE:
    """The daily facts of the weeks, each named by its week's row; `into`: its days after the Monday."""
    table, weeks = TABLES[family.key], _weeks()
    renamed = {"grain": table.c.grain + WEEKLY, "day": weeks.c.day}
    columns = (renamed.get(column.name, column).label(column.name) for column in table.c)
    during = (table.c.day >= weeks.c.day) & (table.c.day < weeks.c.day + DAYS)
    query = (
        select(*columns, (table.c.day - weeks.c.day).label("into"))
        .select_from(table.join(weeks, (table.c.clinic_id == weeks.c.clinic_id) & during))
        .where(table.c.organization_id == Given("organization", Uuid), table.c.grain.in_(grains_of(family)))
    )
    return query.cte("days")


def _histogram(family: Family, spread: Spread, days: CTE) -> NamedFromClause:
    arrays = (days.c[name] for name in spread.columns)
    cells = func.unnest(*arrays).table_valued(column("value", Integer), column("times", Integer), name="cells")
    cells = cells.render_derived()
    value: Column = cells.c.value
    if family.counts_back(spread):
        value = case((value == FIRST_VISIT, value), else_=value - days.c.into)
    key = [days.c[name] for name in key_of(family)[1:]]
    counted = select(*key, value.label("value"), func.sum(cells.c.times).label("times")).join_from(days, cells, true())
    found = counted.group_by(*key, value).subquery().c
    named = [found[column.name] for column in key]
    merged = (
        cast(func.array_agg(aggregate_order_by(found[of], found.value)), days.c[name].type).label(name)
        for of, name in zip(("value", "times"), spread.columns, strict=True)
    )
    return select(*named, *merged).group_by(*named).subquery(spread.name)
