"""Alerts about patients' records, and what people do about alerts"""

import sqlalchemy as sa
from alembic import op

revision = "0026_alert_handling"
down_revision = "0025_doctor_targets"

_IDS = ("patient_id", "practitioner_id", "acknowledged_by", "resolved_by")
_NAMES = ("acknowledged_name", "resolved_name")
_TIMES = ("acknowledged_at", "resolved_at")


def upgrade() -> None:
    for name in _IDS:
        op.add_column("alerts", sa.Column(name, sa.Uuid()))
    for name in _NAMES:
        op.add_column("alerts", sa.Column(name, sa.Text()))
    for name in _TIMES:
        op.add_column("alerts", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("alerts", sa.Column("note_sealed", sa.LargeBinary()))
    for column, table in (("patient_id", "patients"), ("practitioner_id", "practitioners")):
        op.create_foreign_key(
            f"fk_alerts_{column}", "alerts", table, ["organization_id", column], ["organization_id", "id"]
        )
    op.create_index(
        "ix_alerts_open_doctor",
        "alerts",
        ["organization_id", "practitioner_id", "opened_at"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_alerts_open_doctor", "alerts")
    for column in ("patient_id", "practitioner_id"):
        op.drop_constraint(f"fk_alerts_{column}", "alerts", type_="foreignkey")
    for name in ("note_sealed", *_TIMES, *_NAMES, *_IDS):
        op.drop_column("alerts", name)
