"""Insurance cover: who pays for a patient, under which policy, and when."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Sealed, Small, Str, one_of
from app.models.keyring import sealed


class Coverage(TenantRow, Base):
    """A policy of a patient. `rank` 1 pays first; without `ends_on` it goes on."""

    __tablename__ = "coverages"
    __table_args__ = (
        one_of("status", "active", "cancelled", "draft"),
        *refs(patient_id="patients"),
        Index(None, "organization_id", "patient_id"),
    )

    patient_id: Mapped[UUID | None]
    payer: Mapped[Str | None]
    kind: Mapped[Str | None]  # what the policy is called by its payer
    policy_sealed: Mapped[Sealed | None]
    status: Mapped[Str]
    rank: Mapped[Small] = mapped_column(default=1)
    starts_on: Mapped[Day | None]
    ends_on: Mapped[Day | None]

    policy = sealed()
