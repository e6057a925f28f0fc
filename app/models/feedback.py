"""What patients say: survey answers, complaints; and what went wrong: incidents."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Sealed, Small, Str, one_of
from app.models.keyring import sealed

_PLACES = {"clinic_id": "clinics", "department_id": "departments", "practitioner_id": "practitioners"}


class SurveyAnswer(TenantRow, Base):
    """A survey sent after a visit; without `answered_at` nobody replied. `satisfaction` 1 to 5, `recommend` 0 to 10."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        *refs(**_PLACES, patient_id="patients", appointment_id="appointments"),
        Index("ix_survey_answers_day", "organization_id", "asked_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    appointment_id: Mapped[UUID | None]
    asked_day: Mapped[Day]
    answered_at: Mapped[Instant | None]
    satisfaction: Mapped[Small | None]
    recommend: Mapped[Small | None]
    comment_sealed: Mapped[Sealed | None]

    comment = sealed()


class Complaint(TenantRow, Base):
    """A complaint from receipt to its closing."""

    __tablename__ = "complaints"
    __table_args__ = (
        *refs(**_PLACES, patient_id="patients"),
        Index("ix_complaints_day", "organization_id", "received_day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    received_day: Mapped[Day]
    closed_day: Mapped[Day | None]
    category: Mapped[Str]
    text_sealed: Mapped[Sealed | None]

    text = sealed()


class Incident(TenantRow, Base):
    """A safety incident or a near miss."""

    __tablename__ = "incidents"
    __table_args__ = (
        one_of("severity", "near_miss", "minor", "moderate", "severe"),
        *refs(clinic_id="clinics", department_id="departments"),
        Index("ix_incidents_day", "organization_id", "day", "clinic_id"),
    )

    clinic_id: Mapped[UUID | None]
    department_id: Mapped[UUID | None]
    day: Mapped[Day]
    severity: Mapped[Str]
    category: Mapped[Str]
