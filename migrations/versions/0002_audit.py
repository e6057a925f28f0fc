"""The audit log"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0002_audit"
down_revision = "0001_people"


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("organization_id", "seq", name=op.f("uq_audit_events_organization_id_seq")),
    )
    op.create_table(
        "audit_heads",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_audit_heads")),
        sa.UniqueConstraint("organization_id", name=op.f("uq_audit_heads_organization_id")),
    )
    op.create_index(op.f("ix_audit_events_organization_id_at"), "audit_events", ["organization_id", "at"], unique=False)
    op.create_index(
        op.f("ix_audit_events_organization_id_patient_id_at"),
        "audit_events",
        ["organization_id", "patient_id", "at"],
        unique=False,
    )
    tenant_table("audit_events", rights="SELECT, INSERT")
    tenant_table("audit_heads", rights="SELECT, INSERT, UPDATE")
    op.create_foreign_key(
        op.f("fk_audit_events_organization_id"), "audit_events", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_audit_heads_organization_id"), "audit_heads", "organizations", ["organization_id"], ["id"]
    )


def downgrade() -> None:
    op.drop_table("audit_heads")
    op.drop_table("audit_events")
