"""Saved reports, their files and downloads, schedules, deliveries, webhooks; lanes of the outbox

Files made before this version lay unsealed beside the run; they are not taken over: such a report is made again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import local_table, tenant_table

revision = "0023_delivery"
down_revision = "0022_quality"

TENANTS = (
    "reports",
    "report_schedules",
    "report_files",
    "report_downloads",
    "schedule_dues",
    "webhooks",
    "deliveries",
    "webhook_calls",
)
KEYS = (
    ("fk_report_runs_report_id", "report_runs", "reports", ["organization_id", "report_id"], ["organization_id", "id"]),
    (
        "fk_report_runs_schedule_id",
        "report_runs",
        "report_schedules",
        ["organization_id", "schedule_id"],
        ["organization_id", "id"],
    ),
    ("fk_reports_clinic_id", "reports", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]),
    ("fk_reports_organization_id", "reports", "organizations", ["organization_id"], ["id"]),
    ("fk_report_schedules_organization_id", "report_schedules", "organizations", ["organization_id"], ["id"]),
    (
        "fk_report_schedules_report_id",
        "report_schedules",
        "reports",
        ["organization_id", "report_id"],
        ["organization_id", "id"],
    ),
    ("fk_report_files_organization_id", "report_files", "organizations", ["organization_id"], ["id"]),
    ("fk_report_files_run_id", "report_files", "report_runs", ["organization_id", "run_id"], ["organization_id", "id"]),
    ("fk_report_downloads_organization_id", "report_downloads", "organizations", ["organization_id"], ["id"]),
    (
        "fk_report_downloads_run_id",
        "report_downloads",
        "report_runs",
        ["organization_id", "run_id"],
        ["organization_id", "id"],
    ),
    ("fk_schedule_dues_organization_id", "schedule_dues", "organizations", ["organization_id"], ["id"]),
    (
        "fk_schedule_dues_run_id",
        "schedule_dues",
        "report_runs",
        ["organization_id", "run_id"],
        ["organization_id", "id"],
    ),
    (
        "fk_schedule_dues_schedule_id",
        "schedule_dues",
        "report_schedules",
        ["organization_id", "schedule_id"],
        ["organization_id", "id"],
    ),
    ("fk_webhooks_organization_id", "webhooks", "organizations", ["organization_id"], ["id"]),
    ("fk_deliveries_organization_id", "deliveries", "organizations", ["organization_id"], ["id"]),
    ("fk_deliveries_run_id", "deliveries", "report_runs", ["organization_id", "run_id"], ["organization_id", "id"]),
    (
        "fk_deliveries_schedule_id",
        "deliveries",
        "report_schedules",
        ["organization_id", "schedule_id"],
        ["organization_id", "id"],
    ),
    (
        "fk_deliveries_webhook_id",
        "deliveries",
        "webhooks",
        ["organization_id", "webhook_id"],
        ["organization_id", "id"],
    ),
    (
        "fk_webhook_calls_delivery_id",
        "webhook_calls",
        "deliveries",
        ["organization_id", "delivery_id"],
        ["organization_id", "id"],
    ),
    ("fk_webhook_calls_organization_id", "webhook_calls", "organizations", ["organization_id"], ["id"]),
    (
        "fk_webhook_calls_webhook_id",
        "webhook_calls",
        "webhooks",
        ["organization_id", "webhook_id"],
        ["organization_id", "id"],
    ),
)


def upgrade() -> None:
    _tables()
    for table in TENANTS:
        tenant_table(table)
    local_table("schedule_clock")
    for column in _run_columns():
        op.add_column("report_runs", column)
    for name in ("title", "formats"):
        op.alter_column("report_runs", name, server_default=None)
    for column in _file_columns():
        op.drop_column("report_runs", column.name)
    op.add_column("outbox", sa.Column("lane", sa.Text(), nullable=False, server_default="notification"))
    op.alter_column("outbox", "lane", server_default=None)
    _indexes()
    for name, source, target, columns, remote in KEYS:
        op.create_foreign_key(op.f(name), source, target, columns, remote)


def downgrade() -> None:
    for name, source, *_ in KEYS:
        if source == "report_runs":
            op.drop_constraint(op.f(name), source, type_="foreignkey")
    op.drop_index("ix_outbox_lane", table_name="outbox")
    op.drop_column("outbox", "lane")
    for part in ("report_id", "schedule_id"):
        op.drop_index(op.f(f"ix_report_runs_organization_id_{part}_created_at"), table_name="report_runs")
    for table in ("webhook_calls", "deliveries", "webhooks", "schedule_dues", "report_downloads", "report_files"):
        op.drop_table(table)
    for column in _run_columns():
        op.drop_column("report_runs", column.name)
    for column in _file_columns():
        op.add_column("report_runs", column)
    for table in ("schedule_clock", "report_schedules", "reports"):
        op.drop_table(table)


def _tables() -> None:
    op.create_table(
        "reports",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_template", sa.Boolean(), nullable=False),
        sa.Column("shared_user_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("shared_roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("retention_days", sa.SmallInteger(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_reports")),
    )
    op.create_table(
        "report_schedules",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=True),
        sa.Column("month_day", sa.SmallInteger(), nullable=True),
        sa.Column("month", sa.SmallInteger(), nullable=True),
        sa.Column("cron", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("missed", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("user_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("webhook_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("mail_as", sa.Text(), nullable=False),
        sa.Column("mail_note", sa.Text(), nullable=True),
        sa.Column("link_days", sa.SmallInteger(), nullable=False),
        sa.Column("retention_days", sa.SmallInteger(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "frequency IN ('daily', 'weekly', 'monthly', 'quarterly', 'yearly', 'cron')",
            name=op.f("ck_report_schedules_frequency"),
        ),
        sa.CheckConstraint("mail_as IN ('link', 'attachment')", name=op.f("ck_report_schedules_mail_as")),
        sa.CheckConstraint("missed IN ('skip', 'once', 'each')", name=op.f("ck_report_schedules_missed")),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name=op.f("ck_report_schedules_state")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_report_schedules")),
    )
    op.create_table(
        "report_files",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("clinic_ids", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.SmallInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_report_files")),
        sa.UniqueConstraint(
            "organization_id",
            "run_id",
            "rights",
            "format",
            name=op.f("uq_report_files_organization_id_run_id_rights_format"),
        ),
    )
    op.create_table(
        "report_downloads",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_report_downloads")),
    )
    op.create_table(
        "schedule_dues",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("outcome IN ('run', 'skipped', 'refused')", name=op.f("ck_schedule_dues_outcome")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_schedule_dues")),
        sa.UniqueConstraint(
            "organization_id", "schedule_id", "due_at", name=op.f("uq_schedule_dues_organization_id_schedule_id_due_at")
        ),
    )
    op.create_table(
        "schedule_clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_clock")),
    )
    op.create_table(
        "webhooks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_webhooks_state")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "deliveries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("webhook_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('mail', 'notice', 'webhook')", name=op.f("ck_deliveries_channel")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'opened', 'failed', 'refused')", name=op.f("ck_deliveries_state")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("organization_id", "message_key", name=op.f("uq_deliveries_organization_id_message_key")),
    )
    op.create_table(
        "webhook_calls",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("millis", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('delivered', 'failed', 'blocked')", name=op.f("ck_webhook_calls_outcome")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_webhook_calls")),
    )


def _indexes() -> None:
    op.create_index(
        op.f("ix_reports_organization_id_created_at"), "reports", ["organization_id", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_report_schedules_organization_id_report_id"),
        "report_schedules",
        ["organization_id", "report_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_report_files_organization_id_key"), "report_files", ["organization_id", "key"], unique=False
    )
    op.create_index(
        op.f("ix_report_downloads_organization_id_run_id_at"),
        "report_downloads",
        ["organization_id", "run_id", "at"],
        unique=False,
    )
    op.create_index(op.f("ix_schedule_clock_due_at"), "schedule_clock", ["due_at"], unique=False)
    op.create_index(
        op.f("ix_webhooks_organization_id_created_at"),
        "webhooks",
        ["organization_id", "created_at"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_deliveries_organization_id_created_at"), "deliveries", ["organization_id", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_deliveries_organization_id_run_id"), "deliveries", ["organization_id", "run_id"], unique=False
    )
    op.create_index(
        op.f("ix_deliveries_organization_id_user_id_run_id"),
        "deliveries",
        ["organization_id", "user_id", "run_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_webhook_calls_organization_id_webhook_id_at"),
        "webhook_calls",
        ["organization_id", "webhook_id", "at"],
        unique=False,
    )
    for part in ("report_id", "schedule_id"):
        name = f"ix_report_runs_organization_id_{part}_created_at"
        op.create_index(op.f(name), "report_runs", ["organization_id", part, "created_at"])
    waiting = sa.text("state IN ('pending', 'sending')")
    op.create_index("ix_outbox_lane", "outbox", ["lane", "state"], postgresql_where=waiting)


def _run_columns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("schedule_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.Text(), nullable=False, server_default=""),
        sa.Column("formats", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{pdf}"),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_name", sa.Text(), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=True),
    )


def _file_columns() -> tuple[sa.Column, ...]:
    return (
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("file_bytes", sa.Integer(), nullable=True),
        sa.Column("file_sha256", sa.Text(), nullable=True),
        sa.Column("pages", sa.SmallInteger(), nullable=True),
    )
