"""What patient and practice write to each other."""

from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Small, Str, one_of
from app.models.keyring import sealed

UNREAD = "read_at IS NULL"


class Message(TenantRow, Base):
    """A message of a patient to the practice, or back. `answered_at`: when the first answer to it was sent, and
    `answer_minutes` until then (32767 at most), kept by whoever stores the answer."""

    __tablename__ = "messages"
    __table_args__ = (
        one_of("sender", "patient", "practice"),
        *refs(clinic_id="clinics", patient_id="patients", practitioner_id="practitioners", in_reply_to_id="messages"),
        Index("ix_messages_patient", "organization_id", "patient_id", "sent_at"),
        Index("ix_messages_reply", "organization_id", "in_reply_to_id"),
        Index("ix_messages_day", "organization_id", "local_day", "clinic_id"),
        Index(
            "ix_messages_unread",
            "organization_id",
            "practitioner_id",
            "sent_at",
            postgresql_where=text(f"{UNREAD} AND sender = 'patient'"),
        ),
    )

    clinic_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    in_reply_to_id: Mapped[UUID | None]
    sender: Mapped[Str]
    channel: Mapped[Str | None]  # portal, email, sms, phone, letter
    sent_at: Mapped[Instant]
    local_day: Mapped[Day]
    read_at: Mapped[Instant | None]
    answered_at: Mapped[Instant | None]
    answer_minutes: Mapped[Small | None]
    subject_sealed: Mapped[Sealed | None]
    body_sealed: Mapped[Sealed | None]

    subject = sealed()
    body = sealed()
