"""Insurance cover, payment plans, credit accounts, reminders, chargebacks; what the installation knows of itself

Figures of payments, invoices and decisions have new parts: their days are marked, so that the refresher sums them anew.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import local_table, tenant_table

revision = "0012_ledger"
down_revision = "0011_clinical"

LOCAL = ("service_samples", "service_minutes", "user_days", "platform_counts", "backup_runs", "system_alerts")
# By fact table: counts and amounts.
FACTS = {
    "fact_plans": ("plans active completed defaulted cancelled", "active_amount"),
    "fact_instalments": ("due paid on_time", "amount paid_amount"),
    "fact_credit_accounts": ("accounts open", ""),
    "fact_credit_entries": ("entries", "credited used returned"),
    "fact_reminders": ("reminders answered automatic", ""),
    "fact_chargebacks": ("chargebacks lost", "amount"),
}
ADDED = {
    "fact_payments": ("card_settled", "failed_amount timed timed_days"),
    "fact_invoices": ("settled sent_automatic sent_n", ""),
    "fact_decisions": ("days_sum", ""),
}
# Bound to one organization each: the owner is under row security like everybody.
_TAKEN = """
UPDATE payments p SET invoiced_day = i.issue_day FROM invoices i
WHERE p.organization_id = :organization AND i.organization_id = :organization AND i.id = p.invoice_id
"""
# Records whose figures have new parts: table, family, day.
STALE = (
    ("payments", "payments", "local_day"),
    ("claims", "decisions", "decided_day"),
    ("invoices", "invoices", "issue_day"),
)
REFERENCES = {
    "coverages": {"patient_id": "patients"},
    "payment_plans": {"clinic_id": "clinics", "invoice_id": "invoices", "patient_id": "patients"},
    "plan_instalments": {"clinic_id": "clinics", "plan_id": "payment_plans"},
    "credit_accounts": {"clinic_id": "clinics", "patient_id": "patients"},
    "credit_entries": {"account_id": "credit_accounts", "clinic_id": "clinics", "invoice_id": "invoices"},
    "invoice_reminders": {
        "clinic_id": "clinics",
        "department_id": "departments",
        "invoice_id": "invoices",
        "patient_id": "patients",
        "practitioner_id": "practitioners",
    },
    "chargebacks": {
        "clinic_id": "clinics",
        "department_id": "departments",
        "patient_id": "patients",
        "payment_id": "payments",
        "practitioner_id": "practitioners",
    },
    "subscriptions": {},
    "support_tickets": {},
}
INDEXES = {
    "ix_coverages_organization_id_patient_id": ("coverages", ["organization_id", "patient_id"]),
    "ix_payment_plans_day": ("payment_plans", ["organization_id", "started_day", "clinic_id"]),
    "ix_payment_plans_patient": ("payment_plans", ["organization_id", "patient_id"]),
    "ix_plan_instalments_day": ("plan_instalments", ["organization_id", "due_day", "clinic_id"]),
    "ix_plan_instalments_plan": ("plan_instalments", ["organization_id", "plan_id"]),
    "ix_credit_accounts_day": ("credit_accounts", ["organization_id", "opened_day", "clinic_id"]),
    "ix_credit_accounts_patient": ("credit_accounts", ["organization_id", "patient_id"]),
    "ix_credit_entries_account": ("credit_entries", ["organization_id", "account_id"]),
    "ix_credit_entries_day": ("credit_entries", ["organization_id", "day", "clinic_id"]),
    "ix_invoice_reminders_day": ("invoice_reminders", ["organization_id", "judged_day", "clinic_id"]),
    "ix_invoice_reminders_invoice": ("invoice_reminders", ["organization_id", "invoice_id"]),
    "ix_chargebacks_day": ("chargebacks", ["organization_id", "day", "clinic_id"]),
    "ix_chargebacks_payment": ("chargebacks", ["organization_id", "payment_id"]),
    "ix_subscriptions_organization_id_started_on": ("subscriptions", ["organization_id", "started_on"]),
    "ix_support_tickets_organization_id_opened_at": ("support_tickets", ["organization_id", "opened_at"]),
    "ix_user_days_organization_id_day": ("user_days", ["organization_id", "day"]),
    "ix_platform_counts_organization_id_day": ("platform_counts", ["organization_id", "day"]),
    "ix_platform_reads_at": ("platform_reads", ["at"]),
    "ix_backup_runs_started_at": ("backup_runs", ["started_at"]),
}


def upgrade() -> None:
    op.add_column("patients", sa.Column("auto_pay", sa.Boolean(), nullable=True))
    op.add_column("invoices", sa.Column("sent_day", sa.Date(), nullable=True))
    op.add_column("invoices", sa.Column("sent_automatically", sa.Boolean(), nullable=True))
    op.add_column("payments", sa.Column("invoiced_day", sa.Date(), nullable=True))
    op.create_index(op.f("ix_login_attempts_at"), "login_attempts", ["at"])
    for table, (counts, amounts) in ADDED.items():
        for column in _sums(counts, amounts):
            column.server_default = sa.DefaultClause("0")
            op.add_column(table, column)
            op.alter_column(table, column.name, server_default=None)
    for table, (counts, amounts) in FACTS.items():
        _create_facts(table, _sums(counts, amounts))
    _create_records()
    _create_platform()
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    for table in (*REFERENCES, *FACTS):
        tenant_table(table)
    for table in LOCAL:
        local_table(table)
    local_table("platform_reads", "SELECT, INSERT")
    _add_foreign_keys()
    _mark_stale()


def _sums(counts: str, amounts: str) -> list[sa.Column]:
    return [
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts.split()),
        *(sa.Column(name, sa.Numeric(16, 2), nullable=False) for name in amounts.split()),
    ]


def _create_facts(table: str, sums: list[sa.Column]) -> None:
    key = ("organization_id", "grain", "clinic_id", "day", "department_id", "practitioner_id")
    types = {"grain": sa.Text(), "day": sa.Date()}
    op.create_table(
        table,
        *(sa.Column(name, types.get(name, sa.Uuid()), nullable=False) for name in key),
        *sums,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_day", table, ["organization_id", "grain", "day"])


def _mark_stale() -> None:
    connection = op.get_bind()
    for organization_id in connection.execute(sa.text("SELECT id FROM organizations ORDER BY id")).scalars().all():
        op.execute(f"SET LOCAL app.organization_id = '{organization_id}'")
        connection.execute(sa.text(_TAKEN), {"organization": organization_id})
        for table, family, day in STALE:
            connection.execute(_marks(table, family, day, organization_id))
    op.execute("SET LOCAL app.organization_id = ''")


def _marks(table: str, family: str, day: str, organization_id: UUID) -> sa.Insert:
    names = ("organization_id", "id", "family", "clinic_id", "day")
    marks = sa.table("rollup_dirty", *map(sa.column, names))
    rows = sa.table(table, sa.column("organization_id"), sa.column("clinic_id"), sa.column(day))
    clinic = sa.func.coalesce(rows.c.clinic_id, sa.literal(UUID(int=0), sa.Uuid())).label("clinic_id")
    mine = (rows.c.organization_id == organization_id, rows.c[day].is_not(None))
    days = sa.select(rows.c.organization_id, clinic, rows.c[day].label("day")).where(*mine).distinct().subquery()
    found = sa.select(
        days.c.organization_id, sa.func.gen_random_uuid(), sa.literal(family), days.c.clinic_id, days.c.day
    )
    return marks.insert().from_select(names, found)


def _create_records() -> None:
    op.create_table(
        "coverages",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("policy_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("status IN ('active', 'cancelled', 'draft')", name=op.f("ck_coverages_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_coverages")),
    )
    op.create_table(
        "payment_plans",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_day", sa.Date(), nullable=False),
        sa.Column("ended_day", sa.Date(), nullable=True),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'completed', 'defaulted', 'cancelled')", name=op.f("ck_payment_plans_status")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_payment_plans")),
    )
    op.create_table(
        "plan_instalments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("due_day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("paid_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_plan_instalments")),
    )
    op.create_table(
        "credit_accounts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_day", sa.Date(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_credit_accounts_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_credit_accounts")),
    )
    op.create_table(
        "credit_entries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.CheckConstraint("kind IN ('credited', 'used', 'returned')", name=op.f("ck_credit_entries_kind")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_credit_entries")),
    )
    op.create_table(
        "invoice_reminders",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sent_day", sa.Date(), nullable=False),
        sa.Column("judged_day", sa.Date(), nullable=False),
        sa.Column("answered_day", sa.Date(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('email', 'text', 'letter', 'phone')", name=op.f("ck_invoice_reminders_channel")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invoice_reminders")),
    )
    op.create_table(
        "chargebacks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f("ck_chargebacks_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_chargebacks")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("monthly_fee", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("fee_rate", sa.Numeric(precision=6, scale=5), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_subscriptions")),
    )
    op.create_table(
        "support_tickets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('password', 'scheduling', 'billing', 'import', 'figures', 'other')",
            name=op.f("ck_support_tickets_kind"),
        ),
        sa.CheckConstraint("status IN ('open', 'in_progress', 'resolved')", name=op.f("ck_support_tickets_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_support_tickets")),
    )


def _create_platform() -> None:
    op.create_table(
        "service_samples",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("web_up", sa.Boolean(), nullable=False),
        sa.Column("database_us", sa.Integer(), nullable=False),
        sa.Column("database_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_free_bytes", sa.BigInteger(), nullable=False),
        sa.Column("queue_depth", sa.Integer(), nullable=False),
        sa.Column("refresh_lag_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", name=op.f("pk_service_samples")),
    )
    op.create_table(
        "service_minutes",
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=False),
        sa.Column("buckets", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("minute", "area", name=op.f("pk_service_minutes")),
    )
    op.create_table(
        "user_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "organization_id", "user_id", "area", name=op.f("pk_user_days")),
    )
    op.create_table(
        "platform_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("day", "organization_id", name=op.f("pk_platform_counts")),
    )
    op.create_table(
        "platform_reads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_reads")),
    )
    op.create_table(
        "backup_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("origin IN ('schedule', 'command')", name=op.f("ck_backup_runs_origin")),
        sa.CheckConstraint("state IN ('running', 'completed', 'failed')", name=op.f("ck_backup_runs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_runs")),
    )
    op.create_table(
        "system_alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("recommendation", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_system_alerts_severity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_system_alerts")),
    )
    op.create_index(
        "uq_system_alerts_open", "system_alerts", ["rule"], unique=True, postgresql_where=sa.text("closed_at IS NULL")
    )


def _add_foreign_keys() -> None:
    for table, columns in REFERENCES.items():
        op.create_foreign_key(f"fk_{table}_organization_id", table, "organizations", ["organization_id"], ["id"])
        for column, target in columns.items():
            pair = ["organization_id", column]
            op.create_foreign_key(f"fk_{table}_{column}", table, target, pair, ["organization_id", "id"])


def downgrade() -> None:
    for table in (*FACTS, "platform_reads", *reversed(LOCAL), *reversed(REFERENCES)):
        op.drop_table(table)
    for table, (counts, amounts) in ADDED.items():
        for column in _sums(counts, amounts):
            op.drop_column(table, column.name)
    op.drop_index(op.f("ix_login_attempts_at"), "login_attempts")
    op.drop_column("payments", "invoiced_day")
    op.drop_column("invoices", "sent_automatically")
    op.drop_column("invoices", "sent_day")
    op.drop_column("patients", "auto_pay")
