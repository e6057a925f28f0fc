"""What patients do with their own record: read messages and results, write to the practice, ask for things.

Everything is opened from sealed columns: never cache it. Each call leaves its line in the audit log and commits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select

from app.core.actor import Actor
from app.core.clock import local_day, now
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.permissions import Permission
from app.extensions import db
from app.models import Clinic, Medication, Message, Observation, Organization, Patient, Result, ResultItem, Task
from app.models.staff import REQUESTS
from app.services import access
from app.services.chart.chart_contacts import (
    MESSAGES,
    READY,
    RESULTS,
    MessageLine,
    ResultLine,
    messages_in,
    result_line,
    results_in,
)
from app.services.chart.chart_medication import MEDICINES, Medicine, medicines_in
from app.services.chart.chart_reading import records_of

LISTED = 100
SUBJECT, BODY, NOTE = 120, 5000, 500  # characters
OPEN_REQUESTS = 10  # that a patient may have at a time
TIMES = {"any": "any time", "morning": "in the morning", "afternoon": "in the afternoon"}
_ANSWER_WITHIN = {"refill_request": timedelta(days=2), "visit_request": timedelta(days=1)}


@dataclass(frozen=True)
class Value:
    """One finding of a result with its reference range."""

    name: str | None
    value: Decimal | None
    text: str | None
    unit: str | None
    low: Decimal | None
    high: Decimal | None
    abnormal: bool | None


def messages(actor: Actor) -> tuple[MessageLine, ...]:
    """The messages between patient and practice, the newest first."""
    patient = _own(actor, "message.list")
    found = records_of(patient, {"messages": replace(MESSAGES, limit=LISTED)})
    db.session.commit()
    return messages_in(found.found["messages"])


def message(actor: Actor, message_id: UUID) -> MessageLine:
    """One message, read from now on; raises NotFound for one that is not of the patient."""
    patient = _own(actor, "message.read")
    part = replace(MESSAGES, where=(Message.id == message_id,))
    found = records_of(patient, {"messages": part}).found["messages"]
    if not found:
        raise NotFound("There is no such message.")
    record: Message = found[0].record
    if record.sender == "practice" and record.read_at is None:
        record.read_at = now()
    db.session.commit()
    return messages_in(found)[0]


def send(actor: Actor, subject: str, body: str, answers: UUID | None = None) -> Message:
    """Stores a message to the practice; raises Invalid with what is wrong by field."""
    subject, body = _clean(subject), _clean(body)
    _refuse(
        subject=_too("Say in a few words what it is about.", subject, SUBJECT),
        body=_too("Write your message.", body, BODY),
    )
    patient = _own(actor, "message.send")
    at, zone = now(), _zone(patient)
    written = Message(
        organization_id=patient.organization_id,
        clinic_id=patient.home_clinic_id,
        patient_id=patient.id,
        practitioner_id=patient.practitioner_id,
        in_reply_to_id=_answered(patient, answers) if answers else None,
        sender="patient",
        channel="portal",
        sent_at=at,
        local_day=local_day(at, zone),
    )
    _seal(written, subject=subject, body=body)
    db.session.commit()
    return written


def _answered(patient: Patient, message_id: UUID) -> UUID:
    """The message that is answered, with the time of its first answer."""
    before = db.session.get(Message, (patient.organization_id, message_id))
    if before is None or before.patient_id != patient.id:
        raise NotFound("There is no such message.")
    if before.answered_at is None:
        before.answered_at = now()
        before.answer_minutes = min(32767, int((before.answered_at - before.sent_at).total_seconds() // 60))
    return before.id


def results(actor: Actor) -> tuple[ResultLine, ...]:
    """The patient's reports, the newest first."""
    patient = _own(actor, "result.list")
    found = records_of(patient, {"results": replace(RESULTS, limit=LISTED)})
    db.session.commit()
    return results_in(found.found["results"])


def result(actor: Actor, result_id: UUID) -> tuple[ResultLine, tuple[Value, ...]]:
    """One report with its findings, seen from now on; raises NotFound for one that is not of the patient or not
    ready."""
    patient = _own(actor, "result.read")
    report = db.session.get(Result, (patient.organization_id, result_id))
    if report is None or report.patient_id != patient.id or report.status not in READY:
        raise NotFound("There is no such result.")
    line = result_line(report)
    report.viewed_at = report.viewed_at or now()
    values = _values(report)
    db.session.commit()
    return line, values


