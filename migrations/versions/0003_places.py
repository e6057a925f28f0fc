"""Clinics, departments, rooms, equipment, practitioners"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0003_places"
down_revision = "0002_audit"


def upgrade() -> None:
    op.create_table(
        "clinics",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("opening_hours", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("established", sa.Date(), nullable=True),
        sa.Column("accreditation", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('active', 'suspended', 'inactive')", name=op.f("ck_clinics_status")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_clinics")),
    )
    op.create_table(
        "departments",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("specialty", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_departments")),
    )
    op.create_table(
        "rooms",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("in_service", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('examination', 'procedure', 'consultation', 'other')", name=op.f("ck_rooms_kind")),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_rooms")),
    )
    op.create_table(
        "equipment",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("maintenance_due", sa.Date(), nullable=True),
        sa.Column("minutes_a_day", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('in_service', 'out_of_service', 'maintenance')", name=op.f("ck_equipment_status")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_equipment")),
    )
    op.create_table(
        "practitioners",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=True),
        sa.Column("specialty", sa.Text(), nullable=True),
        sa.Column("license_number", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_practitioners")),
    )
    op.create_table(
        "affiliations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=True),
        sa.Column("clinic_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_affiliations")),
    )
    op.create_index(
        op.f("ix_departments_organization_id_clinic_id"), "departments", ["organization_id", "clinic_id"], unique=False
    )
    op.create_index(op.f("ix_rooms_organization_id_clinic_id"), "rooms", ["organization_id", "clinic_id"], unique=False)
    op.create_index(
        op.f("ix_equipment_organization_id_clinic_id"), "equipment", ["organization_id", "clinic_id"], unique=False
    )
    op.create_index(
        op.f("ix_affiliations_organization_id_clinic_id"),
        "affiliations",
        ["organization_id", "clinic_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_affiliations_organization_id_practitioner_id"),
        "affiliations",
        ["organization_id", "practitioner_id"],
        unique=False,
    )
    tenant_table("clinics")
    tenant_table("departments")
    tenant_table("rooms")
    tenant_table("equipment")
    tenant_table("practitioners")
    tenant_table("affiliations")
    op.create_foreign_key(op.f("fk_clinics_organization_id"), "clinics", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_departments_clinic_id"),
        "departments",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_departments_organization_id"), "departments", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_rooms_clinic_id"), "rooms", "clinics", ["organization_id", "clinic_id"], ["organization_id", "id"]
    )
    op.create_foreign_key(
        op.f("fk_rooms_department_id"),
        "rooms",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(op.f("fk_rooms_organization_id"), "rooms", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_equipment_clinic_id"),
        "equipment",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_equipment_department_id"),
        "equipment",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_equipment_organization_id"), "equipment", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_practitioners_organization_id"), "practitioners", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_affiliations_clinic_id"),
        "affiliations",
        "clinics",
        ["organization_id", "clinic_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_affiliations_department_id"),
        "affiliations",
        "departments",
        ["organization_id", "department_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_affiliations_organization_id"), "affiliations", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_affiliations_practitioner_id"),
        "affiliations",
        "practitioners",
        ["organization_id", "practitioner_id"],
        ["organization_id", "id"],
    )


def downgrade() -> None:
    op.drop_table("affiliations")
    op.drop_table("practitioners")
    op.drop_table("equipment")
    op.drop_table("rooms")
    op.drop_table("departments")
    op.drop_table("clinics")
