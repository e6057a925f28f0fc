"""What is still open for a doctor: results, messages, follow-ups, refills; one statement over the indexes of open work.

Rights and audit lines are the caller's. Opened from sealed columns: never cache it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
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
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.statement import Given, Statement
from app.extensions import db
from app.insights.clinical import LISTED
from app.models import Medication, Message, Patient, Result, Task

Kind = Literal["result", "message", "follow_up", "refill", "medication"]
KINDS: tuple[Kind, ...] = ("result", "message", "follow_up", "refill", "medication")
_TITLES = {"result": Result.name, "message": Message.subject, "follow_up": Task.title, "refill": Medication.name}

_MINE, _DOCTOR, _DAY = Given("organization", Uuid), Given("practitioner", Uuid), Given("day", Date)
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
    actor: Actor, practitioner_id: UUID, day: date, limit: int, kinds: tuple[Kind, ...] = KINDS
) -> Mapping[Kind, list[Item]]:
    """The first `limit` of each kind: results, the abnormal ones first; old messages; what was due before `day`.

    Of medications all that an interaction could come of, taken by patients for whom the doctor prescribes one of them.
    """
    given = {"organization": actor.organization_id, "practitioner": practitioner_id, "day": day, "first": limit}
    found: dict[Kind, list[Item]] = {kind: [] for kind in KINDS}
    for row in _statement(kinds).run(db.session(), given):
        title = _TITLES[row.kind].open(actor.organization_id, row.id, row.title) if row.kind in _TITLES else None
        found[row.kind].append(
            Item(
                row.id,
                row.patient_id,
                Patient.name.open(actor.organization_id, row.patient_id, row.patient),
                title or row.words,
                row.at,
                row.day,
                row.abnormal,
                row.total,
                row.words,
            )
        )
    return found


@cache
def _statement(kinds: tuple[Kind, ...]) -> Statement:
    arms = {"result": _results, "message": _messages, "follow_up": _follow_ups, "refill": _refills}
    found_by = {kind: arm().limit(Given("first", Integer)) for kind, arm in arms.items()} | {
        "medication": _medications()
    }
    rows = union_all(*(select(found_by[kind].subquery()) for kind in kinds)).subquery()
    patients = (Patient.organization_id == _MINE) & (Patient.id == rows.c.patient_id)
    query = select(rows, Patient.name_sealed.label("patient")).join_from(rows, Patient, patients)
    return Statement.of(query.order_by(rows.c.kind, rows.c.place))


def _arm(kind: Kind, model: Any, title: Any, order: tuple[Any, ...], **columns: Any) -> Select[Any]:
    """One kind's rows of the doctor in one shape; what it does not have is null."""
    found: Select[Any] = select(
        literal(kind, Text).label("kind"),
        model.id.label("id"),
        model.patient_id.label("patient_id"),
        title.label("title"),
        *(columns.get(name, cast(null(), type_)).label(name) for name, type_ in _COLUMNS.items()),
        func.row_number().over(order_by=order).label("place"),
    )
    return found.where(model.organization_id == _MINE).order_by(*order)


def _results() -> Select[Any]:
    order = (Result.abnormal.is_(True).desc(), Result.issued_at, Result.id)
    total = func.count().over()
    found = _arm(
        "result", Result, Result.name_sealed, order, at=Result.issued_at, abnormal=Result.abnormal, total=total
    )
    return found.where(
        Result.practitioner_id == _DOCTOR, Result.review == "pending", Result.status.in_(("final", "amended"))
    )


def _messages() -> Select[Any]:
    order = (Message.sent_at, Message.id)
    found = _arm("message", Message, Message.subject_sealed, order, at=Message.sent_at, total=func.count().over())
    return found.where(Message.practitioner_id == _DOCTOR, Message.sender == "patient", Message.read_at.is_(None))


def _follow_ups() -> Select[Any]:
    return _arm("follow_up", Task, Task.title_sealed, (Task.due_day, Task.id), day=Task.due_day).where(
        Task.practitioner_id == _DOCTOR, Task.kind == "follow_up", Task.done_at.is_(None), Task.due_day < _DAY
    )


def _refills() -> Select[Any]:
    order = (Medication.covered_until.desc(), Medication.id)
    columns = {"day": Medication.covered_until, "words": Medication.substance}
    return _arm("refill", Medication, Medication.name_sealed, order, **columns).where(
        Medication.practitioner_id == _DOCTOR, Medication.status == "active", Medication.covered_until < _DAY
    )


def _medications() -> Select[Any]:
    own = aliased(Medication)
    prescribed = select(own.patient_id).where(
        own.organization_id == _MINE,
        own.status == "active",
        own.practitioner_id == _DOCTOR,
        own.substance.regexp_match(LISTED),
    )
    nothing = cast(null(), LargeBinary())
    return _arm("medication", Medication, nothing, (Medication.id,), words=Medication.substance).where(
        Medication.status == "active",
        Medication.substance.regexp_match(LISTED),
        Medication.patient_id.in_(prescribed),
    )
