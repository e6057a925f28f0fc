"""FHIR R4 resources (bundles, NDJSON) as histories."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.quality.fhir_times import date_of, moment, span_of, supply
from app.quality.record import Coding, Entry, History, Quantity, grouped
from app.quality.timing import EVER, Interval
from app.quality.valuesets import short

Resource = Mapping[str, Any]
SUBJECTS = ("subject", "patient", "for", "beneficiary")
CODES = {
    "Encounter": "type",
    "MedicationRequest": "medicationCodeableConcept",
    "DeviceRequest": "codeCodeableConcept",
}
KINDS = frozenset(
    {"Condition", "Observation", "Procedure", "ServiceRequest", "Task", *CODES},
)
NOT_SO = frozenset({"refuted", "entered-in-error"})
NEGATIONS = ("notdone", "notrequested", "not-done")
NOT_TO_PERFORM = "/qicore-doNotPerform"
REASONS = ("/qicore-notDoneReason", "/qicore-doNotPerformReason")


@dataclass
class FhirSource:
    """Resources of any number of patients; times are read on the wall of `zone`."""

    resources: Iterable[Resource]
    zone: tzinfo = UTC
    gaps: Mapping[str, str] = field(default_factory=dict)

    def histories(self) -> Iterator[History]:
        """Each patient with a Patient resource, once."""
        patients: dict[str, Resource] = {}
        theirs: dict[str, list[Resource]] = defaultdict(list)
        drugs: dict[str, Resource] = {}
        for resource in self.resources:
            if resource.get("resourceType") == "Patient" and isinstance(resource.get("id"), str):
                patients[resource["id"]] = resource
            elif resource.get("resourceType") == "Medication" and isinstance(resource.get("id"), str):
                drugs[resource["id"]] = resource
            elif resource.get("resourceType") in KINDS and (who := _subject(resource)):
                theirs[who].append(resource)
        for identity, patient in patients.items():
            told = [_with_drug(each, drugs) for each in theirs[identity] if not _is_refuted(each)]
            yield self._history(identity, patient, told)

    def _history(self, identity: str, patient: Resource, resources: list[Resource]) -> History:
        entries = [_entry(each, self.zone) for each in resources]
        return History(
            identity,
            date_of(patient.get("birthDate")),
            str(patient.get("gender") or "unknown"),
            _deceased(patient, self.zone),
            grouped(entries),
        )


def read(path: Path) -> Iterator[Resource]:
    """The resources of a file (.json or .ndjson, perhaps .gz) or of all such files of a folder.

    Raises `ValueError` with the place of what is no JSON object.
    """
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if ".json" in each.suffixes or ".ndjson" in each.suffixes:
                yield from read(each)
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        documents = enumerate(lines, 1) if ".ndjson" in path.suffixes else [(1, lines.read())]
        for number, text in documents:
            if text.strip():
                yield from _unpacked(_parsed(text, f"{path.name}, line {number}"))


def _parsed(text: str, place: str) -> Resource:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
    return found if isinstance(found, dict) else {}


def _unpacked(resource: Resource) -> Iterator[Resource]:
    if resource.get("resourceType") != "Bundle":
        yield resource
        return
    for entry in _many(resource.get("entry")):
        if isinstance(entry.get("resource"), dict):
            yield from _unpacked(entry["resource"])


def _entry(resource: Resource, zone: tzinfo) -> Entry:
    kind = resource["resourceType"]
    setting = resource.get("class")
    hospitalization = resource.get("hospitalization")
    quantity = _quantity(resource.get("valueQuantity"))
    return Entry(
        kind,
        str(resource.get("id") or ""),
        codes=_codings(resource.get(CODES.get(kind, "code"))),
        status=_status(resource),
        span=_span(resource, zone),
        authored=moment(resource.get("authoredOn") or resource.get("issued"), zone),
        intent=str(resource.get("intent") or ""),
        categories=frozenset(each.code for each in _codings(resource.get("category"))),
        quantity=quantity,
        answers=_codings(resource.get("valueCodeableConcept")),
        valued=any(key.startswith("value") for key in resource),
        components=_components(resource),
        reasons=_codings(resource.get("reasonCode")),
        sites=_codings(resource.get("bodySite")),
        disposition=_codings(hospitalization.get("dischargeDisposition")) if isinstance(hospitalization, dict) else (),
        setting=str(setting.get("code") or "") if isinstance(setting, dict) else "",
        encounter=_target(resource.get("encounter")),
        based_on=frozenset(target for each in _many(resource.get("basedOn")) if (target := _target(each))),
        refused=_refused(resource),
        refusal=_refusal(resource),
    )


def _with_drug(request: Resource, drugs: Mapping[str, Resource]) -> Resource:
    """A prescription that refers to its medication (contained, or beside it) with that medication's code."""
    reference = request.get("medicationReference")
    if not isinstance(reference, dict):
        return request
    inside = {f"#{each.get('id')}": each for each in _many(request.get("contained"))}
    drug = inside.get(str(reference.get("reference"))) or drugs.get(_target(reference) or "")
    return {**request, "medicationCodeableConcept": drug.get("code")} if drug else request


