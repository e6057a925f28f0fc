"""What patients do with their own record: results seen, requests to the practice"""

import sqlalchemy as sa
from alembic import op

revision = "0020_own_record"
down_revision = "0019_population"

BEFORE = ("follow_up", "lab_review", "referral", "billing", "administration")
REQUESTS = ("refill_request", "visit_request")


def upgrade() -> None:
    op.add_column("results", sa.Column("viewed_at", sa.DateTime(timezone=True)))
    _kinds(*BEFORE, *REQUESTS)


def downgrade() -> None:
    requests = ", ".join(f"'{kind}'" for kind in REQUESTS)
    op.execute(f"DELETE FROM tasks WHERE kind IN ({requests})")  # noqa: S608 - our own words
    _kinds(*BEFORE)
    op.drop_column("results", "viewed_at")


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("ck_tasks_kind"), "tasks")
    op.create_check_constraint(op.f("ck_tasks_kind"), "tasks", sa.column("kind").in_(kinds))
