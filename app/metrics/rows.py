"""The records behind a figure: those above the line, those below it, those left out. They add up to the figure.

Only ids and places are given; whoever shows a person's name asks the service that writes the audit line.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.ids import UNKNOWN
from app.core.permissions import Permission
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics import sql
from app.metrics.catalogue import METRICS
from app.metrics.evaluate import exclusions
from app.metrics.frame import load
from app.metrics.plan import Question, wants_of
from app.metrics.read import arm_of
from app.metrics.scope import scope_of
from app.metrics.types import Metric, Query
from app.metrics.values import Quantile, Ratio, Sum
from app.metrics.wants import Slots, Want
from app.rollups.catalogue import FAMILIES


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


def rows(metric_key: str, query: Query, actor: Actor, part: Part = Part.NUMERATOR) -> tuple[Record, ...]:
    """The records of one part of a metric's figure for a question without dimensions, by day.

    Counts have as many records as the figure; amounts add up to it. Needs the right to read records; people who may not
    name other doctors see their own records.
    """
    actor.require(Permission.RECORDS_READ)
    if metric_key not in METRICS:
        raise Invalid("There is no such metric.", field="metric", metric=metric_key)
    metric = METRICS[metric_key]
    with tenant_scope(actor.organization_id):
        slots = Slots()
        question = _question(metric, query, actor, slots)
        found = [
            record
            for want, factor, why in _wants(question, metric, part)
            for record in _records(actor.organization_id, want, slots, factor, why)
        ]
    return tuple(sorted(_netted(found), key=lambda record: (record.day, record.id)))


def _netted(records: Iterable[Record]) -> Iterator[Record]:
    """A record that one term adds and another takes away is none of the figure's."""
    groups: dict[tuple[str, UUID, date, str | None], list[Record]] = {}
    for record in records:
        groups.setdefault((record.table, record.id, record.day, record.why), []).append(record)
    for same in groups.values():
        amount = sum(record.amount for record in same)
        if amount or len(same) == 1:
            yield replace(same[0], amount=amount)


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


def _records(organization_id: UUID, want: Want, slots: Slots, factor: int, why: str | None) -> Iterator[Record]:
    family = FAMILIES[want.family]
    listed = sql.listed(arm_of(want)).run(db.session(), {"organization": organization_id, **slots.given})
    for id_, day, clinic, department, practitioner, patient, amount in listed:
        yield Record(
            table=family.id.expression.table.name,
            id=id_,
            day=day,
            clinic_id=_named(clinic),
            department_id=_named(department),
            practitioner_id=_named(practitioner),
            patient_id=patient,
            amount=factor * amount,
            why=why,
        )


def _named(place: UUID) -> UUID | None:
    return None if place == UNKNOWN else place
