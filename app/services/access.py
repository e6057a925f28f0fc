"""Load and authorise: the only way from an id in a request to a row. What is not the actor's own does not exist."""

import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import TypeVar
from unicodedata import combining, normalize
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, or_, select

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.permissions import Permission, Role
from app.core.tenancy import TenantRow
from app.extensions import db
from app.models import Affiliation, Appointment, Clinic, ImportRun, Patient, Practitioner, ReportRun, Wall
from app.models.keyring import keyring
from app.services import audit

Row = TypeVar("Row", bound=TenantRow)
LOOK = timedelta(hours=1)  # one line of the audit log stands for what an open page shows in this time
LOOKS = ("chart.read", "patient.read", "patient.watch")
_EVERY_PATIENT = frozenset({Role.ADMIN, Role.CLINIC_STAFF})
_EVERY_CHART = frozenset({Role.ADMIN})


def clinic_for(actor: Actor, clinic_id: UUID) -> Clinic:
    """A clinic of the actor's own; raises NotFound."""
    return _one(actor, Clinic, clinic_id, "clinic", *_own_clinics(actor, Clinic.id))


def clinics_for(actor: Actor) -> list[Clinic]:
    """All clinics of the actor's own, by name."""
    query = select(Clinic).where(Clinic.organization_id == actor.organization_id, *_own_clinics(actor, Clinic.id))
    return list(db.session.scalars(query.order_by(Clinic.name, Clinic.id)))


def practitioner_for(actor: Actor, practitioner_id: UUID) -> Practitioner:
    """A practitioner at one of the actor's clinics; a doctor sees only themselves. Raises NotFound."""
    conditions: list[ColumnElement[bool]] = []
    if not actor.can(Permission.METRICS_STAFF):
        conditions.append(Practitioner.id == actor.practitioner_id)
    elif actor.clinic_ids is not None:
        works_here = exists().where(
            Affiliation.organization_id == Practitioner.organization_id,
            Affiliation.practitioner_id == Practitioner.id,
            Affiliation.clinic_id.in_(actor.clinic_ids),
        )
        conditions.append(works_here)
    return _one(actor, Practitioner, practitioner_id, "practitioner", *conditions)


def patient_for(actor: Actor, patient_id: UUID, action: str = "patient.read", again: bool = False) -> Patient:
    """A patient of the actor's own, with the audit line of reading it in this transaction; the caller commits.

    Raises NotFound, and leaves a line of the refusal, for a patient who is not. Without the line there is no data: an
    error while it is written is the answer. `again`: a page that was looked at asks for itself; the line of the look
    stands for it for as long as `LOOK`.
    """
    return _read_patient(actor, patient_id, action, _EVERY_PATIENT, again)


def chart_for(actor: Actor, patient_id: UUID, action: str = "chart.read", again: bool = False) -> Patient:
    """The same for what is in a patient's chart: for the organization's administration, the doctors who treat the
    patient, and the patient. Raises Forbidden for every other role, NotFound for a patient who is not the actor's."""
    actor.require(Permission.CHART_READ)
    return _read_patient(actor, patient_id, action, _EVERY_CHART, again)


