"""What is still open for a doctor: results, messages, follow-ups, refills; one statement over the indexes of open work.

Rights and audit lines are the caller's. Opened from sealed columns: never cache it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Select,
    Text,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.extensions import db
from app.insights.clinical import LISTED
from app.models import Medication, Message, Patient, Result, Task

Kind = Literal["result", "message", "follow_up", "refill", "medication"]
KINDS: tuple[Kind, ...] = ("result", "message", "follow_up", "refill", "medication")
_TITLES = {"result": Result.name, "message": Message.subject, "follow_up": Task.title, "refill": Medication.name}

_COLUMNS: dict[str, Any] = {
    "at": DateTime(timezone=True),
    "day": Date(),
    "abnormal": Boolean(),
    "words": Text(),
    "total": Integer(),
}


@dataclass(frozen=True)
class Item:
    """One open thing about a patient. `at`: issued or sent; `day`: due or covered until; `total`: all of its kind,
    known of results and messages; `substance`: of medications."""

    id: UUID
    patient_id: UUID
    patient: str | None
    title: str | None
    at: datetime | None
    day: date | None
    abnormal: bool | None
    total: int
    substance: str | None


def open_items(
    actor: Actor, practitioner_id: UUID, day: date, limit: int, kinds: Sequence[Kind] = KINDS
) -> Mapping[Kind, list[Item]]:
    """The first `limit` of each kind: results, the abnormal ones first; old messages; what was due before `day`.

    Of medications all that an interaction could come of, taken by patients for whom the doctor prescribes one of them.
    """
    arms = {
        "result": _results(actor, practitioner_id),
        "message": _messages(actor, practitioner_id),
        "follow_up": _follow_ups(actor, practitioner_id, day),
        "refill": _refills(actor, practitioner_id, day),
    }
    found_by = {kind: arm.limit(limit) for kind, arm in arms.items()} | {
        "medication": _medications(actor, practitioner_id)
    }
    rows = union_all(*(select(found_by[kind].subquery()) for kind in kinds)).subquery()
    patients = (Patient.organization_id == actor.organization_id) & (Patient.id == rows.c.patient_id)
    found: dict[Kind, list[Item]] = {kind: [] for kind in KINDS}
    query = select(rows, Patient).join(Patient, patients).order_by(rows.c.kind, rows.c.place)
    for row in db.session.execute(query):
        title = _TITLES[row.kind].open(actor.organization_id, row.id, row.title) if row.kind in _TITLES else None
        found[row.kind].append(
            Item(
                row.id,
                row.patient_id,
                row.Patient.name,
                title or row.words,
                row.at,
                row.day,
                row.abnormal,
                row.total,
                row.words,
            )
        )
    return found


def _arm(kind: Kind, model: Any, title: Any, order: tuple[Any, ...], **columns: Any) -> Select[Any]:
    """One kind's rows in one shape; what it does not have is null."""
    found: Select[Any] = select(
        literal(kind).label("kind"),
        model.id.label("id"),
        model.patient_id.label("patient_id"),
        title.label("title"),
        *(columns.get(name, cast(null(), type_)).label(name) for name, type_ in _COLUMNS.items()),
        func.row_number().over(order_by=order).label("place"),
    )
    return found.order_by(*order)


def _results(actor: Actor, practitioner_id: UUID) -> Select[Any]:
    order = (Result.abnormal.is_(True).desc(), Result.issued_at, Result.id)
    total = func.count().over()
    found = _arm(
        "result", Result, Result.name_sealed, order, at=Result.issued_at, abnormal=Result.abnormal, total=total
    )
    return found.where(
        Result.organization_id == actor.organization_id,
        Result.practitioner_id == practitioner_id,
        Result.review == "pending",
        Result.status.in_(("final", "amended")),
    )


def _messages(actor: Actor, practitioner_id: UUID) -> Select[Any]:
    order = (Message.sent_at, Message.id)
    found = _arm("message", Message, Message.subject_sealed, order, at=Message.sent_at, total=func.count().over())
    return found.where(
        Message.organization_id == actor.organization_id,
        Message.practitioner_id == practitioner_id,
        Message.sender == "patient",
        Message.read_at.is_(None),
    )


def _follow_ups(actor: Actor, practitioner_id: UUID, day: date) -> Select[Any]:
    return _arm("follow_up", Task, Task.title_sealed, (Task.due_day, Task.id), day=Task.due_day).where(
        Task.organization_id == actor.organization_id,
        Task.practitioner_id == practitioner_id,
        Task.kind == "follow_up",
        Task.done_at.is_(None),
        Task.due_day < day,
    )


def _refills(actor: Actor, practitioner_id: UUID, day: date) -> Select[Any]:
    order = (Medication.covered_until.desc(), Medication.id)
    columns = {"day": Medication.covered_until, "words": Medication.substance}
    return _arm("refill", Medication, Medication.name_sealed, order, **columns).where(
        Medication.organization_id == actor.organization_id,
        Medication.practitioner_id == practitioner_id,
        Medication.status == "active",
        Medication.covered_until < day,
    )


def _medications(actor: Actor, practitioner_id: UUID) -> Select[Any]:
    own = aliased(Medication)
    prescribed = select(own.patient_id).where(
        own.organization_id == actor.organization_id,
        own.status == "active",
        own.practitioner_id == practitioner_id,
        own.substance.regexp_match(LISTED),
    )
    nothing = cast(null(), LargeBinary())
    return _arm("medication", Medication, nothing, (Medication.id,), words=Medication.substance).where(
        Medication.organization_id == actor.organization_id,
        Medication.status == "active",
        Medication.substance.regexp_match(LISTED),
        Medication.patient_id.in_(prescribed),
    )
