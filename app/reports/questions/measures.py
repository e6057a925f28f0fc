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
from app.quality.measure import Counts, Measure, Outcome, Summary
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
    Column("gaps", "Gaps in care", Kind.COUNT),
    Column("not_evaluable", "Not evaluable", Kind.COUNT, printed=False),  # the next table tells of them
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
TO_IMPROVE, NOT_MET = "To improve", "Not met"
GAPS = (TO_IMPROVE, NOT_MET)
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
        row
        for measure in MEASURES.values()
        for group, summary in zip(measure.groups, found[measure.id], strict=True)
        for row in _rows(context, measure, group.title, summary)
    ]
    whose = "Patients of the reader's own" if scope.is_own_work(context.actor) else "All patients of the report"
    loaded = sum(1 for each in sets.sets.values() if each.oid and each.complete)
    all_sets = sum(1 for each in sets.sets.values() if each.oid)
    note = (
        "Performance is numerator over denominator without exclusions and exceptions; gaps in care are those of them "
        "for whom it is still to be reached. Logic of the 2025 measures. A quality indicator, not "
        f"certified for submission. {loaded} of {all_sets} value sets are as their steward published them; the "
        f"others are the starter sets. With fewer than {FEW} patients to count a rate is not reliable."
    )
    if not sets.sets["office_visit"].complete:
        note += " Visits of no stated kind count as office visits."
    table = Table("measures", "Measures", COLUMNS, tuple(rows))
    return Section("measures", "Measures", f"{whose}, one line a rate.", table=table, note=note)


def _rows(context: Context, measure: Measure, title: str, summary: Summary) -> Iterator[Row]:
    """A line for the rate, and one for each of its strata."""
    shown = scope.shown(context.actor, summary, context.small_cell)
    yield _counts(context, measure, title, summary, shown.counts)
    for part, of_part in summary.strata.items():
        yield _counts(context, measure, f"{title}: {part}", of_part, shown.strata[part])


def _counts(context: Context, measure: Measure, title: str, summary: Summary, counts: Counts) -> Row:
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
    open_gaps = (
        summary.counts["numerator"] if measure.lower_is_better else summary.eligible - summary.counts["numerator"]
    )
    not_evaluable = None if hidden and summary.not_evaluable < context.small_cell else summary.not_evaluable
    return Row(
        (
            f"{measure.id} {measure.title}",
            title,
            *(Cell(counts[key], "too few" if counts[key] is None else "") for key, _ in POPULATIONS),
            rate,
            "lower" if measure.lower_is_better else "higher",
            Cell(None if hidden else open_gaps, "too few" if hidden else ""),
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
    met, failed = (TO_IMPROVE, "In order") if measure.lower_is_better else ("Met", NOT_MET)
    return (met if counts["numerator"] else failed), trace["numerator"]


def _why(outcome: Outcome, verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return "; ".join(outcome.unclear), ""
    leaves = [leaf for leaf in verdict.leaves() if leaf.met is verdict.met]
    # By its name alone what is missing would read as if it had been found.
    missing = "; ".join(leaf.words for leaf in leaves if not leaf.met and not leaf.reason)
    told = [f"{leaf.words}{f' ({leaf.reason})' if leaf.reason else ''}" for leaf in leaves if leaf.met or leaf.reason]
    words = "; ".join([*told, *([f"Not found: {missing}"] if missing else [])])
    # Which record it was stands in a column of its own, which is not printed.
    words = _RECORD.sub(lambda found: f"the {found[1].lower()}", words)
    return words, " ".join(dict.fromkeys(each for leaf in leaves for each in leaf.evidence))


def _trace(traces: list[Traced]) -> Section:
    traces.sort(key=lambda each: (each[1], each[2], each[3] not in GAPS, each[3], each[0]))
    lines = tuple(_named(traces))
    empty = "No patient is in any population."
    table = Table("trace", "Patient by patient", TRACE, stream=lambda: iter(lines), empty=empty)
    told = "Where each patient stands, and which record decided; gaps in care come first."
    return Section("trace", "Patient by patient", told, table=table)


def _named(traces: list[Traced]) -> Iterator[Line]:
    """The lines with names, each patient's read once."""
    ids = list({each[0] for each in traces})
    names: dict[UUID, str | None] = {}
    for first in range(0, len(ids), NAMED):
        query = select(Patient).where(Patient.id.in_(ids[first : first + NAMED]))
        names |= {each.id: each.name for each in db.session.scalars(query)}
    for patient, measure, group, *rest in traces:
        yield (measure, group, names.get(patient) or str(patient), *rest)
