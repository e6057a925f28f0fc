"""Alerts: one row an episode, updated in place while it lasts."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Json, Str, one_of


class Alert(TenantRow, Base):
    """An episode of a rule about a subject (a department, a device, a feed) of a clinic."""

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("severity", "low", "medium", "high", "critical"),
        *refs(clinic_id="clinics"),
        Index(
            "uq_alerts_open",
            "organization_id",
            "rule",
            "clinic_id",
            "subject",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    clinic_id: Mapped[UUID | None]
    rule: Mapped[Str]
    subject: Mapped[Str]
    severity: Mapped[Str]
    title: Mapped[Str]
    evidence: Mapped[Json]  # value, limit, words: what the row shows
    opened_at: Mapped[Instant]
    seen_at: Mapped[Instant]  # when the rule last held
    closed_at: Mapped[Instant | None]
    taken_by: Mapped[UUID | None]  # a user
    taken_name: Mapped[Str | None]
    taken_at: Mapped[Instant | None]
