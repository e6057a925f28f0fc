"""Alerts: one row an episode, updated in place while it lasts."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Json, Sealed, Str, one_of
from app.models.keyring import sealed

OPEN = "closed_at IS NULL"


class Alert(TenantRow, Base):
    """An episode of a rule about a subject: a department, a device or a feed of a clinic, or a patient's record.

    It ends by itself when its rule no longer holds (`closed_at`). A person may resolve it before; the row then stays
    for its cause, so that the cause opens no second one. Patients are named by id alone, in no text of the row.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        one_of("severity", "low", "medium", "high", "critical"),
        *refs(clinic_id="clinics", patient_id="patients", practitioner_id="practitioners"),
        Index(
            "uq_alerts_open",
            "organization_id",
            "rule",
            "clinic_id",
            "subject",
            unique=True,
            postgresql_where=text(OPEN),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_alerts_open_doctor", "organization_id", "practitioner_id", "opened_at", postgresql_where=text(OPEN)),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]  # whose patient's record it is about
    rule: Mapped[Str]
    subject: Mapped[Str]
    severity: Mapped[Str]
    title: Mapped[Str]
    evidence: Mapped[Json]  # value, limit, words: what the row shows
    opened_at: Mapped[Instant]
    seen_at: Mapped[Instant]  # when what the rule finds last changed
    closed_at: Mapped[Instant | None]
    acknowledged_by: Mapped[UUID | None]  # a user
    acknowledged_name: Mapped[Str | None]
    acknowledged_at: Mapped[Instant | None]
    taken_by: Mapped[UUID | None]  # the user who looks after it
    taken_name: Mapped[Str | None]
    taken_at: Mapped[Instant | None]
    resolved_by: Mapped[UUID | None]  # a user
    resolved_name: Mapped[Str | None]
    resolved_at: Mapped[Instant | None]
    note_sealed: Mapped[Sealed | None]  # what was done about it

    note = sealed()
