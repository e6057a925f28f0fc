"""The middle of a table's three steps: create it without foreign keys, take it in here, add the foreign keys."""

from collections.abc import Iterator
from uuid import UUID

from alembic import op
from sqlalchemy import text

from app.core.tenancy import APP_ROLE, SETTING, row_security

READ_WRITE = "SELECT, INSERT, UPDATE, DELETE"


def app_role() -> None:
    """Makes the role that the application works as: it owns nothing and is never above row security."""
    known = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    if not op.get_bind().execute(known, {"role": APP_ROLE}).scalar():
        op.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        op.execute(f"GRANT {APP_ROLE} TO CURRENT_USER")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {APP_ROLE}")  # so that it can say whether it is ready


def tenant_table(name: str, rights: str = READ_WRITE) -> None:
    """Puts a table under row security, spreads it by organization where Citus is, and opens it to the application."""
    for statement in row_security(name):
        op.execute(statement)
    _distribute(f"create_distributed_table('{name}', 'organization_id')")
    op.execute(f"GRANT {rights} ON {name} TO {APP_ROLE}")


def shared_table(name: str, rights: str = READ_WRITE) -> None:
    """A small table that every node holds whole where Citus is."""
    _distribute(f"create_reference_table('{name}')")
    op.execute(f"GRANT {rights} ON {name} TO {APP_ROLE}")


def local_table(name: str, rights: str = READ_WRITE) -> None:
    """A queue or a way in: it stays on one node and names no tenant's row by a foreign key."""
    op.execute(f"GRANT {rights} ON {name} TO {APP_ROLE}")


def each_organization() -> Iterator[UUID]:
    """Each organization in turn, with its rows open: row security holds for the tables' owner too."""
    connection = op.get_bind()
    for organization_id in connection.execute(text("SELECT id FROM organizations ORDER BY id")).scalars().all():
        connection.execute(text("SELECT set_config(:name, :id, true)"), {"name": SETTING, "id": str(organization_id)})
        yield organization_id


def _distribute(call: str) -> None:
    if op.get_bind().execute(text("SELECT 1 FROM pg_extension WHERE extname = 'citus'")).scalar():
        op.execute(f"SELECT {call}")
