"""The event log: what happened to the clinics from outside the figures; drawn on charts."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Str, one_of


class CalendarEvent(TenantRow, Base):
    """A holiday, maintenance, training or change; without a clinic it concerns all of them."""

    __tablename__ = "events"
    __table_args__ = (
        one_of("kind", "holiday", "maintenance", "staff", "system_change", "other"),
        *refs(clinic_id="clinics"),
        Index(None, "organization_id", "starts_at"),
    )

    clinic_id: Mapped[UUID | None]
    kind: Mapped[Str]
    title: Mapped[Str]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    attendees: Mapped[int | None]
    impact: Mapped[Str | None]
