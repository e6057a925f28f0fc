"""FHIR R4 MeasureReport: the result of a measure for one patient or for many."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.quality.measure import POPULATIONS, Measure, Outcome, Summary
from app.quality.timing import Window

POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
IMPROVEMENT = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
Counts = Mapping[str, int | None]
CANONICAL = "https://madie.cms.gov/Measure/"


def individual(
    measure: Measure, outcomes: Sequence[Outcome], patient: str, period: Window, at: datetime
) -> dict[str, Any]:
    """The report of one patient, with the records that decided as `evaluatedResource`."""
    references = [
        evidence
        for outcome in outcomes
        for verdict in outcome.trace.values()
        for leaf in verdict.leaves()
        if leaf.met
        for evidence in leaf.evidence
    ]
    unclear = any(outcome.unclear for outcome in outcomes)
    return {
        **_head(measure, "individual", period, at, "pending" if unclear else "complete"),
        "subject": {"reference": f"Patient/{patient}"},
        "group": [_group(group.title, outcome.counts) for group, outcome in zip(measure.groups, outcomes, strict=True)],
        "evaluatedResource": [{"reference": each} for each in dict.fromkeys(references)],
    }


def summary(
    measure: Measure, summaries: Sequence[Summary], counts: Sequence[Counts], period: Window, at: datetime
) -> dict[str, Any]:
    """The report of many patients: the counts as they may be shown, and as score the rate, or why there is none."""
    groups = []
    for group, found, shown in zip(measure.groups, summaries, counts, strict=True):
        score: dict[str, Any] = {"_value": _absent("not-applicable")}
        if shown["numerator"] is None:
            score = {"_value": _absent("masked")}
        elif found.rate is not None:
            score = {"value": round(float(found.rate), 6)}
        groups.append({**_group(group.title, shown), "measureScore": score})
    return {**_head(measure, "summary", period, at, "complete"), "group": groups}


def _head(measure: Measure, kind: str, period: Window, at: datetime, status: str) -> dict[str, Any]:
    direction = "decrease" if measure.lower_is_better else "increase"
    return {
        "resourceType": "MeasureReport",
        "status": status,
        "type": kind,
        "measure": CANONICAL + measure.name,
        "date": at.isoformat(),
        "period": {"start": period.first.isoformat(), "end": period.last.isoformat()},
        "improvementNotation": {"coding": [{"system": IMPROVEMENT, "code": direction}]},
    }


def _absent(why: str) -> dict[str, Any]:
    return {"extension": [{"url": ABSENT, "valueCode": why}]}


def _group(title: str, counts: Counts) -> dict[str, Any]:
    return {
        "code": {"text": title},
        "population": [
            {
                "code": {"coding": [{"system": POPULATION, "code": each}]},
                **({"_count": _absent("masked")} if counts[each] is None else {"count": counts[each]}),
            }
            for each in POPULATIONS
        ],
    }
