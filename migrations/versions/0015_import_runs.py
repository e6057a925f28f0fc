"""Finished imports are "completed", as finished reports are; sources count what was stored into them"""

import sqlalchemy as sa
from alembic import op

from app.core.tenancy import SETTING

revision = "0015_import_runs"
down_revision = "0013_walls"

_CHECK = "ck_import_runs_state"
_RENAME = sa.text("UPDATE import_runs SET state = :new WHERE organization_id = :o AND state = :old")


def upgrade() -> None:
    op.add_column("sources", sa.Column("revision", sa.BigInteger(), nullable=False, server_default="0"))
    op.alter_column("sources", "revision", server_default=None)
    _rename("done", "completed")


def downgrade() -> None:
    _rename("completed", "done")
    op.drop_column("sources", "revision")


def _rename(old: str, new: str) -> None:
    """Another word for a state, one organization after the other: row security holds for the table's owner too."""
    op.drop_constraint(_CHECK, "import_runs")
    connection = op.get_bind()
    for (organization_id,) in connection.execute(sa.text("SELECT id FROM organizations")).all():
        connection.execute(sa.text(f"SELECT set_config('{SETTING}', :o, true)"), {"o": str(organization_id)})
        connection.execute(_RENAME, {"o": organization_id, "old": old, "new": new})
    connection.execute(sa.text(f"SELECT set_config('{SETTING}', '', true)"))
    op.create_check_constraint(
        op.f(_CHECK), "import_runs", f"state IN ('pending', 'running', '{new}', 'failed', 'cancelled')"
    )
