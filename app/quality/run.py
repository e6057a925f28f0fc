"""Runs measures over a source: the counts of each, and on demand each patient's trace."""

from collections.abc import Callable, Iterable

from app.quality.criteria import Case
from app.quality.measure import Measure, Outcome, Summary, judge
from app.quality.record import History, Source
from app.quality.timing import Window
from app.quality.valuesets import ValueSets

Heard = Callable[[History, Measure, tuple[Outcome, ...]], None]


def run(
    measures: Iterable[Measure], source: Source, period: Window, sets: ValueSets, heard: Heard | None = None
) -> dict[str, list[Summary]]:
    """The summaries of each measure's groups by its id, in one pass; `heard` is told every outcome on the way."""
    measures = tuple(measures)
    found = {measure.id: [Summary.of(group) for group in measure.groups] for measure in measures}
    gaps = source.gaps
    for history in source.histories():
        case = Case(history, period, sets, gaps)
        for measure in measures:
            outcomes = judge(measure, case)
            for summary, outcome in zip(found[measure.id], outcomes, strict=True):
                summary.add(outcome)
            if heard is not None:
                heard(history, measure, outcomes)
    return found
