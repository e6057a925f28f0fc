"""Where records come from: sources, import runs, rejects, and which stored row answers to which outside name."""

from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Instant, Json, Sealed, Str, Words, one_of


class Source(TenantRow, Base):
    """A system that records come from. `feeds`: fact families it brings; late after `due_minutes` without data."""

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("organization_id", "key"), *refs())

    key: Mapped[Str]
    name: Mapped[Str]
    kind: Mapped[Str]  # fhir, csv, push
    feeds: Mapped[Words]
    due_minutes: Mapped[int | None]
    fresh_at: Mapped[Instant | None]  # its newest data as of
    synced_at: Mapped[Instant | None]  # last successful import
    revision: Mapped[int] = mapped_column(BigInteger, default=0)  # counts the transactions that stored into it


class ImportRun(TenantRow, Base):
    """One import: what was read, stored, left unchanged, waits for a reference, was not used, was rejected."""

    __tablename__ = "import_runs"
    __table_args__ = (
        one_of("state", "pending", "running", "completed", "failed", "cancelled"),
        *refs(source_id="sources"),
        Index(None, "organization_id", "created_at"),
    )

    source_id: Mapped[UUID | None]
    kind: Mapped[Str]
    name: Mapped[Str]  # of the file or folder as the person gave it
    path: Mapped[Str | None]  # where it lies, under the data folder or as given on the command line
    mapping: Mapped[Str | None]
    state: Mapped[Str]
    counts: Mapped[Json]  # {type: {read, stored, unchanged, unused, rejected}}
    checkpoint: Mapped[Json]  # {file: bytes or records done}
    total_bytes: Mapped[int | None] = mapped_column(BigInteger)
    done_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    waiting: Mapped[int] = mapped_column(default=0)  # references without their target yet
    error: Mapped[Str | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[Instant]
    started_at: Mapped[Instant | None]
    finished_at: Mapped[Instant | None]


class ImportReject(TenantRow, Base):
    """A record that was not stored: where it stands and why, never its content."""

    __tablename__ = "import_rejects"
    __table_args__ = (
        *refs(import_run_id="import_runs"),
        Index(None, "organization_id", "import_run_id", "file", "line"),
    )

    import_run_id: Mapped[UUID]
    file: Mapped[Str]
    line: Mapped[int | None]
    path: Mapped[Str]  # in the resource, e.g. Appointment.start
    code: Mapped[Str]
    reason: Mapped[Str]


class SourceRecord(TenantRow, Base):
    """The row (`record_id` of `kind`) that a source calls `name`, and the digest of what the source said last."""

    __tablename__ = "source_records"
    __table_args__ = (
        UniqueConstraint("organization_id", "source_id", "kind", "name"),
        *refs(source_id="sources"),
        Index(None, "organization_id", "record_id"),
    )

    source_id: Mapped[UUID]
    kind: Mapped[Str]  # FHIR type or CSV record type
    name: Mapped[Str]
    record_id: Mapped[UUID]
    digest: Mapped[Sealed | None]


class UnresolvedReference(TenantRow, Base):
    """A stored row's column that waits for a record still to come."""

    __tablename__ = "unresolved_references"
    __table_args__ = (
        *refs(source_id="sources"),
        Index("ix_unresolved_references_target", "organization_id", "source_id", "target_kind", "target_name"),
        Index("ix_unresolved_references_row", "organization_id", "record_id"),
    )

    source_id: Mapped[UUID]
    table: Mapped[Str] = mapped_column("table_name")
    record_id: Mapped[UUID]
    column: Mapped[Str] = mapped_column("column_name")
    target_kind: Mapped[Str]
    target_name: Mapped[Sealed]  # digest of the name: a search reference may hold an identifier
