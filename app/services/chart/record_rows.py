"""The records behind a figure with the names that belong to them; each patient shown leaves a line in the audit log."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import TooLarge
from app.core.permissions import Permission
from app.extensions import db
from app.metrics.rows import Part, Record, rows
from app.metrics.types import Query
from app.models import AuditEvent, Clinic, Department, Patient, Practitioner, SourceRecord
from app.services import audit
from app.services.chart.record_fields import Field, RecordKind, kind_of

LARGEST = 20_000  # records in one file
_OPENED, _READ = "metric.explain", "metric.rows"
_OPENERS_DAYS = 30


@dataclass(frozen=True)
class RecordRow:
    """One record; `values` follow the fields of its list. Names are opened from sealed columns: never cache them."""

    record: Record
    source_name: str | None
    patient: str | None
    record_number: str | None
    clinic: str | None
    zone: str | None
    department: str | None
    doctor: str | None
    values: tuple[Any, ...]


@dataclass(frozen=True)
class RecordRows:
    """A page of the records of one part of a figure. `total` and `amount` are of all of them, not of the page."""

    kind: RecordKind
    fields: tuple[Field, ...]
    rows: tuple[RecordRow, ...]
    total: int
    amount: int | Decimal


def read(
    actor: Actor, metric: str, query: Query, part: Part = Part.NUMERATOR, first: int = 0, size: int | None = None
) -> RecordRows:
    """The records from the `first` on, at most `size` (None: all), in order of their day.

    Writes a line that they were opened and one for each patient shown, and commits before anything is handed out.
    Raises Forbidden without the right to read records, TooLarge for more than LARGEST at once.
    """
    actor.require(Permission.RECORDS_READ)
    found = rows(metric, query, actor, part, first, LARGEST if size is None else min(size, LARGEST))
    shown = found.records
    if size is None and found.total - first > LARGEST:
        raise TooLarge(f"These are {found.total - first:,} records. Choose a shorter period.")
    kind = kind_of(found.table)
    listed = _listed(actor.organization_id, shown, kind)
    audit.record(actor, _READ, "metric", metric, part=part.value, records=len(shown))
    audit.record_reads(actor, _READ, "patient", [one.patient_id for one in shown if one.patient_id is not None])
    db.session.commit()
    return RecordRows(kind, kind.fields, listed, found.total, found.amount)


def note_opening(actor: Actor, metric: str) -> None:
    """Writes that somebody opened the explanation of a figure; commits."""
    audit.record(actor, _OPENED, "metric", metric)
    db.session.commit()


def openers(actor: Actor, metric: str) -> int:
    """How many people opened the metric's explanation within the last 30 days."""
    query = select(func.count(AuditEvent.actor_id.distinct())).where(
        AuditEvent.organization_id == actor.organization_id,
        AuditEvent.at >= now() - timedelta(days=_OPENERS_DAYS),
        AuditEvent.action == _OPENED,
        AuditEvent.object_id == metric,
    )
    return db.session.scalars(query).one()


def _listed(organization_id: UUID, records: Sequence[Record], kind: RecordKind) -> tuple[RecordRow, ...]:
    models = {table: kind_of(table).model for table in {one.table for one in records} if kind_of(table).fields}
    stored = {
        table: _by_id(model, organization_id, (one.id for one in records if one.table == table))
        for table, model in models.items()
    }
    patients = _by_id(Patient, organization_id, (one.patient_id for one in records))
    places = {
        "clinic": _by_id(Clinic, organization_id, (one.clinic_id for one in records)),
        "department": _by_id(Department, organization_id, (one.department_id for one in records)),
        "doctor": _by_id(Practitioner, organization_id, (one.practitioner_id for one in records)),
    }
    names = _source_names(organization_id, [one.id for one in records])
    return tuple(
        _row(one, stored.get(one.table, {}).get(one.id), patients, places, names.get(one.id), kind) for one in records
    )


def _row(
    one: Record,
    stored: Any,
    patients: Mapping[UUID, Patient],
    places: Mapping[str, Mapping[UUID, Any]],
    source_name: str | None,
    kind: RecordKind,
) -> RecordRow:
    patient = patients.get(one.patient_id) if one.patient_id else None
    clinic = places["clinic"].get(one.clinic_id) if one.clinic_id else None
    department = places["department"].get(one.department_id) if one.department_id else None
    doctor = places["doctor"].get(one.practitioner_id) if one.practitioner_id else None
    return RecordRow(
        record=one,
        source_name=source_name,
        patient=patient.name if patient else None,
        record_number=patient.record_number if patient else None,
        clinic=clinic.name if clinic else None,
        zone=clinic.zone if clinic else None,
        department=department.name if department else None,
        doctor=doctor.spoken if doctor else None,
        values=tuple(getattr(stored, field.of, None) for field in kind.fields),
    )


def _by_id(model: Any, organization_id: UUID, ids: Iterable[UUID | None]) -> dict[UUID, Any]:
    wanted = {id_ for id_ in ids if id_ is not None}
    if not wanted:
        return {}
    query = select(model).where(model.organization_id == organization_id, model.id.in_(wanted))
    return {row.id: row for row in db.session.scalars(query)}


def _source_names(organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What the source itself calls the records."""
    if not ids:
        return {}
    query = select(SourceRecord.record_id, SourceRecord.name).where(
        SourceRecord.organization_id == organization_id, SourceRecord.record_id.in_(set(ids))
    )
    return dict(db.session.execute(query).all())