def _status(resource: Resource) -> str:
    if _is(resource, "Condition"):
        return next((each.code for each in _codings(resource.get("clinicalStatus"))), "")
    return str(resource.get("status") or "")


def _span(resource: Resource, zone: tzinfo) -> Interval | None:
    match resource["resourceType"]:
        case "Encounter":
            return span_of(resource.get("period"), zone)
        case "Observation":
            told = ("effectivePeriod", "effectiveDateTime", "effectiveInstant")
            return span_of(next((resource[key] for key in told if key in resource), None), zone)
        case "Procedure":
            return span_of(resource.get("performedPeriod") or resource.get("performedDateTime"), zone)
        case "Task":
            return span_of(resource.get("executionPeriod"), zone)
        case "MedicationRequest":
            return supply(resource, zone)
        case "Condition":
            return _prevalence(resource, zone)
    return None


def _prevalence(resource: Resource, zone: tzinfo) -> Interval:
    """From onset, else from when it was recorded, to abatement; without either from ever.

    An active condition without abatement goes on, any other has an unknown end.
    """
    told = resource.get("onsetPeriod") or resource.get("onsetDateTime") or resource.get("recordedDate")
    onset = span_of(told, zone)
    abated = span_of(resource.get("abatementPeriod") or resource.get("abatementDateTime"), zone)
    ongoing = abated is None and _status(resource) in ("active", "recurrence", "relapse")
    start = onset.start if onset and onset.start else EVER
    return Interval(start, abated.end if abated else None, ongoing)


def _is_refuted(resource: Resource) -> bool:
    """A diagnosis that turned out wrong, or was entered by mistake, is none."""
    return any(each.code in NOT_SO for each in _codings(resource.get("verificationStatus")))


def _refused(resource: Resource) -> bool:
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    told = (
        each.get("valueBoolean") is True and str(each.get("url")).endswith(NOT_TO_PERFORM)
        for each in _many(resource.get("modifierExtension"))
    )
    return (
        resource.get("doNotPerform") is True
        or resource.get("status") == "not-done"
        or any(word in str(each).lower() for each in profiles or () for word in NEGATIONS)
        or any(told)
    )


def _refusal(resource: Resource) -> tuple[Coding, ...]:
    reasons = [
        coding
        for each in _many(resource.get("extension"))
        if str(each.get("url")).endswith(REASONS)
        for coding in _codings(each.get("valueCodeableConcept"))
    ]
    return (*reasons, *_codings(resource.get("statusReason")))


def _components(resource: Resource) -> tuple[tuple[Coding, Quantity], ...]:
    return tuple(
        (coding, quantity)
        for each in _many(resource.get("component"))
        if (quantity := _quantity(each.get("valueQuantity")))
        for coding in _codings(each.get("code"))
    )


def _deceased(patient: Resource, zone: tzinfo) -> date | None:
    found = moment(patient.get("deceasedDateTime"), zone)
    return found.date() if found else None


def _quantity(found: object) -> Quantity | None:
    if not isinstance(found, dict) or isinstance(found.get("value"), bool):
        return None
    value = found.get("value")
    if not isinstance(value, int | float):
        return None
    unit = found.get("code") or found.get("unit")
    return Quantity(Decimal(str(value)), str(unit).partition("{")[0] if unit else None)


def _codings(concepts: object) -> tuple[Coding, ...]:
    return tuple(
        Coding(short(each.get("system")), str(each["code"]))
        for concept in _many(concepts)
        for each in _many(concept.get("coding"))
        if each.get("code")
    )


def _many(found: object) -> list[Resource]:
    return [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]


def _is(resource: Resource, kind: str) -> bool:
    return resource.get("resourceType") == kind


def _subject(resource: Resource) -> str | None:
    return next((target for key in SUBJECTS if (target := _target(resource.get(key)))), None)


def _target(reference: object) -> str | None:
    """The identity that a reference ends with, be it relative, absolute or a URN."""
    told = reference.get("reference") if isinstance(reference, dict) else None
    return told.rsplit("/", 1)[-1].removeprefix("urn:uuid:") or None if isinstance(told, str) else None
