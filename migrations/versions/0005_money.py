"""Invoices, payments, expenses, claims"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import tenant_table

revision = "0005_money"
down_revision = "0004_visits"


def upgrade() -> None:
    op.create_table(
        "invoices",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("service_day", sa.Date(), nullable=True),
        sa.Column("issue_day", sa.Date(), nullable=False),
        sa.Column("due_day", sa.Date(), nullable=True),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("discount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("adjusted", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("paid", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("balance", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=True),
        sa.CheckConstraint("status IN ('draft', 'issued', 'paid', 'cancelled')", name=op.f("ck_invoices_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invoices")),
    )
    op.create_table(
        "invoice_lines",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_invoice_lines")),
    )
    op.create_table(
        "payments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "method IN ('insurance', 'card', 'cash', 'transfer', 'other')", name=op.f("ck_payments_method")
        ),
        sa.CheckConstraint("status IN ('settled', 'refunded', 'failed')", name=op.f("ck_payments_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_payments")),
    )
    op.create_table(
        "expenses",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_expenses")),
    )
    op.create_table(
        "claims",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("encounter_id", sa.Uuid(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("submitted_day", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("clean", sa.Boolean(), nullable=True),
        sa.Column("decided_day", sa.Date(), nullable=True),
        sa.Column("final_day", sa.Date(), nullable=True),
        sa.Column("first_outcome", sa.Text(), nullable=True),
        sa.Column("paid", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("denied", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("adjusted", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("denial_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'paid', 'partial', 'denied', 'cancelled')", name=op.f("ck_claims_status")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_claims")),
    )
    op.create_table(
        "adjudications",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("sequence", sa.SmallInteger(), nullable=False),
        sa.Column("decided_day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("paid", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("adjusted", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("denied", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("denial_code", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('paid', 'partial', 'denied', 'pending')", name=op.f("ck_adjudications_outcome")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_adjudications")),
    )
    op.create_index("ix_invoices_issue_day", "invoices", ["organization_id", "issue_day", "clinic_id"], unique=False)
    op.create_index(
        "ix_invoices_open",
        "invoices",
        ["organization_id", "due_day"],
        unique=False,
        postgresql_where=sa.text("balance > 0"),
    )
    op.create_index("ix_invoices_patient", "invoices", ["organization_id", "patient_id"], unique=False)
    op.create_index(
        "ix_invoices_service_day", "invoices", ["organization_id", "service_day", "clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_invoice_lines_organization_id_invoice_id"),
        "invoice_lines",
        ["organization_id", "invoice_id"],
        unique=False,
    )
    op.create_index("ix_payments_day", "payments", ["organization_id", "local_day", "clinic_id"], unique=False)
    op.create_index("ix_payments_invoice", "payments", ["organization_id", "invoice_id"], unique=False)
    op.create_index("ix_expenses_day", "expenses", ["organization_id", "day", "clinic_id"], unique=False)
    op.create_index("ix_claims_decided_day", "claims", ["organization_id", "decided_day", "clinic_id"], unique=False)
    op.create_index("ix_claims_invoice", "claims", ["organization_id", "invoice_id"], unique=False)
    op.create_index(
        "ix_claims_submitted_day", "claims", ["organization_id", "submitted_day", "clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_adjudications_organization_id_claim_id"),
        "adjudications",
        ["organization_id", "claim_id"],
        unique=False,
    )
    tenant_table("invoices")
    tenant_table("invoice_lines")
    tenant_table("payments")
    tenant_table("expenses")
    tenant_table("claims")
    tenant_table("adjudications")
    op.create_foreign_key(
        op.f("fk_invoices_appointment_id"),
        "invoices",
        "appointments",
        ["organization_id", "appointment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_invoices_clinic_id"),
        "invoices",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_invoices_department_id"),
        "invoices",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_invoices_encounter_id"),
        "invoices",
        "encounters",
        ["organization_id", "encounter_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_invoices_organization_id"), "invoices", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_invoices_patient_id"),
        "invoices",
        "patients",
        ["organization_id", "patient_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_invoices_practitioner_id"),
        "invoices",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_invoice_lines_invoice_id"),
        "invoice_lines",
        "invoices",
        ["organization_id", "invoice_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_invoice_lines_organization_id"), "invoice_lines", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_payments_clinic_id"),
        "payments",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payments_department_id"),
        "payments",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payments_invoice_id"),
        "payments",
        "invoices",
        ["organization_id", "invoice_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_payments_organization_id"), "payments", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_payments_patient_id"),
        "payments",
        "patients",
        ["organization_id", "patient_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payments_practitioner_id"),
        "payments",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_expenses_clinic_id"),
        "expenses",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_expenses_department_id"),
        "expenses",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_expenses_organization_id"), "expenses", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_claims_clinic_id"), "claims", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_claims_department_id"),
        "claims",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_claims_encounter_id"),
        "claims",
        "encounters",
        ["organization_id", "encounter_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_claims_invoice_id"), "claims", "invoices", ["organization_id", "invoice_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(op.f("fk_claims_organization_id"), "claims", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_claims_patient_id"), "claims", "patients", ["organization_id", "patient_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_claims_practitioner_id"),
        "claims",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_adjudications_claim_id"),
        "adjudications",
        "claims",
        ["organization_id", "claim_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_adjudications_organization_id"), "adjudications", "organizations", ["organization_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_table("adjudications")
    op.drop_table("claims")
    op.drop_table("expenses")
    op.drop_table("payments")
    op.drop_table("invoice_lines")
    op.drop_table("invoices")
