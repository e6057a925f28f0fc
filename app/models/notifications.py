"""Notices to a person inside the product: what became ready, by the id of the thing."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Str


class Notification(TenantRow, Base):
    """Something for one person to know, once: the key says which effect it is."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("organization_id", "dedupe_key"),
        *refs(),
        Index(
            "ix_notifications_unread",
            "organization_id",
            "user_id",
            "created_at",
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    user_id: Mapped[UUID]
    dedupe_key: Mapped[Str]
    kind: Mapped[Str]
    subject_id: Mapped[UUID]
    created_at: Mapped[Instant]
    read_at: Mapped[Instant | None]