def _values(report: Result) -> tuple[Value, ...]:
    query = (
        select(Observation)
        .join(
            ResultItem,
            (ResultItem.organization_id == Observation.organization_id) & (ResultItem.observation_id == Observation.id),
        )
        .where(ResultItem.organization_id == report.organization_id, ResultItem.result_id == report.id)
        .order_by(ResultItem.id)
    )
    return tuple(
        Value(each.name, each.value, each.text, each.unit, each.low, each.high, each.abnormal)
        for each in db.session.scalars(query)
    )


def medicines(actor: Actor) -> tuple[Medicine, ...]:
    """What a refill can be asked for."""
    patient = _own(actor, "chart.read")
    found = records_of(patient, {"medicines": MEDICINES})
    db.session.commit()
    return medicines_in(found.found["medicines"], patient, _zone(patient))


def ask_refill(actor: Actor, medication_id: UUID | None, note: str) -> Task:
    """A request for the practice to renew a medicine; raises Invalid by field, Conflict above `OPEN_REQUESTS`."""
    note = _clean(note)
    _refuse(
        medicine="" if medication_id else "Choose a medicine.",
        note=_too("", note, NOTE),
    )
    patient = _own(actor, "refill.request")
    medication = db.session.get(Medication, (patient.organization_id, medication_id))
    if medication is None or medication.patient_id != patient.id or medication.status != "active":
        raise Invalid("Please look at the marked fields.", fields={"medicine": "Choose a medicine of your list."})
    return _request(patient, "refill_request", f"Refill: {medication.name or 'medicine of the list'}", note)


def ask_visit(actor: Actor, reason: str, time: str, earliest: date | None) -> Task:
    """A request for reception to book a visit; raises Invalid by field, Conflict above `OPEN_REQUESTS`."""
    reason = _clean(reason)
    _refuse(
        reason=_too("Say in a few words what the visit is for.", reason, NOTE),
        time="" if time in TIMES else "Choose a time of the day.",
    )
    patient = _own(actor, "visit.request")
    when = f"{TIMES[time]}, from {earliest.isoformat()}" if earliest else TIMES[time]
    return _request(patient, "visit_request", f"Wishes a visit ({when})", reason)


def _request(patient: Patient, kind: str, title: str, note: str) -> Task:
    of_patient = (Task.organization_id == patient.organization_id, Task.patient_id == patient.id)
    waiting = select(func.count()).where(*of_patient, Task.kind.in_(REQUESTS), Task.done_at.is_(None))
    if db.session.scalars(waiting).one() >= OPEN_REQUESTS:
        raise Conflict("You have asked for several things that the practice has not answered yet. Please phone.")
    day = local_day(now(), _zone(patient))
    task = Task(
        organization_id=patient.organization_id,
        clinic_id=patient.home_clinic_id,
        patient_id=patient.id,
        practitioner_id=patient.practitioner_id,
        kind=kind,
        created_day=day,
        due_day=day + _ANSWER_WITHIN[kind],
    )
    _seal(task, title=f"{title}. {note}" if note else title)
    db.session.commit()
    return task


def _own(actor: Actor, action: str) -> Patient:
    """The actor's own record, with the line of what is done with it."""
    actor.require(Permission.OWN_RECORD)
    if actor.patient_id is None:
        raise Forbidden("Your login is not linked to a patient's record. Ask the practice.", code="DASH_006")
    return access.chart_for(actor, actor.patient_id, action)


def _seal(row: Message | Task, **texts: str) -> None:
    """Stores a row and seals its texts, which are bound to its id."""
    db.session.add(row)
    db.session.flush()
    for name, text in texts.items():
        setattr(row, name, text)


def _zone(patient: Patient) -> str:
    query = (
        select(func.coalesce(Clinic.zone, Organization.zone))
        .select_from(Organization)
        .outerjoin(Clinic, (Clinic.organization_id == Organization.id) & (Clinic.id == patient.home_clinic_id))
        .where(Organization.id == patient.organization_id)
    )
    return db.session.scalars(query).one()


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()


def _too(missing: str, text: str, longest: int) -> str:
    """What is wrong with a text; empty where nothing is."""
    if not text:
        return missing
    return f"Use at most {longest} characters." if len(text) > longest else ""


def _refuse(**faults: str) -> None:
    found: Mapping[str, str] = {name: words for name, words in faults.items() if words}
    if found:
        raise Invalid("Please look at the marked fields.", fields=dict(found))
