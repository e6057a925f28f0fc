"""The outbox: effects to the outside, written beside what causes them and sent later under a stable key.

Messages of one lane (a destination) go out one at a time, and a lane that fails rests: a mail server or a webhook that
is down or slow keeps no sender from the others.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from app.core.ids import new_id
from app.extensions import db
from app.models.jobs import OutboxMessage

_LEASE = 60  # seconds that a dispatcher may take for one message
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 24 * 3600
_LONGEST_REST = 60  # seconds that a failing lane keeps the others of it waiting
_TRIES = 10


@dataclass(frozen=True)
class Message:
    """A claimed message; `payload` holds ids only."""

    id: UUID
    kind: str
    dedupe_key: str
    organization_id: UUID
    payload: dict[str, Any]
    attempt: int


class Postponed(Exception):
    """Raised by a sender that cannot work yet, through nobody's fault: the try does not count."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.reason, self.seconds = reason, seconds


def put(kind: str, dedupe_key: str, organization_id: UUID, payload: dict[str, Any], lane: str = "") -> None:
    """Adds a message in the caller's transaction; a key that is there already adds nothing. The lane is the kind's own
    unless a destination is named."""
    statement = insert(OutboxMessage).values(
        id=new_id(),
        kind=kind,
        lane=lane or kind,
        dedupe_key=dedupe_key,
        organization_id=organization_id,
        payload=payload,
        state="pending",
        attempt=0,
        due_at=func.now(),
    )
    db.session.execute(statement.on_conflict_do_nothing(index_elements=[OutboxMessage.dedupe_key]))


def claim(kind: str) -> Message | None:
    """Takes the message of a kind that is due longest, at most one of a lane, or one whose dispatcher died; commits."""
    other = aliased(OutboxMessage)
    ahead = and_(_is_due(other), tuple_(other.due_at, other.id) < tuple_(OutboxMessage.due_at, OutboxMessage.id))
    held = and_(other.state == "sending", other.lease_until >= func.now())
    # Only the first of a lane is ever looked at: a second dispatcher finds it locked, and goes to another lane.
    blocked = exists().where(other.lane == OutboxMessage.lane, other.id != OutboxMessage.id, or_(ahead, held))
    chosen = (
        select(OutboxMessage.id)
        .where(OutboxMessage.kind == kind, _is_due(OutboxMessage), ~blocked)
        .order_by(OutboxMessage.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # looked for once; a plain subquery may be asked again for each row
    )
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id == select(chosen.c.id).scalar_subquery(), _is_due(OutboxMessage))
        .values(state="sending", attempt=OutboxMessage.attempt + 1, lease_until=_after(_LEASE))
        .returning(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.dedupe_key,
            OutboxMessage.organization_id,
            OutboxMessage.payload,
            OutboxMessage.attempt,
        )
    )
    row = db.session.execute(statement.execution_options(synchronize_session=False)).one_or_none()
    db.session.commit()
    return None if row is None else Message(*row)


def _is_due(message: type[OutboxMessage]) -> ColumnElement[bool]:
    return or_(
        and_(message.state == "pending", message.due_at <= func.now()),
        and_(message.state == "sending", message.lease_until < func.now()),
    )


def sent(message: Message) -> None:
    """Marks a message as sent in the caller's transaction."""
    _change(message, state="sent", sent_at=func.now(), lease_until=None, error=None)


def failed(message: Message, error: str, final: bool = False) -> bool:
    """Puts a message back for later, or among the dead after the last try or a `final` error, and lets its lane rest,
    in the caller's transaction. True when it is dead."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 4 ** (message.attempt - 1)) * random.uniform(1, 1.25)  # noqa: S311
    dead = final or message.attempt >= _TRIES
    _change(message, state="dead" if dead else "pending", due_at=_after(pause), lease_until=None, error=error)
    if not final:
        _rest(message, min(pause, _LONGEST_REST))
    return dead


def postpone(message: Message, error: str, seconds: float) -> None:
    """Puts a message back without counting the try, and lets its lane rest, in the caller's transaction."""
    back = {"state": "pending", "attempt": message.attempt - 1, "lease_until": None}
    _change(message, **back, due_at=_after(seconds), error=error)
    _rest(message, seconds)


def send_again(dedupe_key: str) -> bool:
    """Puts a message that is sent or dead back among those to be sent, in the caller's transaction, under the same
    key; False while it waits anyway."""
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.dedupe_key == dedupe_key, OutboxMessage.state.in_(("sent", "dead")))
        .values(state="pending", attempt=0, due_at=func.now(), lease_until=None, error=None, sent_at=None)
        .returning(OutboxMessage.id)
    )
    return db.session.execute(statement.execution_options(synchronize_session=False)).one_or_none() is not None


def _rest(message: Message, seconds: float) -> None:
    """What else waits in a lane that has just failed waits a little longer."""
    lane = select(OutboxMessage.lane).where(OutboxMessage.id == message.id).scalar_subquery()
    others = and_(OutboxMessage.lane == lane, OutboxMessage.state == "pending", OutboxMessage.due_at < _after(seconds))
    statement = update(OutboxMessage).where(others, OutboxMessage.id != message.id).values(due_at=_after(seconds))
    db.session.execute(statement.execution_options(synchronize_session=False))


def _after(seconds: float) -> ColumnElement[datetime]:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _change(message: Message, **values: object) -> None:
    held = and_(
        OutboxMessage.id == message.id, OutboxMessage.state == "sending", OutboxMessage.attempt == message.attempt
    )
    statement = update(OutboxMessage).where(held).values(**values)
    db.session.execute(statement.execution_options(synchronize_session=False))
