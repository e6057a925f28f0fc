"""The outbox: effects to the outside, written beside what causes them and sent later under a stable key.

Messages of one lane (a destination) go out one at a time. A lane that fails rests, longer each time, and is tried by
dispatchers of its own until it works: however many servers are down or slow, they keep nobody from the others.
"""

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from app.core.ids import new_id
from app.extensions import db
from app.models.jobs import OutboxLane, OutboxMessage

LEASE = 10  # seconds that a dispatcher has for a message before it says that it is still at it
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 24 * 3600
_LONGEST_REST = 60  # seconds between two tries to reach a lane that fails
_TRIES = 10
_LOOKED_AT = 32  # lanes, when one is looked for that no other dispatcher is taking
_AT_WORK = {"faults": 0, "rest_until": None}


@dataclass(frozen=True)
class Message:
    """A claimed message; `payload` holds ids only."""

    id: UUID
    kind: str
    lane: str
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
    new_lane = insert(OutboxLane).values(lane=lane or kind, kind=kind, faults=0)
    db.session.execute(new_lane.on_conflict_do_nothing(index_elements=[OutboxLane.lane]))
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


def claim(kind: str, failing: bool | None = None) -> Message | None:
    """Takes the message of a kind that is due longest, or one whose dispatcher died, from a lane that neither rests nor
    is being served; of lanes that fail or that work, when `failing` says which; commits."""
    chosen = (
        select(OutboxMessage.id)
        .where(OutboxMessage.id.in_(_first_of_lanes(kind, failing)), _is_due(OutboxMessage))
        .order_by(OutboxMessage.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # looked for once; a plain subquery may be asked again for each row
    )
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id == select(chosen.c.id).scalar_subquery(), _is_due(OutboxMessage))
        .values(state="sending", attempt=OutboxMessage.attempt + 1, lease_until=_after(LEASE))
        .returning(
            OutboxMessage.id,
            OutboxMessage.kind,
            OutboxMessage.lane,
            OutboxMessage.dedupe_key,
            OutboxMessage.organization_id,
            OutboxMessage.payload,
            OutboxMessage.attempt,
        )
    )
    row = db.session.execute(statement.execution_options(synchronize_session=False)).one_or_none()
    db.session.commit()
    return None if row is None else Message(*row)


def kinds_due() -> list[str]:
    """The kinds of which a message waits to be sent now."""
    found = list(db.session.scalars(select(OutboxMessage.kind).where(_is_due(OutboxMessage)).distinct()))
    db.session.rollback()
    return found


def _first_of_lanes(kind: str, failing: bool | None) -> Select[UUID]:
    """The message that is due longest in each lane that may be served. Only the first of a lane is ever looked at: a
    second dispatcher finds it locked, and goes to another lane."""
    other = aliased(OutboxMessage)
    first = (
        select(OutboxMessage.id, OutboxMessage.due_at)
        .where(OutboxMessage.lane == OutboxLane.lane, _is_due(OutboxMessage))
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .lateral("first")
    )
    served = exists().where(other.lane == OutboxLane.lane, other.state == "sending", other.lease_until >= func.now())
    rested = or_(OutboxLane.rest_until.is_(None), OutboxLane.rest_until <= func.now())
    query = select(first.c.id).select_from(OutboxLane).join(first, true())
    query = query.where(OutboxLane.kind == kind, rested, ~served).order_by(first.c.due_at).limit(_LOOKED_AT)
    return query if failing is None else query.where((OutboxLane.faults > 0) == failing)


def _is_due(message: type[OutboxMessage]) -> ColumnElement[bool]:
    waits = message.state.in_(("pending", "sending"))  # by which the index is found
    pending = and_(message.state == "pending", message.due_at <= func.now())
    return and_(waits, or_(pending, and_(message.state == "sending", message.lease_until < func.now())))


def renew(message: Message) -> bool:
    """Prolongs the time that a dispatcher has for a message; False when it is another's by now. Commits."""
    held = _change(message, lease_until=_after(LEASE))
    db.session.commit()
    return held


def sent(message: Message) -> None:
    """Marks a message as sent in the caller's transaction. A lane that failed works again, and what waited for it is
    due at once."""
    _change(message, state="sent", sent_at=func.now(), lease_until=None, error=None)
    works = update(OutboxLane).where(OutboxLane.lane == message.lane, OutboxLane.faults > 0).values(_AT_WORK)
    if db.session.execute(works.returning(OutboxLane.lane)).one_or_none() is not None:
        _due_now(message.lane, OutboxMessage.attempt > 0)


def failed(message: Message, error: str, final: bool = False, of_lane: bool = True) -> bool:
    """Puts a message back for later, or among the dead after the last try or a `final` error, in the caller's
    transaction; its lane rests unless the trouble is the message's alone. True when it is dead."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 4 ** (message.attempt - 1)) * random.uniform(1, 1.25)  # noqa: S311
    dead = final or message.attempt >= _TRIES
    _change(message, state="dead" if dead else "pending", due_at=_after(pause), lease_until=None, error=error)
    if of_lane and not final:
        rest = func.least(_LONGEST_REST, _FIRST_PAUSE * func.power(4, OutboxLane.faults))
        _rest(message.lane, faults=OutboxLane.faults + 1, rest_until=_after(rest))
    return dead


def postpone(message: Message, error: str, seconds: float) -> None:
    """Puts a message back without counting the try, and lets its lane rest, in the caller's transaction."""
    back = {"state": "pending", "attempt": message.attempt - 1, "lease_until": None}
    _change(message, **back, due_at=_after(seconds), error=error)
    _rest(message.lane, rest_until=_after(seconds))


def wake(lane: str) -> None:
    """What waits for a lane is due now, in the caller's transaction."""
    _rest(lane, **_AT_WORK)
    _due_now(lane, true())


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


def _rest(lane: str, **values: object) -> None:
    db.session.execute(update(OutboxLane).where(OutboxLane.lane == lane).values(**values))


def _due_now(lane: str, which: ColumnElement[bool]) -> None:
    waiting = and_(OutboxMessage.lane == lane, OutboxMessage.state == "pending", OutboxMessage.due_at > func.now())
    statement = update(OutboxMessage).where(waiting, which).values(due_at=func.now())
    db.session.execute(statement.execution_options(synchronize_session=False))


def _after(seconds: float | ColumnElement[float]) -> ColumnElement[datetime]:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


def _change(message: Message, **values: object) -> bool:
    held = and_(
        OutboxMessage.id == message.id, OutboxMessage.state == "sending", OutboxMessage.attempt == message.attempt
    )
    statement = update(OutboxMessage).where(held).values(**values).returning(OutboxMessage.id)
    changed = db.session.execute(statement.execution_options(synchronize_session=False))
    return changed.one_or_none() is not None
