"""The records behind a figure: those above the line, those below it, those left out. They add up to the figure.

Only ids and places are given; whoever shows a person's name asks the service that writes the audit line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import UNKNOWN
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.arms import arm_of
from app.metrics.catalogue import METRICS
from app.metrics.evaluate import exclusions
from app.metrics.frame import load
from app.metrics.listing import Listed, listed
from app.metrics.plan import Question, wants_of
from app.metrics.scope import scope_of
from app.metrics.types import Metric, Query
from app.metrics.values import Quantile, Ratio, Sum
from app.metrics.wants import Slots, Want
from app.rollups.catalogue import FAMILIES
from app.rollups.family import Outcome


class Part(StrEnum):
    """Which of a figure's records."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Record:
    """One record: `table` and `id` find it; `amount` is what it adds (1 for a count); `why` it was left out."""

    table: str
    id: UUID
    day: date
    clinic_id: UUID | None
    department_id: UUID | None
    practitioner_id: UUID | None
    patient_id: UUID | None
    amount: int | Decimal
    why: str | None = None


@dataclass(frozen=True)
class Listing:
    """One page of the records of a part of a figure, by day; `total` and `amount` are of all of them.

    `table` is where the first of its kinds is stored.
    """

    records: tuple[Record, ...]
    total: int
    amount: int | Decimal
    table: str


def rows(
    metric_key: str,
    query: Query,
    actor: Actor,
    part: Part = Part.NUMERATOR,
    first: int = 0,
    size: int | None = None,
) -> Listing:
    """The records of one part of a metric's figure for a question without dimensions, from the `first` on, at most
    `size` (None: all), in one statement.

    Counts have as many records as the figure; amounts add up to it. Needs the right to read records; people who may not
    name other doctors see their own records.
    """
    actor.require(Permission.RECORDS_READ)
    if metric_key not in METRICS:
        raise Invalid("There is no such metric.", field="metric", metric=metric_key)
    metric = METRICS[metric_key]
    with tenant_scope(actor.organization_id):
        slots = Slots()
        wants = list(_wants(_question(metric, query, actor, slots), metric, part))
        if not wants:
            return Listing((), 0, 0, "")
        tables = [FAMILIES[want.family].id.expression.table.name for want, _, _ in wants]
        groups = list(dict.fromkeys((table, why) for table, (_, _, why) in zip(tables, wants, strict=True)))
        arms = [
            Listed(arm_of(want), factor, groups.index((table, why)))
            for table, (want, factor, why) in zip(tables, wants, strict=True)
        ]
        given = {"organization": actor.organization_id, "first": first, "size": size, **slots.given}
        found = listed(arms, _is_divided(arms)).run(db.session(), given)
    records = tuple(_record(row, *groups[row.group]) for row in found if row.id is not None)
    return Listing(records, found[0].records, found[0].sum, tables[0])


def _is_divided(arms: Sequence[Listed]) -> bool:
    """Does no record stand in two arms? Outcomes divide their family; parts of the one day are cut by its time."""
    groups: dict[int, list[Listed]] = {}
    for one in arms:
        groups.setdefault(one.group, []).append(one)
    return all(len(same) == 1 or _are_outcomes(same) for same in groups.values())


def _are_outcomes(arms: Sequence[Listed]) -> bool:
    families = {one.arm.family for one in arms}
    cuts = {one.arm.cut for one in arms}
    parts = [part for one in arms for part in one.arm.parts.values()]
    return (
        len(families) == len(cuts) == 1
        and len({part.name for part in parts}) == len(parts)
        and all(isinstance(part, Outcome) for part in parts)
    )


def _question(metric: Metric, query: Query, actor: Actor, slots: Slots) -> Question:
    scope = scope_of(query, {metric.key: metric}, actor)
    if not scope.names_practitioners:
        scope = replace(scope, own_work=frozenset({metric.key}))
    frame = load(db.session(), actor.organization_id)
    whole = replace(query, metrics=(metric.key,), by=(), step=None)
    question = Question.of(whole, scope, frame, slots, records=True)
    if (dimension := question.cannot(metric)) is not None:
        raise Invalid(f"{metric.label} is not recorded by {dimension}.", field=dimension)
    return question


def _wants(question: Question, metric: Metric, part: Part) -> Iterator[tuple[Want, int, str | None]]:
    (cut,), span = question.cuts(metric), question.span
    if part is not Part.EXCLUDED and isinstance(metric.value, Quantile):
        family, spread = metric.value.family, metric.value.spread
        yield from ((want, 1, None) for want in wants_of(question, cut, family, spread, span.interval, span))
        return
    for of, why in _sums(metric, part):
        for term in of.terms:
            for want in wants_of(question, cut, term.family, term.part, term.interval(span.interval), span):
                yield want, term.factor, why


def _sums(metric: Metric, part: Part) -> Iterator[tuple[Sum, str | None]]:
    if part is Part.EXCLUDED:
        yield from ((one.of, one.label) for one in exclusions(metric))
    elif part is Part.DENOMINATOR and isinstance(metric.value, Ratio):
        yield metric.value.bottom, None
    elif part is Part.NUMERATOR:
        yield metric.value.sums[0], None


def _record(row: Row[*tuple[Any, ...]], table: str, why: str | None) -> Record:
    return Record(
        table=table,
        id=row.id,
        day=row.day,
        clinic_id=_named(row.clinic),
        department_id=_named(row.department),
        practitioner_id=_named(row.practitioner),
        patient_id=row.patient,
        amount=row.amount,
        why=why,
    )


def _named(place: UUID) -> UUID | None:
    return None if place == UNKNOWN else place
