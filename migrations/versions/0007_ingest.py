"""Sources, imports and the names that sources give to records"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import tenant_table

revision = "0007_ingest"
down_revision = "0006_operations"


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("feeds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_minutes", sa.Integer(), nullable=True),
        sa.Column("fresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_sources")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_sources_organization_id_key")),
    )
    op.create_table(
        "import_runs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("checkpoint", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=True),
        sa.Column("done_bytes", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_import_runs_state")
        ),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_import_runs")),
    )
    op.create_table(
        "import_rejects",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_run_id", sa.Uuid(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_import_rejects")),
    )
    op.create_table(
        "source_records",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_source_records")),
        sa.UniqueConstraint(
            "organization_id",
            "source_id",
            "kind",
            "name",
            name=op.f("uq_source_records_organization_id_source_id_kind_name"),
        ),
    )
    op.create_table(
        "unresolved_references",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_name", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "id", name=op.f("pk_unresolved_references")),
    )
    op.create_index(
        op.f("ix_import_runs_organization_id_created_at"),
        "import_runs",
        ["organization_id", "created_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_import_rejects_organization_id_import_run_id_file_line"),
        "import_rejects",
        ["organization_id", "import_run_id", "file", "line"],
        unique=False,
    )
    op.create_index(
        op.f("ix_source_records_organization_id_record_id"),
        "source_records",
        ["organization_id", "record_id"],
        unique=False,
    )
    op.create_index(
        "ix_unresolved_references_row", "unresolved_references", ["organization_id", "record_id"], unique=False
    )
    op.create_index(
        "ix_unresolved_references_target",
        "unresolved_references",
        ["organization_id", "source_id", "target_kind", "target_name"],
        unique=False,
    )
    tenant_table("sources")
    tenant_table("import_runs")
    tenant_table("import_rejects")
    tenant_table("source_records")
    tenant_table("unresolved_references")
    op.create_foreign_key(op.f("fk_sources_organization_id"), "sources", "organizations", ["organization_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_import_runs_organization_id"), "import_runs", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_import_runs_source_id"),
        "import_runs",
        "sources",
        ["organization_id", "source_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_import_rejects_import_run_id"),
        "import_rejects",
        "import_runs",
        ["organization_id", "import_run_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_import_rejects_organization_id"), "import_rejects", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_source_records_organization_id"), "source_records", "organizations", ["organization_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_source_records_source_id"),
        "source_records",
        "sources",
        ["organization_id", "source_id"],
        ["organization_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_unresolved_references_organization_id"),
        "unresolved_references",
        "organizations",
        ["organization_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_unresolved_references_source_id"),
        "unresolved_references",
        "sources",
        ["organization_id", "source_id"],
        ["organization_id", "id"],
    )


def downgrade() -> None:
    op.drop_table("unresolved_references")
    op.drop_table("source_records")
    op.drop_table("import_rejects")
    op.drop_table("import_runs")
    op.drop_table("sources")
