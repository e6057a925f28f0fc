"""What the installation knows of itself: use, health, backups, alerts, counts by organization. Undistributed.

No row holds anything of a patient; what is said of an organization was counted within its own scope.
"""

from uuid import UUID

from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.extensions import Base
from app.models.columns import Day, Instant, Json, Str, one_of


class ServiceSample(Base):
    """One minute's look at the installation; a minute without a row was not up."""

    __tablename__ = "service_samples"

    minute: Mapped[Instant] = mapped_column(primary_key=True)
    web_up: Mapped[bool]
    database_us: Mapped[int]  # a small question, microseconds
    database_bytes: Mapped[int] = mapped_column(BigInteger)
    storage_bytes: Mapped[int] = mapped_column(BigInteger)
    storage_free_bytes: Mapped[int] = mapped_column(BigInteger)
    queue_depth: Mapped[int]
    refresh_lag_seconds: Mapped[int]


class ServiceMinute(Base):
    """The requests of an area in a minute: how many, how many failed (5xx), and how long they took.

    `buckets` counts requests by the bounds of `app.services.platform.request_counts`.
    """

    __tablename__ = "service_minutes"

    minute: Mapped[Instant] = mapped_column(primary_key=True)
    area: Mapped[Str] = mapped_column(primary_key=True)
    requests: Mapped[int]
    errors: Mapped[int]
    buckets: Mapped[list[int]] = mapped_column(ARRAY(Integer))


class UserDay(Base):
    """How often a person used an area on a day (UTC) in an organization."""

    __tablename__ = "user_days"
    __table_args__ = (Index(None, "organization_id", "day"), Index(None, "user_id", "day"))

    day: Mapped[Day] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    area: Mapped[Str] = mapped_column(primary_key=True)
    requests: Mapped[int]
    seen_at: Mapped[Instant]


class PlatformCount(Base):
    """An organization's counts on a day, taken within its own scope: numbers and names of clinics, no patient."""

    __tablename__ = "platform_counts"
    __table_args__ = (Index(None, "organization_id", "day"),)

    day: Mapped[Day] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    taken_at: Mapped[Instant]
    counts: Mapped[Json]


class PlatformRead(Base):
    """Who looked at or changed what belongs to no organization, and when. Lines are added, and go after their time."""

    __tablename__ = "platform_reads"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[Instant]
    user_id: Mapped[UUID | None]
    what: Mapped[Str]
    address: Mapped[Str | None]


class BackupRun(Base):
    """A backup: its file, size and checksum, and when it was last restored on trial."""

    __tablename__ = "backup_runs"
    __table_args__ = (
        one_of("state", "running", "completed", "failed"),
        one_of("origin", "schedule", "command"),
        Index(None, "started_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    origin: Mapped[Str]
    state: Mapped[Str]
    started_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    file: Mapped[Str | None]
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[Str | None]
    verified_at: Mapped[Instant | None]
    removed_at: Mapped[Instant | None]
    error: Mapped[Str | None]


class SystemAlert(Base):
    """An episode of a rule about the installation, closed by itself."""

    __tablename__ = "system_alerts"
    __table_args__ = (
        one_of("severity", "low", "medium", "high", "critical"),
        Index("uq_system_alerts_open", "rule", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index(None, "closed_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule: Mapped[Str]
    kind: Mapped[Str]
    severity: Mapped[Str]
    message: Mapped[Str]
    recommendation: Mapped[Str]
    opened_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    taken_by: Mapped[UUID | None]
    taken_name: Mapped[Str | None]
    taken_at: Mapped[Instant | None]


class SystemCheck(Base):
    """A part of the installation and whether it was right when it was last looked at; `words` say what was found."""

    __tablename__ = "system_checks"

    key: Mapped[Str] = mapped_column(primary_key=True)
    ok: Mapped[bool]
    words: Mapped[Str]
    checked_at: Mapped[Instant]
    since: Mapped[Instant]  # for so long it has been as it is
    failed_at: Mapped[Instant | None]  # when it was last found not right
