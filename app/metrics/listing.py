"""The SQL of a list of records: one page of those that arms count, with how many there are and what they add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.statement import Given, Statement
from app.metrics.arms import Arm
from app.metrics.dates import dates_of
from app.metrics.shape import Shape
from app.metrics.source import Source
from app.metrics.sql import Sent
from app.metrics.wants import PLACES
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Distinct

AnySelect = Select[*tuple[Any, ...]]
_FIRST, _SIZE = Given("first", Integer), Given("size", Integer)


@dataclass(frozen=True)
class Listed:
    """One arm of a list: a record adds `factor` times what the arm sums. Arms of one `group` name a record once."""

    arm: Arm
    factor: int
    group: int


class _Listing(NamedTuple):
    shape: Shape
    factor: int
    group: int


def listed(arms: Sequence[Listed], is_divided: bool) -> Sent:
    """Rows (records, sum, group, id, day, clinic, department, practitioner, patient, amount) by day.

    The first two are of the whole list and the same in each row; of an empty page there is one row whose id is None.
    The run gives `first`, how many records stand before the page, and `size` (None: all). `is_divided`: no record is
    counted by two arms of a group.
    """
    return Sent(_statement(tuple(map(_listing_of, arms)), is_divided), dates_of([one.arm for one in arms]))


def _listing_of(one: Listed) -> _Listing:
    arm = one.arm
    return _Listing(Shape.of(arm.cut, arm.family, arm.names, arm.first is not None), one.factor, one.group)


@lru_cache(maxsize=256)
def _statement(listings: tuple[_Listing, ...], is_divided: bool) -> Statement:
    arms = [_arm(number, listing) for number, listing in enumerate(listings)]
    if is_divided:
        # The first rows of each arm are enough for a page: an index by day need not be read to its end.
        found = union_all(*arms).subquery("found")
        rows = union_all(*(_head(number, arm) for number, arm in enumerate(arms))).subquery("heads")
    else:
        found = rows = _netted(union_all(*arms)).cte("found")  # type: ignore[assignment]
    counted = select(func.count().label("records"), func.coalesce(func.sum(found.c.amount), 0).label("sum"))
    whole = counted.select_from(found).subquery("whole")
    page = select(rows).order_by(rows.c.day, rows.c.id, rows.c.group).offset(_FIRST).limit(_SIZE).subquery("page")
    listing = select(whole, page).select_from(whole.outerjoin(page, true()))
    return Statement.of(listing.order_by(page.c.day, page.c.id, page.c.group))


def _arm(number: int, listing: _Listing) -> AnySelect:
    """The records of one arm, in no order."""
    shape, factor, group = listing
    (part,), family = shape.parts, FAMILIES[shape.family]
    source, chosen = Source.of(number, shape, family), family.parts[part]
    places = (cast(family.place(name), Uuid).label(name) for name in PLACES)
    patient = cast(null(), Uuid) if family.patient is None else family.patient
    amount = literal(1, Integer) if chosen.of is None or isinstance(chosen, Distinct) else chosen.of
    columns: tuple[ColumnElement[Any], ...] = (
        literal(group, Integer).label("group"),
        family.id.label("id"),
        source.day.label("day"),
        *places,
        patient.label("patient"),
        (amount if factor == 1 else amount * factor).label("amount"),
    )
    query = source.limit(select(*columns))
    if isinstance(chosen, Distinct):
        query = query.ext(distinct_on(patient)).order_by(patient, source.day)
    if chosen.of is not None:
        query = query.where(chosen.of.is_not(None))
    return query if chosen.where is None else query.where(chosen.where)


def _head(number: int, arm: AnySelect) -> AnySelect:
    """As many of an arm's records as a page may show of them."""
    all_of_it = arm.subquery(f"arm_{number}")
    first = select(all_of_it).order_by(all_of_it.c.day, all_of_it.c.id).limit(_FIRST + _SIZE)
    return select(first.subquery(f"head_{number}"))


def _netted(arms: CompoundSelect[*tuple[Any, ...]]) -> AnySelect:
    """Each record once: what one arm adds and another takes away is none of the figure's."""
    named: Subquery = arms.subquery("named")
    c = named.c
    same = (c.group, c.id, c.day)
    others = (func.array_agg(c[name])[1].label(name) for name in (*PLACES, "patient"))
    amount = func.sum(c.amount)
    query = select(*same, *others, amount.label("amount")).group_by(*same)
    return query.having((amount != 0) | (func.count() == 1))
