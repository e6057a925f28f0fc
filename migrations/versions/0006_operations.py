"""Feedback, shifts, use of resources, tasks, events, targets, alerts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0006_operations"
down_revision = "0005_money"


def upgrade() -> None:
    op.create_table(
        "survey_answers",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("asked_day", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfaction", sa.SmallInteger(), nullable=True),
        sa.Column("recommend", sa.SmallInteger(), nullable=True),
        sa.Column("comment_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_survey_answers")),
    )
    op.create_table(
        "complaints",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("closed_day", sa.Date(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_complaints")),
    )
    op.create_table(
        "incidents",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "severity IN ('near_miss', 'minor', 'moderate', 'severe')", name=op.f("ck_incidents_severity")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_incidents")),
    )
    op.create_table(
        "shifts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Boolean(), nullable=False),
        sa.CheckConstraint("role IN ('doctor', 'nurse', 'support')", name=op.f("ck_shifts_role")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_shifts")),
    )
    op.create_table(
        "resource_uses",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("equipment_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_resource_uses")),
    )
    op.create_table(
        "tasks",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("title_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_day", sa.Date(), nullable=False),
        sa.Column("due_day", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_day", sa.Date(), nullable=True),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("contacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("contact_outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('follow_up', 'lab_review', 'referral', 'billing', 'administration')", name=op.f("ck_tasks_kind")
        ),
        sa.CheckConstraint("priority IN ('low', 'normal', 'high')", name=op.f("ck_tasks_priority")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_tasks")),
    )
    op.create_table(
        "events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attendees", sa.Integer(), nullable=True),
        sa.Column("impact", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('holiday', 'maintenance', 'staff', 'system_change', 'other')", name=op.f("ck_events_kind")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_events")),
    )
    op.create_table(
        "targets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_targets")),
    )
    op.create_table(
        "alerts",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_name", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("severity IN ('low', 'medium', 'high', 'critical')", name=op.f("ck_alerts_severity")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_survey_answers_day", "survey_answers", ["organization_id", "asked_day", "clinic_id"], unique=False
    )
    op.create_index("ix_complaints_day", "complaints", ["organization_id", "received_day", "clinic_id"], unique=False)
    op.create_index("ix_incidents_day", "incidents", ["organization_id", "day", "clinic_id"], unique=False)
    op.create_index("ix_shifts_day", "shifts", ["organization_id", "local_day", "clinic_id"], unique=False)
    op.create_index(
        "ix_resource_uses_day", "resource_uses", ["organization_id", "local_day", "clinic_id"], unique=False
    )
    op.create_index("ix_tasks_day", "tasks", ["organization_id", "due_day", "clinic_id"], unique=False)
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["organization_id", "clinic_id", "due_day"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        op.f("ix_events_organization_id_starts_at"), "events", ["organization_id", "starts_at"], unique=False
    )
    op.create_index(
        op.f("ix_targets_organization_id_metric_valid_from"),
        "targets",
        ["organization_id", "metric", "valid_from"],
        unique=False,
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["organization_id", "rule", "clinic_id", "subject"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    tenant_table("survey_answers")
    tenant_table("complaints")
    tenant_table("incidents")
    tenant_table("shifts")
    tenant_table("resource_uses")
    tenant_table("tasks")
    tenant_table("events")
    tenant_table("targets")
    tenant_table("alerts")
    op.create_foreign_key(
        op.f("fk_survey_answers_appointment_id"),
        "survey_answers",
        "appointments",
        ["organization_id", "appointment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_survey_answers_clinic_id"),
        "survey_answers",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_survey_answers_department_id"),
        "survey_answers",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_survey_answers_organization_id"), "survey_answers", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_survey_answers_patient_id"),
        "survey_answers",
        "patients",
        ["organization_id", "patient_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_survey_answers_practitioner_id"),
        "survey_answers",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_complaints_clinic_id"),
        "complaints",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_complaints_department_id"),
        "complaints",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_complaints_organization_id"), "complaints", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_complaints_patient_id"),
        "complaints",
        "patients",
        ["organization_id", "patient_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_complaints_practitioner_id"),
        "complaints",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_incidents_clinic_id"),
        "incidents",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_incidents_department_id"),
        "incidents",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_incidents_organization_id"), "incidents", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_shifts_clinic_id"), "shifts", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_shifts_department_id"),
        "shifts",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_shifts_organization_id"), "shifts", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_shifts_practitioner_id"),
        "shifts",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_resource_uses_appointment_id"),
        "resource_uses",
        "appointments",
        ["organization_id", "appointment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_resource_uses_clinic_id"),
        "resource_uses",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_resource_uses_equipment_id"),
        "resource_uses",
        "equipment",
        ["organization_id", "equipment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_resource_uses_organization_id"), "resource_uses", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_resource_uses_room_id"),
        "resource_uses",
        "rooms",
        ["organization_id", "room_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_tasks_appointment_id"),
        "tasks",
        "appointments",
        ["organization_id", "appointment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_tasks_clinic_id"), "tasks", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_tasks_department_id"),
        "tasks",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_tasks_organization_id"), "tasks", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_tasks_patient_id"), "tasks", "patients", ["organization_id", "patient_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_tasks_practitioner_id"),
        "tasks",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_events_clinic_id"), "events", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(op.f("fk_events_organization_id"), "events", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_targets_clinic_id"), "targets", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(op.f("fk_targets_organization_id"), "targets", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_alerts_clinic_id"), "alerts", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(op.f("fk_alerts_organization_id"), "alerts", "organizations", ["organization_id"], ["id"])


def downgrade() -> None:
    op.drop_table("alerts")
    op.drop_table("targets")
    op.drop_table("events")
    op.drop_table("tasks")
    op.drop_table("resource_uses")
    op.drop_table("shifts")
    op.drop_table("incidents")
    op.drop_table("complaints")
    op.drop_table("survey_answers")
