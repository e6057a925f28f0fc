"""Patients, appointments, availability, encounters"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import tenant_table

revision = "0004_visits"
down_revision = "0003_places"


def upgrade() -> None:
    op.create_table(
        "patients",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_number_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("record_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("contact_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("postal_area", sa.Text(), nullable=True),
        sa.Column("deceased_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column("home_clinic_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("sex IN ('female', 'male', 'other', 'unknown')", name=op.f("ck_patients_sex")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_patients")),
    )
    op.create_table(
        "appointment_types",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("visit", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("visit IN ('new', 'return', 'any')", name=op.f("ck_appointment_types_visit")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_appointment_types")),
    )
    op.create_table(
        "appointments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_type_id", sa.Uuid(), nullable=True),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("rescheduled", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("is_new_patient", sa.Boolean(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("local_hour", sa.SmallInteger(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("wait_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("start_delay_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("visit_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("cycle_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("lead_days", sa.SmallInteger(), nullable=True),
        sa.Column("cancelled_notice_hours", sa.Integer(), nullable=True),
        sa.Column("unlinked_visit", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cancelled_by IN ('patient', 'clinic')", name=op.f("ck_appointments_cancelled_by")),
        sa.CheckConstraint(
            "status IN ('booked', 'arrived', 'started', 'completed', 'cancelled', 'no_show', 'unknown')",
            name=op.f("ck_appointments_status"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_appointments")),
        postgresql_with={"autovacuum_vacuum_insert_scale_factor": "0.02", "autovacuum_vacuum_scale_factor": "0.02"},
    )
    op.create_table(
        "status_changes",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('booked', 'arrived', 'started', 'completed', 'cancelled', 'no_show', 'unknown')",
            name=op.f("ck_status_changes_status"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_status_changes")),
    )
    op.create_table(
        "availability",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("slots", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('open', 'blocked')", name=op.f("ck_availability_kind")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_availability")),
    )
    op.create_table(
        "access_samples",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("sampled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_access_samples")),
    )
    op.create_table(
        "encounters",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("setting", sa.Text(), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("local_day", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'arrived', 'in_progress', 'finished', 'cancelled', 'unknown')",
            name=op.f("ck_encounters_status"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_encounters")),
    )
    op.create_index(
        op.f("ix_patients_organization_id_email_index"), "patients", ["organization_id", "email_index"], unique=False
    )
    op.create_index(
        op.f("ix_patients_organization_id_record_number_index"),
        "patients",
        ["organization_id", "record_number_index"],
        unique=False,
    )
    op.create_index(
        op.f("ix_patients_organization_id_registered_on"),
        "patients",
        ["organization_id", "registered_on"],
        unique=False,
    )
    op.create_index("ix_appointments_day", "appointments", ["organization_id", "local_day", "clinic_id"], unique=False)
    op.create_index(
        "ix_appointments_patient", "appointments", ["organization_id", "patient_id", "local_day"], unique=False
    )
    op.create_index(
        "ix_appointments_upcoming",
        "appointments",
        ["organization_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("status = 'booked'"),
    )
    op.create_index(
        op.f("ix_status_changes_organization_id_appointment_id_at"),
        "status_changes",
        ["organization_id", "appointment_id", "at"],
        unique=False,
    )
    op.create_index("ix_availability_day", "availability", ["organization_id", "local_day", "clinic_id"], unique=False)
    op.create_index(
        "ix_access_samples_day", "access_samples", ["organization_id", "local_day", "clinic_id"], unique=False
    )
    op.create_index("ix_encounters_appointment", "encounters", ["organization_id", "appointment_id"], unique=False)
    op.create_index("ix_encounters_day", "encounters", ["organization_id", "local_day", "clinic_id"], unique=False)
    op.create_index("ix_encounters_patient", "encounters", ["organization_id", "patient_id", "local_day"], unique=False)
    tenant_table("patients")
    tenant_table("appointment_types")
    tenant_table("appointments")
    tenant_table("status_changes")
    tenant_table("availability")
    tenant_table("access_samples")
    tenant_table("encounters")
    op.create_foreign_key(
        op.f("fk_patients_home_clinic_id"),
        "patients",
        "clinics",
        ["organization_id", "home_clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_patients_organization_id"), "patients", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_patients_practitioner_id"),
        "patients",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_appointment_types_organization_id"), "appointment_types", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_appointments_appointment_type_id"),
        "appointments",
        "appointment_types",
        ["organization_id", "appointment_type_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_appointments_clinic_id"),
        "appointments",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_appointments_department_id"),
        "appointments",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_appointments_organization_id"), "appointments", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_appointments_patient_id"),
        "appointments",
        "patients",
        ["organization_id", "patient_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_appointments_practitioner_id"),
        "appointments",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_appointments_room_id"),
        "appointments",
        "rooms",
        ["organization_id", "room_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_status_changes_appointment_id"),
        "status_changes",
        "appointments",
        ["organization_id", "appointment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_status_changes_organization_id"), "status_changes", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_availability_clinic_id"),
        "availability",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_availability_department_id"),
        "availability",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_availability_organization_id"), "availability", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_availability_practitioner_id"),
        "availability",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_access_samples_clinic_id"),
        "access_samples",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_access_samples_department_id"),
        "access_samples",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_access_samples_organization_id"), "access_samples", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_access_samples_practitioner_id"),
        "access_samples",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_encounters_appointment_id"),
        "encounters",
        "appointments",
        ["organization_id", "appointment_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_encounters_clinic_id"),
        "encounters",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_encounters_department_id"),
        "encounters",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_encounters_organization_id"), "encounters", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_encounters_patient_id"),
        "encounters",
        "patients",
        ["organization_id", "patient_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_encounters_practitioner_id"),
        "encounters",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )


def downgrade() -> None:
    op.drop_table("encounters")
    op.drop_table("access_samples")
    op.drop_table("availability")
    op.drop_table("status_changes")
    op.drop_table("appointments")
    op.drop_table("appointment_types")
    op.drop_table("patients")
