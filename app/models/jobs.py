"""Work to be done once: jobs claimed by lease and attempt, and the outbox of effects. Undistributed queues."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.extensions import Base
from app.models.columns import Instant, Json, Small, Str, one_of


class Job(Base):
    """A run of a registered job about one row (`subject_id`). Who holds the lease and the attempt may publish."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("state", "pending", "running", "done", "failed", "cancelled"),
        UniqueConstraint("kind", "subject_id"),
        Index("ix_jobs_waiting", "state", "due_at", postgresql_where=text("state IN ('pending', 'running')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[Str]
    organization_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    state: Mapped[Str]
    attempt: Mapped[Small] = mapped_column(default=0)
    crashes: Mapped[Small] = mapped_column(default=0)  # attempts whose worker died
    lease_owner: Mapped[UUID | None]
    lease_until: Mapped[Instant | None]
    due_at: Mapped[Instant]  # not before; moved on by back-off
    rung_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    error: Mapped[Str | None]


class OutboxLane(Base):
    """A destination of messages: a mail server, a webhook. One that fails rests, and is served apart from the others
    until it works again."""

    __tablename__ = "outbox_lanes"

    lane: Mapped[Str] = mapped_column(primary_key=True)
    kind: Mapped[Str]
    faults: Mapped[Small] = mapped_column(default=0)  # in a row
    rest_until: Mapped[Instant | None]


class OutboxMessage(Base):
    """An effect to the outside, sent at least once under a stable key. Messages of one lane go out one at a time, so
    that a slow destination holds up nobody else."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("dedupe_key"),
        one_of("state", "pending", "sending", "sent", "dead"),
        Index("ix_outbox_waiting", "due_at", postgresql_where=text("state IN ('pending', 'sending')")),
        Index("ix_outbox_lane", "lane", "due_at", "id", postgresql_where=text("state IN ('pending', 'sending')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    dedupe_key: Mapped[Str]
    kind: Mapped[Str]
    lane: Mapped[Str]  # the destination
    organization_id: Mapped[UUID]
    payload: Mapped[Json]  # ids only
    state: Mapped[Str]
    attempt: Mapped[Small] = mapped_column(default=0)
    lease_until: Mapped[Instant | None]
    due_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]
    error: Mapped[Str | None]
