"""Value sets of clinical codes, as an organization loaded them from their steward."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Json, Str


class LoadedValueSet(TenantRow, Base):
    """The codes of one value set by system, `{"loinc": ["4548-4"]}`, under its OID; `loaded_by` is a user."""

    __tablename__ = "value_sets"
    __table_args__ = (
        *refs(),
        Index("uq_value_sets_oid", "organization_id", "oid", unique=True),
    )

    oid: Mapped[Str]
    title: Mapped[Str]
    codes: Mapped[Json]
    loaded_at: Mapped[Instant]
    loaded_by: Mapped[UUID | None]
