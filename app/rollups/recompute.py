"""Recomputes whole days of a family from its records: delete, then insert what the records say now."""

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    Select,
    Text,
    Uuid,
    cast,
    column,
    func,
    literal,
    select,
    true,
    values,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause

from app.core.ids import UNKNOWN
from app.core.statement import Given, Statement
from app.rollups import stretches, writing
from app.rollups.family import Column, Family, Spread
from app.rollups.tables import MEMBER, grain_of, grains_of
from app.rollups.writing import Bucket

_NOBODY = cast(literal(UNKNOWN, Uuid), Uuid)


def recompute(session: Session, family: Family, organization_id: UUID, days_of_clinics: Iterable[Bucket]) -> int:
    """Replaces the facts of the days of clinics named; the number of days. The caller holds the organization's lock."""
    dirty = sorted(set(days_of_clinics))
    if not dirty:
        return 0
    days = [day for _, day in dirty]
    lag = timedelta(days=family.lag)
    bound = writing.given(organization_id, dirty) | {"first": min(days) - lag, "last": max(days) - lag}
    _clear(family).run(session, bound)
    _fill(family).run(session, bound)
    stretches.recompute(session, family, organization_id, dirty)
    return len(dirty)


@cache
def _clear(family: Family) -> Statement:
    return writing.clear(family, grains_of(family))


@cache
def _fill(family: Family) -> Statement:
    return writing.fill(family, _sums(family), {spread: _histogram(family, spread) for spread in family.spreads})


def _dirty_records(family: Family) -> tuple[tuple[Column, ...], Select[*tuple[Any, ...]]]:
    """The records of the dirty days, once for each grain, still without columns."""
    buckets = writing.buckets()
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
    key = tuple(column for name in writing.row_key(family) for column in (*grain.c, *buckets.c) if column.name == name)
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
    return writing.histogram(family, spread, counted.group_by(*key, spread.of).subquery())
