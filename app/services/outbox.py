"""The outbox: effects to the outside, written beside what causes them and sent later under a stable key."""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import ColumnElement

from app.core.ids import new_id
from app.extensions import db
from app.models.jobs import OutboxMessage

_LEASE = 60  # seconds that a dispatcher may take for one message
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 24 * 3600
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


def put(kind: str, dedupe_key: str, organization_id: UUID, payload: dict[str, Any]) -> None:
    """Adds a message in the caller's transaction; a key that is there already adds nothing."""
    statement = insert(OutboxMessage).values(
        id=new_id(),
        kind=kind,
        dedupe_key=dedupe_key,
        organization_id=organization_id,
        payload=payload,
        state="pending",
        attempt=0,
        due_at=func.now(),
    )
    db.session.execute(statement.on_conflict_do_nothing(index_elements=[OutboxMessage.dedupe_key]))


def claim() -> Message | None:
    """Takes the message that is due longest, or one whose dispatcher died; commits."""
    waiting = or_(
        and_(OutboxMessage.state == "pending", OutboxMessage.due_at <= func.now()),
        and_(OutboxMessage.state == "sending", OutboxMessage.lease_until < func.now()),
    )
    chosen = select(OutboxMessage.id).where(waiting).order_by(OutboxMessage.due_at).limit(1)
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(chosen.with_for_update(skip_locked=True)))
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


def sent(message: Message) -> None:
    """Marks a message as sent in the caller's transaction."""
    _change(message, state="sent", sent_at=func.now(), lease_until=None, error=None)


def failed(message: Message, error: str) -> None:
    """Puts a message back for later, or among the dead after the last try; commits."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 4 ** (message.attempt - 1)) * random.uniform(1, 1.25)  # noqa: S311
    state = "dead" if message.attempt >= _TRIES else "pending"
    _change(message, state=state, due_at=_after(pause), lease_until=None, error=error)
    db.session.commit()


def _after(seconds: float) -> ColumnElement[datetime]:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _change(message: Message, **values: object) -> None:
    held = and_(
        OutboxMessage.id == message.id, OutboxMessage.state == "sending", OutboxMessage.attempt == message.attempt
    )
    statement = update(OutboxMessage).where(held).values(**values)
    db.session.execute(statement.execution_options(synchronize_session=False))
