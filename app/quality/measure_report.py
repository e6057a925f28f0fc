"""FHIR R4 MeasureReport: the result of a measure for one patient or for many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.quality.measure import POPULATIONS, Counts, Group, Measure, Outcome, Shown, Summary
from app.quality.timing import Window

POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
IMPROVEMENT = "http://terminology.hl7.org/CodeSystem/measure-improvement-notation"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
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
    evaluated = [{"reference": each} for each in dict.fromkeys(references)]
    return {
        **_head(measure, "individual", period, at, "pending" if unclear else "complete"),
        "subject": {"reference": f"Patient/{patient}"},
        "group": [_individual(group, outcome) for group, outcome in zip(measure.groups, outcomes, strict=True)],
        **({"evaluatedResource": evaluated} if evaluated else {}),  # FHIR has no empty lists
    }


def summary(
    measure: Measure, summaries: Sequence[Summary], shown: Sequence[Shown], period: Window, at: datetime
) -> dict[str, Any]:
    """The report of many patients: the counts as they may be shown, and as score the rate, or why there is none."""
    groups = [_summed(*each) for each in zip(measure.groups, summaries, shown, strict=True)]
    return {**_head(measure, "summary", period, at, "complete"), "group": groups}


def _individual(group: Group, outcome: Outcome) -> dict[str, Any]:
    strata = [{"value": {"text": title}, "population": _populations(outcome.counts)} for title in outcome.strata]
    return {
        "code": {"text": group.title},
        "population": _populations(outcome.counts),
        **_stratified(group, sorted(strata, key=str)),
    }


def _summed(group: Group, found: Summary, shown: Shown) -> dict[str, Any]:
    strata = [
        {
            "value": {"text": title},
            "population": _populations(shown.strata[title]),
            "measureScore": _score(part, shown.strata[title]),
        }
        for title, part in found.strata.items()
    ]
    return {
        "code": {"text": group.title},
        "population": _populations(shown.counts),
        "measureScore": _score(found, shown.counts),
        **_stratified(group, strata),
    }


def _stratified(group: Group, strata: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {"stratifier": [{"code": [{"text": group.strata.by}], "stratum": strata}]} if group.strata and strata else {}


def _score(found: Summary, counts: Counts) -> dict[str, Any]:
    if counts["numerator"] is None:
        return {"_value": _absent("masked")}
    return {"_value": _absent("not-applicable")} if found.rate is None else {"value": round(float(found.rate), 6)}


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


def _populations(counts: Counts) -> list[dict[str, Any]]:
    return [
        {
            "code": {"coding": [{"system": POPULATION, "code": each}]},
            **({"_count": _absent("masked")} if counts[each] is None else {"count": counts[each]}),
        }
        for each in POPULATIONS
    ]
