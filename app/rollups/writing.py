"""How facts are written: the days of clinics that are summed up anew, and rows with their distributions."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Date, FromClause, Uuid, and_, cast, column, delete, func, insert, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array
from sqlalchemy.sql.selectable import NamedFromClause

from app.core.statement import Given, Statement
from app.rollups.family import Column, Family, Spread
from app.rollups.tables import TABLES, key_of

Bucket = tuple[UUID, date]


def given(organization_id: UUID, dirty: Iterable[Bucket]) -> dict[str, Any]:
    """The days of clinics as the values of a statement over `buckets`."""
    clinics, days = zip(*dirty, strict=True)
    return {"organization": organization_id, "clinics": list(clinics), "days": list(days)}


def buckets() -> NamedFromClause:
    """The days of clinics given at a run, as a table."""
    clinics, days = Given("clinics", ARRAY(Uuid)), Given("days", ARRAY(Date))
    both = func.unnest(clinics, days).table_valued(column("clinic_id", Uuid), column("day", Date), name="buckets")
    return both.render_derived()


def clear(family: Family, grains: Iterable[str]) -> Statement:
    """Deletes the facts of `buckets` in some grains, by name, so that the key's index is of use."""
    facts, dirty = TABLES[family.key], buckets()
    return Statement.of(
        delete(facts).where(
            facts.c.organization_id == Given("organization", Uuid),
            facts.c.grain.in_(list(grains)),
            facts.c.clinic_id == dirty.c.clinic_id,
            facts.c.day == dirty.c.day,
        )
    )


def fill(family: Family, sums: NamedFromClause, histograms: Mapping[Spread, NamedFromClause]) -> Statement:
    """Inserts rows of sums with their distributions, found by the same key; an empty one where nothing was counted."""
    facts = TABLES[family.key]
    columns: dict[str, Column] = {"organization_id": Given("organization", Uuid), **dict(sums.c)}
    joined: FromClause = sums
    for spread, found in histograms.items():
        joined = joined.outerjoin(found, and_(*(sums.c[name] == found.c[name] for name in row_key(family))))
        for name in spread.columns:
            columns[name] = func.coalesce(found.c[name], cast(array([]), facts.c[name].type))
    return Statement.of(insert(facts).from_select(list(columns), select(*columns.values()).select_from(joined)))


def row_key(family: Family) -> tuple[str, ...]:
    """What names a row of an organization's facts."""
    return key_of(family)[1:]


def histogram(family: Family, spread: Spread, cells: NamedFromClause) -> NamedFromClause:
    """The two arrays of a distribution for each row's key, from cells of `value` and `times`."""
    key = [cells.c[name] for name in row_key(family)]
    arrays = (
        cast(func.array_agg(aggregate_order_by(cells.c[of], cells.c.value)), TABLES[family.key].c[name].type).label(
            name
        )
        for of, name in zip(("value", "times"), spread.columns, strict=True)
    )
    return select(*key, *arrays).group_by(*key).subquery(spread.name)
