"""The quality measures of a report: the populations of each, what the records cannot show, and each patient's trace."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.extensions import db
from app.metrics.types import Query, Result
from app.models import Patient
from app.quality import scope, stored
from app.quality.catalogue import MEASURES
from app.quality.criteria import Verdict
from app.quality.measure import Measure, Outcome, Summary
from app.quality.record import History
from app.quality.run import run
from app.quality.valuesets import ValueSets
from app.reports.content import Cell, Column, Kind, Line, Row, Section, Table
from app.reports.definition import Context

GATE = ("patients.seen",)
FEW = 20
NAMED = 1000
POPULATIONS = (
    ("initial-population", "Initial population"),
    ("denominator", "Denominator"),
    ("denominator-exclusion", "Excluded"),
    ("denominator-exception", "Exceptions"),
    ("numerator", "Numerator"),
)
_COUNTS = tuple(Column(key.replace("-", "_"), label, Kind.COUNT) for key, label in POPULATIONS)
COLUMNS = (
    Column("measure", "Measure"),
    Column("rate_of", "Rate"),
    *_COUNTS,
    Column("rate", "Performance", Kind.PERCENT),
    Column("better", "Better"),
    Column("not_evaluable", "Not evaluable", Kind.COUNT),
)
UNSEEN = (
    Column("measure", "Measure"),
    Column("what", "Not evaluable because"),
    Column("effect", "Effect"),
    Column("patients", "Patients", Kind.COUNT),
)
TRACE = (
    Column("measure", "Measure"),
    Column("rate_of", "Rate"),
    Column("patient", "Patient"),
    Column("result", "Result"),
    Column("why", "Why"),
    Column("records", "Deciding records", printed=False),
)
_RECORD = re.compile(r"\b([A-Z][A-Za-z]+)/[0-9a-f-]{36}\b")
Traced = tuple[UUID, str, str, str, str, str]


@dataclass(frozen=True)
class Measures:
    """All measures over the period of the report."""

    def ask(self, context: Context) -> list[Query]:
        """The patients of the period: who may not ask for them sees no measure either."""
        return [context.query(GATE)] if context.shown(GATE) else []

    def tell(self, context: Context, results: Sequence[Result]) -> list[Section]:
        """The measures in one pass over the records."""
        actor, period = context.actor, context.period
        source = scope.source_for(actor, ZoneInfo(context.zone), period, context.parameters.clinics)
        sets = stored.value_sets(actor.organization_id)
        traces: list[Traced] = []
        heard = partial(_listen, traces) if scope.may_trace(actor) else None
        found = run(MEASURES.values(), source, scope.window_of(period), sets, heard)
        sections = [_populations(context, found, sets), _unseen(context, found)]
        return [*sections, _trace(traces)] if heard else sections


def _populations(context: Context, found: dict[str, list[Summary]], sets: ValueSets) -> Section:
    rows = [
        _counts(context, measure, group.title, summary)
        for measure in MEASURES.values()
        for group, summary in zip(measure.groups, found[measure.id], strict=True)
    ]
    whose = "Patients of the reader's own" if scope.is_own_work(context.actor) else "All patients of the report"
    loaded = sum(1 for each in sets.sets.values() if each.oid and each.complete)
    all_sets = sum(1 for each in sets.sets.values() if each.oid)
    note = (
        "Performance is numerator over denominator without exclusions and exceptions. A quality indicator, not "
        f"certified for submission. {loaded} of {all_sets} value sets are as their steward published them; the "
        f"others are the starter sets. With fewer than {FEW} patients to count a rate is not reliable."
    )
    table = Table("measures", "Measures", COLUMNS, tuple(rows))
    return Section("measures", "Measures", f"{whose}, one line a rate.", table=table, note=note)


def _counts(context: Context, measure: Measure, title: str, summary: Summary) -> Row:
    counts = scope.shown(context.actor, summary, context.small_cell)
    hidden = counts["denominator"] is None
    numerator, eligible = counts["numerator"], None if hidden else summary.eligible
    reason = "too few" if hidden else "" if summary.eligible else "no patient to count"
    few = 0 < summary.eligible < FEW
    rate = Cell(
        None if hidden else summary.rate,
        f"fewer than {FEW} patients" if few and not hidden else reason,
        numerator,
        eligible,
    )
    not_evaluable = None if hidden and summary.not_evaluable < context.small_cell else summary.not_evaluable
    return Row(
        (
            f"{measure.id} {measure.title}",
            title,
            *(Cell(counts[key], "too few" if counts[key] is None else "") for key, _ in POPULATIONS),
            rate,
            "lower" if measure.lower_is_better else "higher",
            Cell(not_evaluable, "too few" if not_evaluable is None else ""),
        )
    )


def _unseen(context: Context, found: dict[str, list[Summary]]) -> Section:
    effects = ("not counted", "counted as not excluded")
    rows = [
        Row((measure.id, reason, effect, Cell(_some(context, count), "too few")))
        for measure in MEASURES.values()
        for summary in found[measure.id][:1]
        for effect, reasons in zip(effects, (summary.unclear, summary.unseen), strict=True)
        for reason, count in sorted(reasons.items())
    ]
    table = Table("unseen", "What the records cannot show", UNSEEN, tuple(rows), empty="Everything could be evaluated.")
    return Section("unseen", "What the records cannot show", table=table)


def _some(context: Context, count: int) -> int | None:
    hides = scope.suppresses(context.actor) and 0 < count < context.small_cell
    return None if hides else count


def _listen(traces: list[Traced], history: History, measure: Measure, outcomes: tuple[Outcome, ...]) -> None:
    """Keeps a line for each rate whose initial population the patient is in, or might be."""
    for group, outcome in zip(measure.groups, outcomes, strict=True):
        if outcome.unclear or outcome.counts["initial-population"]:
            result, verdict = _result(measure, outcome)
            why, records = _why(outcome, verdict)
            traces.append((UUID(history.id), measure.id, group.title, result, why, records))


def _result(measure: Measure, outcome: Outcome) -> tuple[str, Verdict | None]:
    trace, counts = outcome.trace, outcome.counts
    if outcome.unclear:
        return "Not evaluable", None
    if counts["denominator-exclusion"]:
        return "Excluded", trace["denominator-exclusion"]
    if not counts["denominator"]:
        return "Not in the denominator", trace["denominator"]
    if counts["denominator-exception"]:
        return "Exception", trace["denominator-exception"]
    met = "To improve" if measure.lower_is_better else "Met"
    failed = "In order" if measure.lower_is_better else "Not met"
    return (met if counts["numerator"] else failed), trace["numerator"]


def _why(outcome: Outcome, verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return "; ".join(outcome.unclear), ""
    leaves = [leaf for leaf in verdict.leaves() if leaf.met is verdict.met]
    words = "; ".join(f"{leaf.words}{f' ({leaf.reason})' if leaf.reason else ''}" for leaf in leaves)
    # Which record it was stands in a column of its own, which is not printed.
    words = _RECORD.sub(lambda found: f"the {found[1].lower()}", words)
    return words, " ".join(dict.fromkeys(each for leaf in leaves for each in leaf.evidence))


def _trace(traces: list[Traced]) -> Section:
    traces.sort(key=lambda each: (each[1], each[2], each[3], each[0]))
    lines = tuple(_named(traces))
    empty = "No patient is in any population."
    table = Table("trace", "Patient by patient", TRACE, stream=lambda: iter(lines), empty=empty)
    return Section("trace", "Patient by patient", "Where each patient stands, and which record decided.", table=table)


def _named(traces: list[Traced]) -> Iterator[Line]:
    """The lines with names, each patient's read once."""
    ids = list({each[0] for each in traces})
    names: dict[UUID, str | None] = {}
    for first in range(0, len(ids), NAMED):
        query = select(Patient).where(Patient.id.in_(ids[first : first + NAMED]))
        names |= {each.id: each.name for each in db.session.scalars(query)}
    for patient, measure, group, *rest in traces:
        yield (measure, group, names.get(patient) or str(patient), *rest)
