"""The state of the installation: checks, who looks after an alert, whose a try to log in was"""

import sqlalchemy as sa
from alembic import op

from app.core.tenancy import APP_ROLE
from migrations.steps import local_table

revision = "0021_state"
down_revision = "0020_own_record"

TAKEN = (
    sa.Column("taken_by", sa.UUID()),
    sa.Column("taken_name", sa.Text()),
    sa.Column("taken_at", sa.DateTime(timezone=True)),
)
INDEXES = {
    "ix_user_days_user_id_day": ("user_days", ["user_id", "day"]),
    "ix_user_sessions_created_at": ("user_sessions", ["created_at"]),
    "ix_system_alerts_closed_at": ("system_alerts", ["closed_at"]),
}


def upgrade() -> None:
    op.create_table(
        "system_checks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_system_checks")),
    )
    local_table("system_checks")
    for column in TAKEN:
        op.add_column("system_alerts", sa.Column(column.name, column.type))
    op.add_column("login_attempts", sa.Column("user_id", sa.UUID()))
    for name, (table, columns) in INDEXES.items():
        op.create_index(op.f(name), table, columns)
    op.execute(f"GRANT DELETE ON platform_reads TO {APP_ROLE}")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON platform_reads FROM {APP_ROLE}")
    for name, (table, _) in INDEXES.items():
        op.drop_index(op.f(name), table)
    op.drop_column("login_attempts", "user_id")
    for column in TAKEN:
        op.drop_column("system_alerts", column.name)
    op.drop_table("system_checks")
