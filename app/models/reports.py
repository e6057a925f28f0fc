"""Reports: what somebody saved, each making of it, the files that came of it, and who fetched them."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Day, Ids, Instant, Json, Small, Str, Words, one_of


class Report(TenantRow, Base):
    """A report as a person saved it: type, parameters, formats, and with whom it is shared. A template is a pattern
    for further ones; it is never run itself."""

    __tablename__ = "reports"
    __table_args__ = (*refs(clinic_id="clinics"), Index(None, "organization_id", "created_at"))

    kind: Mapped[Str]
    title: Mapped[Str]
    description: Mapped[Str] = mapped_column(default="")
    clinic_id: Mapped[UUID | None]
    parameters: Mapped[Json]
    formats: Mapped[Words]
    is_template: Mapped[bool] = mapped_column(default=False)
    shared_user_ids: Mapped[Ids]
    shared_roles: Mapped[Words]
    retention_days: Mapped[Small | None]  # None: the organization's rule
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[Str]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    deleted_at: Mapped[Instant | None]


class ReportRun(TenantRow, Base):
    """One making of a report, by the parameters of that moment. Its files go at `expires_at` unless they are held."""

    __tablename__ = "report_runs"
    __table_args__ = (
        one_of("state", "pending", "running", "completed", "failed", "cancelled"),
        *refs(clinic_id="clinics", report_id="reports", schedule_id="report_schedules"),
        Index(None, "organization_id", "created_at"),
        Index(None, "organization_id", "report_id", "created_at"),
        Index(None, "organization_id", "schedule_id", "created_at"),
    )

    report_id: Mapped[UUID | None]
    schedule_id: Mapped[UUID | None]
    due_at: Mapped[Instant | None]  # of the schedule
    kind: Mapped[Str]
    title: Mapped[Str]
    clinic_id: Mapped[UUID | None]
    period_start: Mapped[Day]
    period_end: Mapped[Day]
    parameters: Mapped[Json]
    formats: Mapped[Words]
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
    error: Mapped[Str | None]
    error_code: Mapped[Str | None]
    expires_at: Mapped[Instant | None]
    held_at: Mapped[Instant | None]  # legal hold: since when
    held_name: Mapped[Str | None]
    held_reason: Mapped[Str | None]


class ReportFile(TenantRow, Base):
    """A run's file in one format, as somebody with these rights may read it. What lies in the store is sealed; `bytes`
    and `sha256` are of the content. The format `data` holds the figures for programs."""

    __tablename__ = "report_files"
    __table_args__ = (
        UniqueConstraint("organization_id", "run_id", "rights", "format"),
        *refs(run_id="report_runs"),
        Index(None, "organization_id", "key"),
    )

    run_id: Mapped[UUID]
    format: Mapped[Str]
    rights: Mapped[Str]  # digest of all that decided what is in it
    roles: Mapped[Words]  # of whom it was made for; empty: the product itself
    clinic_ids: Mapped[Ids | None]  # that were open to them; None: every clinic
    key: Mapped[Str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[Str]
    pages: Mapped[Small | None]
    created_at: Mapped[Instant]
    removed_at: Mapped[Instant | None]


class ReportDownload(TenantRow, Base):
    """That somebody fetched a file."""

    __tablename__ = "report_downloads"
    __table_args__ = (*refs(run_id="report_runs"), Index(None, "organization_id", "run_id", "at"))

    run_id: Mapped[UUID]
    file_id: Mapped[UUID]
    format: Mapped[Str]
    user_id: Mapped[UUID | None]
    name: Mapped[Str]
    at: Mapped[Instant]
