"""Recomputes whole days of a family from its records: delete, then insert what the records say now."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    FromClause,
    Select,
    Text,
    Uuid,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    tuple_,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause

from app.core.ids import UNKNOWN
from app.core.statement import Given, Statement
from app.rollups import stretches
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Column, Family, Spread
from app.rollups.tables import MEMBER, TABLES, grain_of, grains_of, key_of

Bucket = tuple[UUID, date]
_NOBODY = cast(literal(UNKNOWN, Uuid), Uuid)


def recompute(session: Session, family: Family, organization_id: UUID, buckets: Iterable[Bucket]) -> int:
    """Replaces the facts of the days of clinics named; the number of days. The caller holds the organization's lock."""
    buckets = sorted(set(buckets))
    if not buckets:
        return 0
    days = [day for _, day in buckets]
    lag = timedelta(days=family.lag)
    bound = {
        "organization": organization_id,
        "clinics": [clinic for clinic, _ in buckets],
        "days": days,
        "first": min(days) - lag,
        "last": max(days) - lag,
    }
    _clear(family.key).run(session, bound)
    _fill(family).run(session, bound)
    stretches.recompute(session, family, organization_id, buckets)
    return len(buckets)


def _group(family: Family) -> tuple[str, ...]:
    """What names a row of an organization's facts."""
    return key_of(family)[1:]


def _buckets() -> NamedFromClause:
    clinics, days = Given("clinics", ARRAY(Uuid)), Given("days", ARRAY(Date))
    both = func.unnest(clinics, days).table_valued(column("clinic_id", Uuid), column("day", Date), name="buckets")
    return both.render_derived()


@cache
def _clear(key: str) -> Statement:
    table, buckets = TABLES[key], _buckets()
    return Statement.of(
        delete(table).where(
            table.c.organization_id == Given("organization", Uuid),
            table.c.grain.in_(grains_of(FAMILIES[key])),  # by name, so that the key's index is of use
            table.c.clinic_id == buckets.c.clinic_id,
            table.c.day == buckets.c.day,
        )
    )


@cache
def _fill(family: Family) -> Statement:
    rows, group = _sums(family), _group(family)
    joined: list[Column] = []
    columns: list[str] = []
    source: FromClause = rows
    for spread in family.spreads:
        histogram = _histogram(family, spread)
        source = source.outerjoin(
            histogram,
            tuple_(*(rows.c[name] for name in group)) == tuple_(*(histogram.c[name] for name in group)),
        )
        joined += [func.coalesce(histogram.c[name], cast(array([]), histogram.c[name].type)) for name in spread.columns]
        columns += spread.columns
    names = ["organization_id", *(column.name for column in rows.c), *columns]
    answer = select(Given("organization", Uuid), *rows.c, *joined).select_from(source)
    return Statement.of(insert(TABLES[family.key]).from_select(names, answer))


def _dirty_records(family: Family) -> tuple[tuple[Column, ...], Select[*tuple[Any, ...]]]:
    """The records of the dirty days, once for each grain, still without columns."""
    buckets = _buckets()
    members = {
        "": literal(""),
        **{name: func.coalesce(cast(family.dimensions[name], Text), "") for name in family.kept},
    }
    grains: list[tuple[Column, ...]] = [
        (literal(grain_of(False, name)), _NOBODY, _NOBODY, member) for name, member in members.items()
    ]
    if family.has_doctors:
        doctor = (family.place("department"), family.place("practitioner"))
        grains += [(literal(grain_of(True, name)), *doctor, member) for name, member in members.items()]
    names = (
        column("grain", Text),
        column("department_id", Uuid),
        column("practitioner_id", Uuid),
        column(MEMBER, Text),
    )
    grain = values(*names, name="grains").data(grains).lateral()
    on = (family.place("clinic") == buckets.c.clinic_id) & (family.counted_day == buckets.c.day)
    source = family.rows.join(buckets, on).join(grain, true())
    key = tuple(column for name in _group(family) for column in (*grain.c, *buckets.c) if column.name == name)
    query = (
        select(*key)
        .select_from(source)
        .where(
            family.organization == Given("organization", Uuid),
            family.day.between(Given("first", Date), Given("last", Date)),  # lets an index find the days
        )
    )
    return key, query


def _sums(family: Family) -> NamedFromClause:
    key, query = _dirty_records(family)
    totals: list[Column] = [measure.total().label(measure.name) for measure in family.measures]
    return query.add_columns(*totals).group_by(*key).subquery("sums")


def _histogram(family: Family, spread: Spread) -> NamedFromClause:
    key, query = _dirty_records(family)
    counted = query.add_columns(spread.of.label("value"), func.count().label("times")).where(spread.of.is_not(None))
    if spread.where is not None:
        counted = counted.where(spread.where)
    cells = counted.group_by(*key, spread.of).subquery()
    group = [cells.c[name] for name in _group(family)]
    table = TABLES[family.key]
    arrays = (
        cast(func.array_agg(aggregate_order_by(cells.c[of], cells.c.value)), table.c[name].type).label(name)
        for of, name in zip(("value", "times"), spread.columns, strict=True)
    )
    return select(*group, *arrays).group_by(*group).subquery(spread.name)