def chart_names(actor: Actor, patient_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """The names of those of the patients whose chart the actor may open; whoever shows them writes the audit lines."""
    if not patient_ids or not actor.can(Permission.CHART_READ):
        return {}
    query = select(Patient).where(
        Patient.organization_id == actor.organization_id,
        Patient.id.in_(patient_ids),
        *_own_patients(actor, _EVERY_CHART),
    )
    return {patient.id: patient.name for patient in db.session.scalars(query)}


def known_patients(actor: Actor, patient_ids: Collection[UUID]) -> dict[UUID, Patient]:
    """Those of the patients whose record the actor may open, by id; whoever names them writes the audit lines."""
    if not patient_ids:
        return {}
    query = select(Patient).where(
        Patient.organization_id == actor.organization_id, Patient.id.in_(patient_ids), *_openable(actor)
    )
    return {patient.id: patient for patient in db.session.scalars(query)}


def patients_named(actor: Actor, words: str, born: date) -> list[Patient]:
    """The patients of the actor's own who were born on a day and whose name has a part that begins with each of the
    words, by name; a line of the audit log for each where there are several, since a list names them; commits.

    Names are sealed one by one, so that only those of the day are opened.
    """
    query = select(Patient).where(
        Patient.organization_id == actor.organization_id, Patient.birth_date == born, *_openable(actor)
    )
    wanted = _name_parts(words)
    found = [one for one in db.session.scalars(query) if wanted and _is_called(_name_parts(one.name or ""), wanted)]
    if len(found) > 1:
        audit.record_reads(actor, "patient.find", "patient", [one.id for one in found])
        db.session.commit()
    return sorted(found, key=lambda one: (one.name or "", one.id))


def _name_parts(text: str) -> list[str]:
    """The words of a name without case and accents: "Müller-Lüdenscheidt, Zoë" -> muller, ludenscheidt, zoe."""
    plain = "".join(char for char in normalize("NFKD", text.casefold()) if not combining(char))
    return re.findall(r"\w+", plain)


def _is_called(parts: list[str], wanted: list[str]) -> bool:
    return all(any(part.startswith(word) for part in parts) for word in wanted)


def _openable(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Patients whose record the actor may open: whole, or limited to visits and contact."""
    return _own_patients(actor, _EVERY_CHART if actor.can(Permission.CHART_READ) else _EVERY_PATIENT)


def patient_numbered(actor: Actor, record_number: str) -> UUID | None:
    """The id of a patient of the actor's own by record number; None for every other number. Opening it is another
    step, which leaves the line."""
    digest = keyring(actor.organization_id).blind("record_number_index", record_number)
    query = select(Patient.id).where(
        Patient.organization_id == actor.organization_id,
        Patient.record_number_index == digest,
        *_openable(actor),
    )
    return db.session.scalars(query.limit(1)).one_or_none()


def _read_patient(actor: Actor, patient_id: UUID, action: str, unbounded: frozenset[Role], again: bool) -> Patient:
    try:
        patient = _one(actor, Patient, patient_id, "patient", *_own_patients(actor, unbounded))
    except NotFound:
        audit.record(actor, action, "patient", patient_id, outcome="refused")
        db.session.commit()
        raise
    if not (again and audit.has_line(actor, LOOKS, patient.id, LOOK)):
        audit.record(actor, action, "patient", patient.id, patient_id=patient.id)
    return patient


def import_run_for(actor: Actor, run_id: UUID) -> ImportRun:
    """An import of the organization; raises NotFound."""
    actor.require(Permission.DATA_READ)
    return _one(actor, ImportRun, run_id, "import")


def report_run_for(actor: Actor, run_id: UUID) -> ReportRun:
    """A report of one of the actor's clinics, or one that they asked for themselves; raises NotFound."""
    own = ReportRun.requested_by == actor.user_id
    conditions = [] if actor.clinic_ids is None else [or_(ReportRun.clinic_id.in_(actor.clinic_ids), own)]
    return _one(actor, ReportRun, run_id, "report", *conditions)


def wall_for(actor: Actor, wall_id: UUID) -> Wall:
    """A wall of one of the actor's clinics; raises NotFound."""
    return _one(actor, Wall, wall_id, "wall", *_own_clinics(actor, Wall.clinic_id))


def _one(actor: Actor, model: type[Row], row_id: UUID, noun: str, *conditions: ColumnElement[bool]) -> Row:
    query = select(model).where(model.organization_id == actor.organization_id, model.id == row_id, *conditions)
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no such {noun}.")
    return row


def _own_clinics(actor: Actor, column: SQLColumnExpression[UUID]) -> tuple[ColumnElement[bool], ...]:
    return () if actor.clinic_ids is None else (column.in_(actor.clinic_ids),)


def _own_patients(actor: Actor, unbounded: frozenset[Role]) -> tuple[ColumnElement[bool], ...]:
    """The whole organization for `unbounded` roles, within their clinics; a doctor's own; for a patient themselves."""
    own: list[ColumnElement[bool]] = [Patient.id == actor.patient_id]
    if not actor.can(Permission.RECORDS_READ):
        return (or_(*own),)
    if actor.practitioner_id is not None:
        own += [
            Patient.practitioner_id == actor.practitioner_id,
            _visited(Appointment.practitioner_id == actor.practitioner_id),
        ]
    if actor.roles & unbounded or not actor.roles:  # without a role: the product itself, granted the right by name
        if actor.clinic_ids is None:
            return ()
        own += [
            Patient.home_clinic_id.in_(actor.clinic_ids),
            _visited(Appointment.clinic_id.in_(actor.clinic_ids)),
        ]
    return (or_(*own),)


def _visited(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        Appointment.organization_id == Patient.organization_id, Appointment.patient_id == Patient.id, condition
    )
