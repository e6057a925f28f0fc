"""Notices inside the product: delivered from the outbox, read by the person they are for."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.actor import Actor
from app.core.clock import now
from app.core.ids import new_id
from app.extensions import db
from app.models import Notification
from app.services.background.outbox import Message


def deliver(message: Message) -> None:
    """Stores a notice in the caller's transaction; delivered again, it stays one. Payload: user, kind, subject."""
    statement = insert(Notification).values(
        organization_id=message.organization_id,
        id=new_id(),
        user_id=UUID(message.payload["user"]),
        dedupe_key=message.dedupe_key,
        kind=message.payload["kind"],
        subject_id=UUID(message.payload["subject"]),
        created_at=func.now(),
    )
    keys = [Notification.organization_id, Notification.dedupe_key]
    db.session.execute(statement.on_conflict_do_nothing(index_elements=keys))


def unread(actor: Actor, limit: int = 20) -> Sequence[Notification]:
    """The notices that a person has not seen, newest first."""
    query = (
        select(Notification)
        .where(
            Notification.organization_id == actor.organization_id,
            Notification.user_id == actor.user_id,
            Notification.read_at.is_(None),
        )
        .order_by(Notification.created_at.desc())
        .limit(limit)
    )
    return db.session.scalars(query).all()


def mark_read(actor: Actor, subject_id: UUID) -> None:
    """Marks a person's notices about one thing as seen; commits."""
    statement = (
        update(Notification)
        .where(
            Notification.organization_id == actor.organization_id,
            Notification.user_id == actor.user_id,
            Notification.subject_id == subject_id,
            Notification.read_at.is_(None),
        )
        .values(read_at=now())
    )
    db.session.execute(statement)
    db.session.commit()
