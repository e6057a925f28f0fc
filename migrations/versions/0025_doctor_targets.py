"""Targets of one doctor's own work, and an index of the days on which a doctor saw patients"""

import sqlalchemy as sa
from alembic import op

revision = "0025_doctor_targets"
down_revision = "0024_outbox_lanes"

_NAME = "fk_targets_practitioner_id"


def upgrade() -> None:
    op.add_column("targets", sa.Column("practitioner_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f(_NAME), "targets", "practitioners", ["organization_id", "practitioner_id"], ["organization_id", "id"]
    )
    op.create_index(
        "ix_visit_days_doctor",
        "visit_days",
        ["organization_id", "practitioner_id", "day"],
        postgresql_include=["patient_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_visit_days_doctor", "visit_days")
    op.drop_constraint(op.f(_NAME), "targets", type_="foreignkey")
    op.drop_column("targets", "practitioner_id")
