"""The audit log: append only, each line chained to the one before by its digest."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Json, Sealed, Str


class AuditEvent(TenantRow, Base):
    """Who did what to whose data, when, from where, with which outcome. The application may only insert."""

    __tablename__ = "audit_events"
    __table_args__ = (
        UniqueConstraint("organization_id", "seq"),
        *refs(),
        Index(None, "organization_id", "patient_id", "at"),
        Index(None, "organization_id", "at"),
    )

    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Instant]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[Str]
    action: Mapped[Str]
    object_type: Mapped[Str]
    object_id: Mapped[Str | None]
    patient_id: Mapped[UUID | None]
    outcome: Mapped[Str]
    request_id: Mapped[Str | None]
    address: Mapped[Str | None]
    details: Mapped[Json]
    previous: Mapped[Sealed]
    digest: Mapped[Sealed]


class AuditHead(TenantRow, Base):
    """The last line of an organization's chain; its row is the lock under which lines are added."""

    __tablename__ = "audit_heads"
    __table_args__ = (UniqueConstraint("organization_id"), *refs())

    seq: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[Sealed]
