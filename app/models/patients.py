"""Patients: what identifies a person is sealed; what figures need (birth date, sex) is plain."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Sealed, Str, one_of
from app.models.keyring import sealed


class Patient(TenantRow, Base):
    """A patient. `name_sealed` opens to "Family, Given"; `contact_sealed` to JSON with phone, email, address lines."""

    __tablename__ = "patients"
    __table_args__ = (
        one_of("sex", "female", "male", "other", "unknown"),
        one_of("preferred_channel", "portal", "email", "sms", "phone", "letter"),
        *refs(home_clinic_id="clinics", practitioner_id="practitioners"),
        Index(None, "organization_id", "record_number_index"),
        Index(None, "organization_id", "email_index"),
        Index(None, "organization_id", "registered_on"),
        Index(None, "organization_id", "practitioner_id"),
    )

    record_number_sealed: Mapped[Sealed | None]
    record_number_index: Mapped[Sealed | None]
    name_sealed: Mapped[Sealed | None]
    contact_sealed: Mapped[Sealed | None]
    email_index: Mapped[Sealed | None]
    birth_date: Mapped[Day | None]
    sex: Mapped[Str] = mapped_column(default="unknown")
    postal_area: Mapped[Str | None]  # at most the first three characters of the code
    deceased_on: Mapped[Day | None]
    active: Mapped[bool] = mapped_column(default=True)
    registered_on: Mapped[Day | None]
    auto_pay: Mapped[bool | None]  # invoices are paid from a stored card or account
    home_clinic_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]  # the usual doctor
    preferred_channel: Mapped[Str | None]
    marketing_consent: Mapped[bool | None]
    appointment_reminders: Mapped[bool | None]

    record_number = sealed()
    name = sealed()
    contact = sealed()
