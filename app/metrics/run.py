"""Answers questions about metrics: permission first, then one frame, two readings, one answer a question."""

from collections.abc import Mapping, Sequence

from app.core import versions
from app.core.actor import Actor
from app.core.errors import Invalid
from app.core.tenancy import tenant_scope
from app.extensions import db
from app.metrics.answer import Answer
from app.metrics.catalogue import METRICS
from app.metrics.conceal import concealed
from app.metrics.disclosure import Book
from app.metrics.frame import Frame, labels, load
from app.metrics.plan import Question, programme
from app.metrics.scope import scope_of, suppresses
from app.metrics.suppression import Guard
from app.metrics.types import Metric, Query, Result
from app.metrics.wants import Slots


def run(query: Query, actor: Actor) -> Result:
    """The answer to one question; Forbidden, NotFound or Invalid where it may not or cannot be asked."""
    return run_all([query], actor)[0]


def run_all(queries: Sequence[Query], actor: Actor, records: bool = False, frame: Frame | None = None) -> list[Result]:
    """The answers to several questions in four statements, three where the caller has read the frame already.

    `records` reads no rollup, to check one by the other. Versions are read before figures, so that a figure is never
    older than the version it carries.
    """
    with tenant_scope(actor.organization_id):
        named = [_metrics_of(query) for query in queries]
        scopes = [scope_of(query, metrics, actor) for query, metrics in zip(queries, named, strict=True)]
        session = db.session()
        clinics = {scope.clinic_id for scope in scopes}
        standing = {clinic_id: versions.current(actor.organization_id, clinic_id) for clinic_id in clinics}
        frame = frame or load(session, actor.organization_id, (one for metrics in named for one in metrics.values()))
        slots = Slots()
        asked = programme(
            tuple(
                Question.of(query, scope, frame, slots, records) for query, scope in zip(queries, scopes, strict=True)
            )
        )
        readings = asked.reader.run(session, actor.organization_id, slots.given)
        names = labels(session, actor.organization_id, (name for query in queries for name in query.by))
    guard = Guard(frame.rules.small_cell if suppresses(actor) else None)
    answers = [
        Answer(query, scope, plan, frame, readings, names, guard, standing[scope.clinic_id])
        for query, scope, plan in zip(queries, scopes, asked.plans, strict=True)
    ]
    results = [answer.result() for answer in answers]
    if guard.k is None or not guard.has_hidden:
        return results
    return concealed(answers, Book(asked.wants, slots.given, readings), guard.k)


def _metrics_of(query: Query) -> Mapping[str, Metric]:
    unknown = [key for key in query.metrics if key not in METRICS]
    if unknown:
        raise Invalid("There is no such metric.", field="metrics", metric=unknown[0])
    return {key: METRICS[key] for key in query.metrics}
