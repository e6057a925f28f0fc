"""The audit log: one chained line for whatever was read or changed about a patient. No line, no data.

A line's digest is SHA-256 of the digest before it and the canonical JSON of its own content; the head row is locked
while a line is added, so that an organization's lines form one chain without a gap.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select, update

from app.core.actor import Actor
from app.core.clock import now
from app.core.ids import new_id
from app.extensions import db
from app.models.audit import AuditEvent, AuditHead
from app.services import platform_log

START = bytes(32)
_EVENTS, _HEADS = AuditEvent.__table__, AuditHead.__table__


def record(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: UUID | str | None = None,
    patient_id: UUID | None = None,
    outcome: str = "ok",
    **details: Any,
) -> None:
    """Adds one line in the caller's transaction; `details` hold ids, counts and names of fields, never content.

    What is done for no organization is noted in the installation's log.
    """
    if actor.is_of_installation:
        platform_log.note(actor.user_id, action, actor.address)
        return
    _append(actor, [_line(actor, action, object_type, object_id, patient_id, outcome, details)])


def has_line(actor: Actor, actions: Iterable[str], patient_id: UUID, within: timedelta) -> bool:
    """Did the actor leave one of these lines about the patient lately?"""
    query = select(
        exists().where(
            AuditEvent.organization_id == actor.organization_id,
            AuditEvent.patient_id == patient_id,
            AuditEvent.at >= now() - within,
            AuditEvent.actor_id == actor.user_id,
            AuditEvent.action.in_(tuple(actions)),
            AuditEvent.outcome == "ok",
        )
    )
    return bool(db.session.scalars(query).one())


def record_reads(
    actor: Actor, action: str, object_type: str, patient_ids: Iterable[UUID], unless_within: timedelta | None = None
) -> None:
    """One line for each patient that a list shows, added together.

    `unless_within`: none for those whose line of this action the actor has left so lately. For a page that asks again
    by itself: it adds whom it shows anew.
    """
    record_lists(actor, object_type, {action: patient_ids}, unless_within)


def record_lists(
    actor: Actor,
    object_type: str,
    patients_by_action: Mapping[str, Iterable[UUID]],
    unless_within: timedelta | None = None,
) -> None:
    """One line for each patient of each list that a page shows, by the list's action, all added together.

    `unless_within` as in `record_reads`.
    """
    pairs = dict.fromkeys((action, each) for action, patients in patients_by_action.items() for each in patients)
    noted = set() if unless_within is None or not pairs else _noted(actor, pairs, now() - unless_within)
    lines = [
        _line(actor, action, object_type, each, each, "ok", {}) for action, each in pairs if (action, each) not in noted
    ]
    if lines:
        _append(actor, lines)


def _noted(actor: Actor, pairs: Iterable[tuple[str, UUID]], since: datetime) -> set[tuple[str, UUID | None]]:
    """Which of these actions on these patients the actor has left a line of."""
    actions, patient_ids = zip(*pairs, strict=True)
    query = select(AuditEvent.action, AuditEvent.patient_id).where(
        AuditEvent.organization_id == actor.organization_id,
        AuditEvent.patient_id.in_(patient_ids),
        AuditEvent.at >= since,
        AuditEvent.actor_id == actor.user_id,
        AuditEvent.action.in_(set(actions)),
    )
    return {(action, patient_id) for action, patient_id in db.session.execute(query)}


def _line(
    actor: Actor,
    action: str,
    object_type: str,
    object_id: UUID | str | None,
    patient_id: UUID | None,
    outcome: str,
    details: dict[str, Any],
) -> AuditEvent:
    """A line that has no place in the chain yet."""
    return AuditEvent(
        organization_id=actor.organization_id,
        id=new_id(),
        at=now(),
        actor_id=actor.user_id,
        actor_name=actor.name,
        action=action,
        object_type=object_type,
        object_id=None if object_id is None else str(object_id),
        patient_id=patient_id,
        outcome=outcome,
        request_id=actor.request_id,
        address=actor.address,
        details=json.loads(json.dumps(details, default=str)),
    )


def _append(actor: Actor, lines: list[AuditEvent]) -> None:
    """Chains lines to the end of the log. In plain statements: a line is written with whatever is pushed or shown."""
    mine = _HEADS.c.organization_id == actor.organization_id
    seq, digest = db.session.execute(select(_HEADS.c.seq, _HEADS.c.digest).where(mine).with_for_update()).one()
    for line in lines:
        seq += 1
        line.seq, line.previous = seq, digest
        line.digest = digest = _digest(line)
    rows = [{name: getattr(line, name) for name in _EVENTS.c.keys()} for line in lines]  # noqa: SIM118 - columns, not a dict
    db.session.execute(insert(_EVENTS), rows)
    db.session.execute(update(_HEADS).where(mine).values(seq=seq, digest=digest))


def first_head(organization_id: UUID) -> AuditHead:
    """The start of a new organization's chain."""
    return AuditHead(organization_id=organization_id, id=new_id(), seq=0, digest=START)


def _digest(event: AuditEvent) -> bytes:
    content = {
        "organization": str(event.organization_id),
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(),
        "actor": str(event.actor_id),
        "name": event.actor_name,
        "action": event.action,
        "object": [event.object_type, event.object_id],
        "patient": str(event.patient_id),
        "outcome": event.outcome,
        "request": event.request_id,
        "address": event.address,
        "details": event.details,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(bytes(event.previous) + canonical.encode()).digest()


@dataclass(frozen=True)
class Fault:
    """The first place where an organization's chain does not hold."""

    organization_id: UUID
    seq: int
    reason: str


def verify(organization_id: UUID) -> tuple[int, Fault | None]:
    """How many lines were checked, and the first fault if there is one. Needs the organization's scope."""
    previous, expected = START, 1
    for event in _lines(organization_id):
        if event.seq != expected:
            return expected - 1, Fault(organization_id, expected, "a line is missing")
        if bytes(event.previous) != previous:
            return expected - 1, Fault(organization_id, event.seq, "the link to the line before is broken")
        if bytes(event.digest) != _digest(event):
            return expected - 1, Fault(organization_id, event.seq, "the line was changed")
        previous, expected = bytes(event.digest), expected + 1
    head = select(_HEADS.c.seq, _HEADS.c.digest).where(_HEADS.c.organization_id == organization_id)
    seq, digest = db.session.execute(head).one()
    if seq != expected - 1 or bytes(digest) != previous:
        return expected - 1, Fault(organization_id, expected, "the end of the log was cut off")
    return expected - 1, None


def _lines(organization_id: UUID) -> Iterator[AuditEvent]:
    query = select(AuditEvent).where(AuditEvent.organization_id == organization_id).order_by(AuditEvent.seq)
    for event in db.session.scalars(query.execution_options(yield_per=1000)):
        yield event
        db.session.expunge(event)
