"""Deliveries of reports to people and to webhooks, and the log of calls."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Sealed, Small, Str, one_of
from app.models.keyring import sealed


class Delivery(TenantRow, Base):
    """A run on its way to one recipient by one channel, from due to opened. `message_key` is the outbox's key."""

    __tablename__ = "deliveries"
    __table_args__ = (
        one_of("channel", "mail", "notice", "webhook"),
        one_of("state", "waiting", "sent", "opened", "failed", "refused"),
        UniqueConstraint("organization_id", "message_key"),
        *refs(run_id="report_runs", schedule_id="report_schedules", webhook_id="webhooks"),
        Index(None, "organization_id", "run_id"),
        Index(None, "organization_id", "created_at"),
        Index(None, "organization_id", "user_id", "run_id"),
    )

    run_id: Mapped[UUID]
    schedule_id: Mapped[UUID | None]
    channel: Mapped[Str]
    user_id: Mapped[UUID | None]
    webhook_id: Mapped[UUID | None]
    name: Mapped[Str]  # of the recipient
    rights: Mapped[Str | None]  # which files are theirs
    state: Mapped[Str]
    reason: Mapped[Str | None]
    attempts: Mapped[Small] = mapped_column(default=0)
    message_key: Mapped[Str]
    created_at: Mapped[Instant]
    sent_at: Mapped[Instant | None]
    opened_at: Mapped[Instant | None]
    link_until: Mapped[Instant | None]


class Webhook(TenantRow, Base):
    """An address of another system. It gets what its owner may see, signed with a secret shown once."""

    __tablename__ = "webhooks"
    __table_args__ = (
        one_of("state", "active", "paused"),
        *refs(),
        Index(None, "organization_id", "created_at", postgresql_where=text("deleted_at IS NULL")),
    )

    name: Mapped[Str]
    host: Mapped[Str]
    url_sealed: Mapped[Sealed]
    secret_sealed: Mapped[Sealed]
    old_secret_sealed: Mapped[Sealed | None]
    old_secret_until: Mapped[Instant | None]  # both sign until then
    state: Mapped[Str] = mapped_column(default="active")
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[Str]
    created_at: Mapped[Instant]
    deleted_at: Mapped[Instant | None]

    url = sealed()
    secret = sealed()
    old_secret = sealed()


class WebhookCall(TenantRow, Base):
    """One call of a webhook: when, how it ended, how long it took. What the other side said is not kept."""

    __tablename__ = "webhook_calls"
    __table_args__ = (
        one_of("outcome", "delivered", "failed", "blocked"),
        *refs(webhook_id="webhooks", delivery_id="deliveries"),
        Index(None, "organization_id", "webhook_id", "at"),
    )

    webhook_id: Mapped[UUID]
    delivery_id: Mapped[UUID | None]  # None: a test
    message_key: Mapped[Str]
    attempt: Mapped[Small]
    at: Mapped[Instant]
    outcome: Mapped[Str]
    status: Mapped[Small | None]
    millis: Mapped[int]
    error: Mapped[Str | None]
