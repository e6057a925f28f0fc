"""Schedules of reports, the clock that says when each is next due, and what became of every due moment."""

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tenancy import TenantRow, refs
from app.extensions import Base
from app.models.columns import Ids, Instant, Small, Str, Words, one_of


class ReportSchedule(TenantRow, Base):
    """When a report is made by itself, and who gets it. Times are of the wall clock in `zone`."""

    __tablename__ = "report_schedules"
    __table_args__ = (
        one_of("frequency", "daily", "weekly", "monthly", "quarterly", "yearly", "cron"),
        one_of("state", "active", "paused", "ended"),
        one_of("missed", "skip", "once", "each"),
        one_of("mail_as", "link", "attachment"),
        *refs(report_id="reports"),
        Index(None, "organization_id", "report_id"),
    )

    report_id: Mapped[UUID]
    name: Mapped[Str]
    frequency: Mapped[Str]
    at: Mapped[Str]  # "09:00"; of no meaning for cron
    weekday: Mapped[Small | None]  # 0 = Monday
    month_day: Mapped[Small | None]  # 1 to 31; a shorter month's last day stands in
    month: Mapped[Small | None]  # yearly: 1 to 12; quarterly: 1 to 3, within the quarter
    cron: Mapped[Str | None]
    zone: Mapped[Str]
    period: Mapped[Str]  # relative: "last_month"
    formats: Mapped[Words]
    missed: Mapped[Str] = mapped_column(default="once")  # after downtime
    state: Mapped[Str] = mapped_column(default="active")
    channels: Mapped[Words]  # mail, notice: how people get it
    user_ids: Mapped[Ids]
    roles: Mapped[Words]
    webhook_ids: Mapped[Ids]
    mail_as: Mapped[Str] = mapped_column(default="link")
    mail_note: Mapped[Str | None]
    link_days: Mapped[Small] = mapped_column(default=14)
    retention_days: Mapped[Small | None]
    owner_id: Mapped[UUID | None]
    owner_name: Mapped[Str]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    deleted_at: Mapped[Instant | None]


class ScheduleDue(TenantRow, Base):
    """A moment at which a schedule was due, noted once whichever scheduler saw it, and what was done."""

    __tablename__ = "schedule_dues"
    __table_args__ = (
        UniqueConstraint("organization_id", "schedule_id", "due_at"),
        one_of("outcome", "run", "skipped", "refused"),
        *refs(schedule_id="report_schedules", run_id="report_runs"),
    )

    schedule_id: Mapped[UUID]
    due_at: Mapped[Instant]
    outcome: Mapped[Str]
    run_id: Mapped[UUID | None]
    reason: Mapped[Str | None]
    noted_at: Mapped[Instant]


class ScheduleClock(Base):
    """When an active schedule is next due. Undistributed, so that a scheduler need not ask every organization."""

    __tablename__ = "schedule_clock"
    __table_args__ = (Index(None, "due_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # the schedule's
    organization_id: Mapped[UUID]
    due_at: Mapped[Instant]
