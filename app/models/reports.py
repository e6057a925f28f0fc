"""Report runs: what was asked, with which definitions, and the file that came of it."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Instant, Json, Small, Str, one_of


class ReportRun(TenantRow, Base):
    """One making of a report."""

    __tablename__ = "report_runs"
    __table_args__ = (
        one_of("state", "pending", "running", "completed", "failed", "cancelled"),
        *refs(clinic_id="clinics"),
        Index(None, "organization_id", "created_at"),
    )

    kind: Mapped[Str]
    clinic_id: Mapped[UUID | None]
    period_start: Mapped[Day]
    period_end: Mapped[Day]
    parameters: Mapped[Json]
    state: Mapped[Str]
    step: Mapped[Str | None]
    progress: Mapped[Small] = mapped_column(default=0)  # 0 to 100
    attempt: Mapped[Small] = mapped_column(default=0)
    requested_by: Mapped[UUID | None]
    requested_name: Mapped[Str]
    created_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]
    data_version: Mapped[Str | None]
    as_of: Mapped[Instant | None]
    definitions: Mapped[Json | None]  # metric key -> version
    file_key: Mapped[Str | None]
    file_bytes: Mapped[int | None]
    file_sha256: Mapped[Str | None]
    pages: Mapped[Small | None]
    error: Mapped[Str | None]
