"""Walls: screens in corridors, each with a revocable key of its own, a playlist, and hours in which it shows."""

from datetime import time
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Sealed, Small, Str, one_of

EVERY_DAY = 127


class Wall(TenantRow, Base):
    """A named screen; only the digest of its token is kept. Outside its hours, local to `clinic_id`, it is dark."""

    __tablename__ = "walls"
    __table_args__ = (
        one_of("theme", "dark", "light"),
        one_of("size", "normal", "small_screen"),
        CheckConstraint("(opens IS NULL) = (closes IS NULL) AND opens < closes", name="hours"),
        CheckConstraint(f"weekdays BETWEEN 1 AND {EVERY_DAY}", name="weekdays"),
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
    seen_at: Mapped[Instant | None]  # to the minute
    opens: Mapped[time | None]
    closes: Mapped[time | None]
    weekdays: Mapped[Small] = mapped_column(default=EVERY_DAY, server_default=str(EVERY_DAY))  # bit 0 is Monday


class WallItem(TenantRow, Base):
    """One page of a screen's playlist, shown for so many seconds; in the order in which they were added."""

    __tablename__ = "wall_items"
    __table_args__ = (
        one_of("board", "flow", "service"),
        CheckConstraint("seconds BETWEEN 10 AND 600", name="seconds"),
        *refs(wall_id="walls", clinic_id="clinics"),
        Index(None, "organization_id", "wall_id"),
    )

    wall_id: Mapped[UUID]
    clinic_id: Mapped[UUID]
    board: Mapped[Str]
    seconds: Mapped[Small]
