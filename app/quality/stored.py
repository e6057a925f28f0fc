"""An organization's records as histories, read in batches of patients; the organization's scope must be open."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Text, any_, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.extensions import db
from app.models import (
    ClinicalOrder,
    Condition,
    Drug,
    Encounter,
    Invoice,
    InvoiceLine,
    LoadedValueSet,
    Medication,
    Observation,
    Patient,
    Procedure,
)
from app.quality.record import Coding, Entry, History, Quantity, grouped
from app.quality.timing import EVER, Interval, days_long, whole_days
from app.quality.valuesets import ValueSet, ValueSets, starter

BATCH = 2000
GAPS = {
    "DeviceRequest": "orders of devices are not stored",
    "Task": "reports that close a referral are not stored",
    "Encounter.disposition": "where a stay was discharged to is not stored",
    "Observation.value code": "coded answers are stored as words only",
    "Condition.bodySite": "the side of a condition is not stored",
    "category exam": "findings of examinations are not told from other ones",
    "refusals": "reasons for not doing something are not stored",
}
UNTYPED = "no encounter says which service it was, by its type or its invoice"
SYSTOLIC, DIASTOLIC = Coding("loinc", "8480-6"), Coding("loinc", "8462-4")
PRESSURE = Coding("loinc", "85354-9")
CATEGORIES = {
    "problem": "problem-list-item",
    "encounter_diagnosis": "encounter-diagnosis",
    "health_concern": "health-concern",
    "vital_sign": "vital-signs",
}


def value_sets(organization_id: UUID) -> ValueSets:
    """The starter sets, with each that the organization loaded in its place.

    Many systems do not say of which kind a visit was: those count as office visits until the organization loads these.
    """
    query = select(LoadedValueSet).where(LoadedValueSet.organization_id == organization_id)
    by_oid = {each.oid: each for each in starter().sets.values() if each.oid}
    found = [
        ValueSet(mine.key, row.title, row.oid, {name: frozenset(codes) for name, codes in row.codes.items()}, True)
        for row in db.session.scalars(query)
        if (mine := by_oid.get(row.oid))
    ]
    return starter().with_general_visits().with_sets(found)


@dataclass
class StoredSource:
    """The patients of an organization: those of some clinics, of one doctor, one alone, or all.

    A doctor's patients are those whose usual doctor it is, and whom the doctor saw from `seen_from` to `seen_to`.
    """

    organization_id: UUID
    zone: ZoneInfo
    clinics: tuple[UUID, ...] = ()
    practitioner: UUID | None = None
    seen_from: date | None = None
    seen_to: date | None = None
    only: UUID | None = None
    _clock: Callable[[datetime | None], datetime | None] = field(init=False)

    def __post_init__(self) -> None:
        self._clock = lambda moment: moment.astimezone(self.zone).replace(tzinfo=None) if moment else None

    @cached_property
    def gaps(self) -> Mapping[str, str]:
        """What the tables cannot carry; encounters without any type in the whole organization are one more."""
        mine = Encounter.organization_id == self.organization_id
        typed = select(exists().where(mine, Encounter.type_code.is_not(None)))
        billed = select(
            exists().where(InvoiceLine.organization_id == self.organization_id, InvoiceLine.code.is_not(None))
        )
        known = db.session.scalar(typed) or db.session.scalar(billed)
        return GAPS if known else {**GAPS, "Encounter.code": UNTYPED}

    @cached_property
    def _findings(self) -> Any:
        """Observations that a value set knows; most of a chart is none of them and need not be read."""
        codes = value_sets(self.organization_id).exact()
        return or_(Observation.kind == "blood_pressure", Observation.code == any_(literal(codes, ARRAY(Text))))

    def histories(self) -> Iterator[History]:
        """Every patient who is no test, once."""
        ids = db.session.execute(self._patients()).all()
        for first in range(0, len(ids), BATCH):
            yield from self._batch(ids[first : first + BATCH])

    def _patients(self) -> Select[Any]:
        columns: tuple[Any, ...] = (Patient.id, Patient.birth_date, Patient.sex, Patient.deceased_on)
        query: Select[Any] = (
            select(*columns).where(Patient.organization_id == self.organization_id).order_by(Patient.id)
        )
        if self.only is not None:
            query = query.where(Patient.id == self.only)
        if self.clinics:
            query = query.where(Patient.home_clinic_id.in_(self.clinics))
        if self.practitioner is None:
            return query
        seen = exists().where(
            Encounter.organization_id == self.organization_id,
            Encounter.patient_id == Patient.id,
            Encounter.practitioner_id == self.practitioner,
            Encounter.local_day.between(self.seen_from, self.seen_to),
        )
        return query.where(or_(Patient.practitioner_id == self.practitioner, seen))

    def _batch(self, patients: Sequence[Any]) -> Iterator[History]:
        ids = [each.id for each in patients]
        theirs: dict[UUID, list[Entry]] = defaultdict(list)
        services = self._services(ids)
        for row in self._rows(ids, Encounter, Encounter.id, Encounter.status, Encounter.setting, Encounter.type_code,
                              Encounter.starts_at, Encounter.ends_at, Encounter.appointment_id):  # fmt: skip
            theirs[row.patient_id].append(self._encounter(row, services))
        for row in self._rows(ids, Condition, Condition.id, Condition.code, Condition.status, Condition.category,
                              Condition.onset_day, Condition.recorded_day, Condition.abated_day):  # fmt: skip
            theirs[row.patient_id].append(_condition(row))
        for row in self._rows(ids, Observation, Observation.id, Observation.code, Observation.kind, Observation.status,
                              Observation.category, Observation.observed_at, Observation.value, Observation.unit,
                              Observation.systolic, Observation.diastolic, Observation.encounter_id,
                              Observation.text_sealed.is_not(None).label("told")):  # fmt: skip
            theirs[row.patient_id].append(self._observation(row))
        for row in self._rows(ids, Procedure, Procedure.id, Procedure.code, Procedure.status, Procedure.performed_at,
                              Procedure.ended_at):  # fmt: skip
            theirs[row.patient_id].append(self._procedure(row))
        for row in self._rows(ids, ClinicalOrder, ClinicalOrder.id, ClinicalOrder.code, ClinicalOrder.status,
                              ClinicalOrder.ordered_at):  # fmt: skip
            theirs[row.patient_id].append(self._order(row))
        for row in db.session.execute(self._medications(ids)):
            theirs[row.patient_id].append(_medication(row))
        for each in patients:
            yield History(str(each.id), each.birth_date, each.sex, each.deceased_on, grouped(theirs[each.id]))

    def _rows(self, ids: Sequence[UUID], model: Any, *columns: Any) -> Any:
        query = select(model.patient_id, *columns).where(
            model.organization_id == self.organization_id, model.patient_id.in_(ids)
        )
        return db.session.execute(query.where(self._findings) if model is Observation else query)

    def _services(self, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
        """The codes billed for each encounter, and for each appointment, by its id."""
        codes: dict[UUID, set[str]] = defaultdict(set)
        query = (
            select(Invoice.encounter_id, Invoice.appointment_id, InvoiceLine.code)
            .join(
                InvoiceLine,
                (InvoiceLine.organization_id == Invoice.organization_id) & (InvoiceLine.invoice_id == Invoice.id),
            )
            .where(
                Invoice.organization_id == self.organization_id,
                Invoice.patient_id.in_(ids),
                Invoice.status != "cancelled",
                InvoiceLine.code.is_not(None),
            )
        )
        for encounter, appointment, code in db.session.execute(query):
            for each in (encounter, appointment):
                if each is not None and code is not None:
                    codes[each].add(code)
        return codes

    def _medications(self, ids: Sequence[UUID]) -> Select[Any]:
        columns: tuple[Any, ...] = (
            Medication.patient_id,
            Medication.id,
            Medication.status,
            Medication.reported,
            Medication.code,
            Drug.code.label("drug_code"),
            Medication.prescribed_day,
            Medication.starts_on,
            Medication.ends_on,
            Medication.supply_days,
            Medication.refills,
        )
        return (
            select(*columns)
            .join(
                Drug,
                (Drug.organization_id == Medication.organization_id) & (Drug.id == Medication.drug_id),
                isouter=True,
            )
            .where(Medication.organization_id == self.organization_id, Medication.patient_id.in_(ids))
        )

    def _encounter(self, row: Any, services: Mapping[UUID, set[str]]) -> Entry:
        """A finished contact without an end took place when it began."""
        start, end = self._clock(row.starts_at), self._clock(row.ends_at)
        over = row.status == "finished"
        span = Interval(start, end or (start if over else None), ongoing=not over)
        status = row.status.replace("_", "-")
        billed = services.get(row.id, set()) | services.get(row.appointment_id, set())
        codes = _coded(row.type_code, *sorted(billed))
        return Entry("Encounter", str(row.id), codes, status, span=span, setting=row.setting or "")

    def _observation(self, row: Any) -> Entry:
        taken = self._clock(row.observed_at)
        is_pressure = row.kind == "blood_pressure"
        parts = ((SYSTOLIC, row.systolic), (DIASTOLIC, row.diastolic))
        return Entry(
            "Observation",
            str(row.id),
            (PRESSURE,) if is_pressure else _coded(row.code),
            row.status,
            span=Interval(taken, taken) if taken else None,
            categories=frozenset({CATEGORIES.get(row.category, row.category)}),
            quantity=None if row.value is None else Quantity(row.value, (row.unit or "").partition("{")[0] or None),
            valued=row.value is not None or row.systolic is not None or row.told,
            components=tuple((code, Quantity(Decimal(value), "mm[Hg]")) for code, value in parts if value is not None),
            encounter=str(row.encounter_id) if row.encounter_id else None,
        )

    def _procedure(self, row: Any) -> Entry:
        start = self._clock(row.performed_at)
        span = Interval(start, self._clock(row.ended_at) or start)
        return Entry("Procedure", str(row.id), _coded(row.code), row.status.replace("_", "-"), span=span)

    def _order(self, row: Any) -> Entry:
        codes, status = _coded(row.code), row.status.replace("_", "-")
        return Entry("ServiceRequest", str(row.id), codes, status, authored=self._clock(row.ordered_at), intent="order")


def _condition(row: Any) -> Entry:
    """From onset, else from when it was recorded, else from ever, to its abatement; an active one without goes on."""
    begun = row.onset_day or row.recorded_day
    start = whole_days(begun, begun).start if begun else EVER
    end = whole_days(row.abated_day, row.abated_day).end if row.abated_day else None
    ongoing = end is None and row.status in ("active", "recurrence", "relapse")
    categories = frozenset({CATEGORIES[row.category]}) if row.category else frozenset()
    span = Interval(start, end, ongoing)
    return Entry("Condition", str(row.id), _coded(row.code), row.status, span=span, categories=categories)


def _medication(row: Any) -> Entry:
    """A prescription reaches to its last day, else for the days supplied with all refills."""
    begun = row.starts_on or row.prescribed_day
    span = None
    if begun and row.ends_on and row.ends_on >= begun:
        span = whole_days(begun, row.ends_on)
    elif begun and row.supply_days:
        start = whole_days(begun, begun).start
        span = days_long(start, row.supply_days * (1 + (row.refills or 0))) if start else None
    authored = whole_days(row.prescribed_day, row.prescribed_day).start if row.prescribed_day else None
    kind = "MedicationStatement" if row.reported else "MedicationRequest"
    codes, status = _coded(row.code, row.drug_code), row.status.replace("_", "-")
    return Entry(kind, str(row.id), codes, status, span=span, authored=authored, intent="order")


def _coded(*codes: str | None) -> tuple[Coding, ...]:
    """Codes are stored without their systems."""
    return tuple(Coding(None, code) for code in codes if code)
