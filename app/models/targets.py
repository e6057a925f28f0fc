"""Targets: what an organization wants a metric to be."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Str


class Target(TenantRow, Base):
    """A wanted value of a metric from a day on, for one clinic or (without one) for all; of one doctor's own work
    where it names one. Of money and counts it is what one day should bring."""

    __tablename__ = "targets"
    __table_args__ = (
        *refs(clinic_id="clinics", practitioner_id="practitioners"),
        Index(None, "organization_id", "metric", "valid_from"),
    )

    clinic_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID | None]
    metric: Mapped[Str]
    value: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    valid_from: Mapped[Day]
    set_by: Mapped[Str]
    set_at: Mapped[Instant]
