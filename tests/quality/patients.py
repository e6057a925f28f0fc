"""Makers of small FHIR patients, and the counts that a measure gives them."""

from datetime import date
from typing import Any

from app.quality.catalogue import MEASURES
from app.quality.criteria import Case
from app.quality.fhir import FhirSource
from app.quality.measure import Outcome, judge
from app.quality.timing import Window
from app.quality.valuesets import starter

PERIOD = Window(date(2025, 1, 1), date(2025, 12, 31))
SCT, LOINC, CPT = "http://snomed.info/sct", "http://loinc.org", "http://www.ama-assn.org/go/cpt"
ICD, RXNORM = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.nlm.nih.gov/research/umls/rxnorm"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def person(birth: str, sex: str = "female", **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p", "birthDate": birth, "gender": sex, **more}


def theirs(kind: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": f"{kind}-1", "subject": {"reference": "Patient/p"}, **more}


def visit(day: str = "2025-03-03", code: str = "99213", status: str = "finished", **more: Any) -> dict[str, Any]:
    period = {"start": f"{day}T09:00:00Z", "end": f"{day}T09:20:00Z"}
    return theirs("Encounter", status=status, type=[concept(CPT, code)], period=period, **more)


def condition(code: str, onset: str, status: str = "active", system: str = SCT, **more: Any) -> dict[str, Any]:
    clinical = concept("http://terminology.hl7.org/CodeSystem/condition-clinical", status)
    return theirs("Condition", code=concept(system, code), clinicalStatus=clinical, onsetDateTime=onset, **more)


def observation(
    code: str, at: str, category: str = "laboratory", status: str = "final", system: str = LOINC, **more: Any
) -> dict[str, Any]:
    filed = concept("http://terminology.hl7.org/CodeSystem/observation-category", category)
    fixed = {"status": status, "category": [filed], "code": concept(system, code), "effectiveDateTime": at}
    return theirs("Observation", **fixed, **more)


def pressure(systolic: float, diastolic: float, at: str, **more: Any) -> dict[str, Any]:
    def part(code: str, value: float) -> dict[str, Any]:
        return {"code": concept(LOINC, code), "valueQuantity": {"value": value, "code": "mm[Hg]"}}

    parts = [part("8480-6", systolic), part("8462-4", diastolic)]
    return observation("85354-9", at, "vital-signs", component=parts, **more)


def outcomes(measure: str, *resources: dict[str, Any], period: Window = PERIOD) -> tuple[Outcome, ...]:
    (history,) = FhirSource(resources).histories()
    return judge(MEASURES[measure], Case(history, period, starter()))


def counts(measure: str, *resources: dict[str, Any], period: Window = PERIOD) -> str:
    """Which populations count the patient: I, D, X (excluded), N, E (exception)."""
    (found, *_) = outcomes(measure, *resources, period=period)
    letters = zip("IDXNE", found.counts.values(), strict=True)
    return "".join(letter for letter, count in letters if count)
