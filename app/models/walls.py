"""Walls: screens in corridors, each with a revocable key of its own."""

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Sealed, Str, one_of


class Wall(TenantRow, Base):
    """A named screen of one clinic; only the digest of its token is kept."""

    __tablename__ = "walls"
    __table_args__ = (
        one_of("theme", "dark", "light"),
        one_of("size", "normal", "small_screen"),
        *refs(clinic_id="clinics"),
    )

    clinic_id: Mapped[UUID]
    name: Mapped[Str]
    token_digest: Mapped[Sealed]
    theme: Mapped[Str] = mapped_column(default="dark")
    size: Mapped[Str] = mapped_column(default="normal")
    created_at: Mapped[Instant]
    created_by: Mapped[UUID | None]
    revoked_at: Mapped[Instant | None]
