"""Sums up whole weeks from daily facts, so that the distribution of a long period is read week by week.

Weeks begin on Monday, whichever day the organization's begin on: a span is its whole weeks and the days beside them.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, FromClause, Select, Uuid, cast, column, delete, func, insert, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause

from app.core.ids import UNKNOWN
from app.core.statement import Given, Statement
from app.rollups.family import Column, Family, Spread
from app.rollups.tables import CLINIC, MEMBER, TABLES, WEEK

DAYS = 7


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def whole_weeks(start: date | None, end: date) -> tuple[date, date] | None:
    """The first Monday and the end of the whole weeks between two dates; None where there is none."""
    if start is None:
        return None
    first, last = week_of(start + timedelta(days=DAYS - 1)), week_of(end)
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
            table.c.grain == WEEK,
            table.c.clinic_id == weeks.c.clinic_id,
            table.c.day == weeks.c.day,
        )
    )


@cache
def _fill(family: Family) -> Statement:
    table, (key, days) = TABLES[family.key], _days(family)
    totals = [func.sum(table.c[measure.name]).label(measure.name) for measure in family.measures]
    rows = days.add_columns(*totals).group_by(*key).subquery("sums")
    source: FromClause = rows
    columns: dict[str, Column] = {measure.name: rows.c[measure.name] for measure in family.measures}
    for spread in family.distributions:
        found = _histogram(family, spread)
        same = tuple_(rows.c.clinic_id, rows.c.day) == tuple_(found.c.clinic_id, found.c.day)
        source = source.outerjoin(found, same)
        for name in spread.columns:
            columns[name] = func.coalesce(found.c[name], cast(array([]), table.c[name].type))
    columns |= dict(_names(family, rows))
    return Statement.of(insert(table).from_select(list(columns), select(*columns.values()).select_from(source)))


def _names(family: Family, rows: NamedFromClause) -> Iterator[tuple[str, Column]]:
    nobody = cast(literal(UNKNOWN, Uuid), Uuid)
    yield "organization_id", Given("organization", Uuid)
    yield "grain", literal(WEEK)
    yield "clinic_id", rows.c.clinic_id
    yield "day", rows.c.day
    yield "department_id", nobody
    yield "practitioner_id", nobody
    if family.kept:
        yield MEMBER, literal("")


def _days(family: Family) -> tuple[tuple[Column, Column], Select[*tuple[Any, ...]]]:
    """The clinics' days of the weeks, still without columns."""
    table, weeks = TABLES[family.key], _weeks()
    key = (weeks.c.clinic_id, weeks.c.day)
    during = (table.c.day >= weeks.c.day) & (table.c.day < weeks.c.day + DAYS)
    query = (
        select(*key)
        .select_from(table.join(weeks, (table.c.clinic_id == weeks.c.clinic_id) & during))
        .where(table.c.organization_id == Given("organization", Uuid), table.c.grain == CLINIC)
    )
    return key, query


def _histogram(family: Family, spread: Spread) -> NamedFromClause:
    table, (key, days) = TABLES[family.key], _days(family)
    arrays = [table.c[name] for name in spread.columns]
    cells = func.unnest(*arrays).table_valued(column("value"), column("times"), name="cells").render_derived()
    counted = (
        days.add_columns(cells.c.value, func.sum(cells.c.times).label("times"))
        .join(cells, true())
        .group_by(*key, cells.c.value)
        .subquery()
    ).c
    merged = (
        cast(func.array_agg(aggregate_order_by(counted[of], counted.value)), table.c[name].type).label(name)
        for of, name in zip(("value", "times"), spread.columns, strict=True)
    )
    week = (counted.clinic_id, counted.day)
    return select(*week, *merged).group_by(*week).subquery(spread.name)
